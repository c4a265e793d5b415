"""What `@verb` promises: permission, one transaction, once per key, and a deed."""

from datetime import UTC, datetime

import pytest
from django.db import InternalError, connection, transaction

from tiantou.kernel.access import allow
from tiantou.kernel.actor import STRANGER, SYSTEM, Actor, Role
from tiantou.kernel.errors import KeyReused, NotPermitted
from tiantou.kernel.models import Deed, IdempotencyKey
from tiantou.kernel.verbs import verb

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@verb(allow(Role.FARMER))
def note(*, by: Actor, at: datetime, text: str, key: str = "") -> Deed:
    return Deed.objects.create(at=at, verb="test.noted", role=by.role, detail={"text": text})


def test_a_deed_is_written_with_the_result_as_its_subject():
    made = note(by=Actor(role=Role.FARMER, person_id=7), at=AT, text="a")
    deed = Deed.objects.get(verb="tests.note")
    assert deed.subject == f"kernel.deed:{made.pk}"
    assert deed.person_id == 7


def test_the_wrong_role_is_refused_and_leaves_nothing():
    with pytest.raises(NotPermitted):
        note(by=STRANGER, at=AT, text="a")
    assert not Deed.objects.exists()


def test_a_key_used_twice_returns_the_first_result_and_changes_nothing():
    by = Actor(role=Role.FARMER, person_id=7)
    first = note(by=by, at=AT, text="a", key="k1")
    again = note(by=by, at=AT, text="a", key="k1")
    assert first == again
    assert Deed.objects.filter(verb="test.noted").count() == 1


def test_a_key_with_other_content_is_refused():
    note(by=SYSTEM, at=AT, text="a", key="k1")
    with pytest.raises(KeyReused):
        note(by=SYSTEM, at=AT, text="b", key="k1")
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE kernel_deed SET verb = 'x'", "DELETE FROM kernel_deed", "TRUNCATE kernel_deed"]
)
def test_the_database_itself_refuses_to_change_a_deed(statement):
    note(by=SYSTEM, at=AT, text="a")
    with pytest.raises(Exception, match="append-only") as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert not isinstance(refused.value, InternalError)
