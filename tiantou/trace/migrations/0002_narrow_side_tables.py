"""Keys instead of URNs in the side tables, a short unique key of the event, and room for what an event says beyond the standard.

The side tables are projections of the events: they are laid anew and filled from the events that are there.
"""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from tiantou.kernel.journal import append_only


def fill(apps, schema_editor):
    from tiantou.trace import rules, writing

    event_table = apps.get_model("trace", "Event")
    rows = list(event_table.objects.order_by("pk").values_list("pk", "body"))
    with schema_editor.connection.cursor() as cursor:
        for number, body in rows:
            declares = "errorDeclaration" in body
            body.setdefault("@context", [dict(rules.EXTENSIONS)])
            key = rules.event_key(body["eventID"], declares=declares)
            wrong = rules.event_key(body["eventID"]) if declares else None
            place = [writing.place(body.get(name)) for name in ("readPoint", "bizLocation")]
            event_table.objects.filter(pk=number).update(
                key=key, event_id=body["eventID"], wrong=wrong, body=body, read_point=place[0], biz_location=place[1]
            )
            named = rules.mentions(body)
            cursor.executemany(
                "INSERT INTO trace_mention (epc, event_id, role) VALUES (%s, %s, %s)",
                [(thing, number, role) for thing, role in named],
            )
            cursor.executemany(
                "INSERT INTO trace_lotlink (parent, child, event_id) VALUES (%s, %s, %s)",
                [] if declares else [(above, below, number) for above, below in rules.links(body, named)],
            )


class Migration(migrations.Migration):
    dependencies = [("trace", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "DROP TRIGGER trace_event_append_only ON trace_event; DROP TRIGGER trace_event_no_truncate ON trace_event;"
        ),
        migrations.DeleteModel("Mention"),
        migrations.DeleteModel("LotLink"),
        migrations.AlterField("Event", "event_id", models.TextField()),
        migrations.AlterField("Event", "biz_step", models.TextField(blank=True)),
        migrations.AlterField("Event", "disposition", models.TextField(blank=True)),
        migrations.AlterField("Event", "read_point", models.TextField(blank=True)),
        migrations.AlterField("Event", "biz_location", models.TextField(blank=True)),
        migrations.AlterField("Event", "event_time", models.DateTimeField()),
        migrations.AlterField("Event", "record_time", models.DateTimeField()),
        migrations.AlterField("Event", "party_id", models.BigIntegerField(null=True)),
        migrations.AddField("Event", "key", models.UUIDField(null=True)),
        migrations.AddField("Event", "wrong", models.UUIDField(null=True)),
        migrations.AddField("Event", "facts", models.JSONField(null=True)),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("pk", models.CompositePrimaryKey("epc", "event_id", "role", primary_key=True, serialize=False)),
                ("epc", models.TextField(db_collation="C")),
                (
                    "event",
                    models.ForeignKey(
                        to="trace.event",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="mentions",
                        db_constraint=False,
                        db_index=False,
                    ),
                ),
                ("role", models.SmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="LotLink",
            fields=[
                ("pk", models.CompositePrimaryKey("parent", "child", "event_id", primary_key=True, serialize=False)),
                ("parent", models.TextField(db_collation="C")),
                ("child", models.TextField(db_collation="C")),
                (
                    "event",
                    models.ForeignKey(
                        to="trace.event",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="links",
                        db_constraint=False,
                        db_index=False,
                    ),
                ),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("Event", "key", models.UUIDField(unique=True)),
        migrations.AddIndex("Event", models.Index(fields=["event_time", "id"], name="trace_event_time")),
        migrations.AddIndex("Event", models.Index(fields=["record_time", "id"], name="trace_event_recorded")),
        migrations.AddIndex("Event", models.Index(fields=["biz_step"], name="trace_event_step")),
        migrations.AddIndex("Event", models.Index(fields=["disposition"], name="trace_event_disposition")),
        migrations.AddIndex("Event", models.Index(fields=["read_point"], name="trace_event_read_point")),
        migrations.AddIndex("Event", models.Index(fields=["biz_location"], name="trace_event_location")),
        migrations.AddIndex("Event", models.Index(fields=["party_id", "id"], name="trace_event_party")),
        migrations.AddIndex(
            "Event",
            models.Index(fields=["wrong"], name="trace_event_wrong", condition=models.Q(wrong__isnull=False)),
        ),
        migrations.AddIndex("LotLink", models.Index(fields=["child", "parent", "event"], name="trace_lotlink_back")),
        append_only("trace_event", "trace_mention", "trace_lotlink"),
    ]
