"""Extension fields are found by what they hold."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trace", "0002_narrow_side_tables")]

    operations = [
        migrations.AddIndex(
            "Event",
            GinIndex(
                fields=["facts"],
                name="trace_event_facts",
                opclasses=["jsonb_path_ops"],
                condition=models.Q(facts__isnull=False),
            ),
        ),
    ]
