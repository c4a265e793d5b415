"""Events with sensor readings are found without walking all others."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trace", "0003_facts_index")]

    operations = [
        migrations.AddIndex(
            "Event",
            models.Index(
                fields=["record_time", "id"],
                name="trace_event_sensed",
                condition=models.Q(body__has_key="sensorElementList"),
            ),
        ),
    ]
