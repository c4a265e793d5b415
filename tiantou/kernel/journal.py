"""The shape shared by all journals: rows are added and never changed; the database itself refuses anything else."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.migrations.operations.special import RunSQL

_REFUSE = """
CREATE OR REPLACE FUNCTION tiantou_journal_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'journal % is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
"""


class Journal(models.Model):
    """Abstract base of a journal's rows. Give each table an `append_only` operation in its migration."""

    id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract: ClassVar = True


def append_only(*tables: str) -> RunSQL:
    """A migration operation after which UPDATE, DELETE and TRUNCATE of `tables` fail (SQLSTATE 23001)."""
    forward = [_REFUSE]
    backward = []
    for table in tables:
        forward.append(
            f'CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION tiantou_journal_refuses();"
            f'CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION tiantou_journal_refuses();"
        )
        backward.append(
            f'DROP TRIGGER {table}_append_only ON "{table}"; DROP TRIGGER {table}_no_truncate ON "{table}";'
        )
    return RunSQL("".join(forward), "".join(backward))


def is_journal(model: type[models.Model]) -> bool:
    """Whether rows of `model` are append-only."""
    return issubclass(model, Journal)


def same_facts(row: models.Model, facts: dict[str, Any]) -> bool:
    """Whether a stored row says exactly `facts`: what makes a second delivery of the same fact harmless."""
    return all(getattr(row, name) == value for name, value in facts.items())
