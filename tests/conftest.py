"""What all tests share."""

from __future__ import annotations

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations


@pytest.fixture(scope="session", autouse=True)
def _journals_may_be_emptied_between_tests():
    """Tests that commit empty all tables afterwards; journals refuse that, so their triggers rest for that one moment."""
    with pytest.MonkeyPatch.context() as patch:
        flush = DatabaseOperations.execute_sql_flush

        def execute(self, statements):
            quiet = ["SET session_replication_role = replica", *statements, "SET session_replication_role = DEFAULT"]
            return flush(self, quiet)

        patch.setattr(DatabaseOperations, "execute_sql_flush", execute)
        yield
