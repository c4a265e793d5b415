"""Receipts prove themselves; what one may not see stays sealed; what was erased stays proven and can no longer be opened."""

import json

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.evidence.conftest import event
from tests.evidence.test_log import append, sign
from tests.factories import AT, actor, party
from tiantou.evidence import queries, services
from tiantou.evidence.models import Erasure, Leaf, Salt
from tiantou.evidence.rules import receipts
from tiantou.kernel import jcs
from tiantou.kernel.actor import STRANGER, SYSTEM, Role
from tiantou.kernel.errors import Conflict, Invalid, NotPermitted
from tiantou.kernel.models import Deed
from tiantou.trace.models import Event

pytestmark = pytest.mark.django_db


def text_of(events, who=SYSTEM):
    return json.dumps(queries.receipt(events, who), ensure_ascii=False, separators=(",", ":"))


@pytest.fixture
def log(events):
    append()
    sign()
    return events


def test_a_receipt_opens_what_its_holder_may_see_and_proves_itself(log):
    verdict = receipts.verify(text_of(log))
    assert verdict.good
    assert verdict.seen == int(AT.timestamp())
    assert [leaf.event for leaf in verdict.leaves] == [each.body for each in log]
    assert queries.standing(text_of(log)).holds


def test_what_one_may_not_see_is_sealed_and_proven(log):
    holder = party()
    own = event(7, by=actor(Role.FARMER, party=holder))
    append()
    sign()
    verdict = receipts.verify(text_of([*log, own], actor(Role.FARMER, party=holder)))
    assert verdict.good
    assert [leaf.event is None for leaf in verdict.leaves] == [True, True, True, False]
    sealed = text_of(log, STRANGER)
    assert receipts.verify(sealed).good
    assert "示例果园" not in sealed
    assert not any(base in sealed for base in salts())


def salts():
    import base64

    return [base64.b64encode(bytes(row.salt)).decode() for row in Salt.objects.exclude(salt=None)]


def test_what_is_not_yet_under_a_checkpoint_has_no_receipt(events):
    assert queries.receipt(events, SYSTEM) is None
    append()
    assert queries.receipt(events, SYSTEM) is None
    sign()
    fresh = event(8)
    append()
    assert queries.receipt([fresh], SYSTEM) is None
    assert len(queries.receipt([*events, fresh], SYSTEM)["leaves"]) == 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(at=st.integers(0), bit=st.integers(0, 7))
def test_one_flipped_bit_anywhere_is_refused(log, at, bit):
    raw = text_of(log[:2]).encode()
    at %= len(raw)
    wrong = raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
    assert not receipts.verify(wrong.decode("utf-8", "replace")).good


@pytest.mark.parametrize("change", [
    lambda r: r["leaves"].clear(),
    lambda r: r["leaves"][0].update(index=True),
    lambda r: r["leaves"][0].update(index="0"),
    lambda r: r["leaves"][0].update(more=1),
    lambda r: r["leaves"][0].pop("salt"),
    lambda r: r["leaves"][0].update(path="x"),
    lambda r: r["leaves"][0].update(path=None),
    lambda r: r.update(about="urn:epc:id:sgtin:9521234.000001.1"),
    lambda r: r.update(format="tiantou-receipt/2"),
    lambda r: r.update(leaves={}),
    lambda r: r.update(key=r["key"].replace("evidence", "evidenze")),
    lambda r: r.update(checkpoint=""),
])  # fmt: skip
def test_a_receipt_that_says_otherwise_is_refused(log, change):
    receipt = queries.receipt(log, SYSTEM)
    assert receipts.verify(json.dumps(receipt)).good
    change(receipt)
    assert not receipts.verify(json.dumps(receipt)).good


@pytest.mark.parametrize("text", ["", "x", "[]", "null", "{}", "[" * 5000, '{"format":"tiantou-receipt/1"}', "\ud800"])
def test_whatever_else_is_no_receipt(text):
    assert not receipts.verify(text).readable


def test_a_receipt_of_another_log_proves_itself_but_is_not_ours(log, settings, tmp_path):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from tiantou.evidence.rules import notes

    receipt = queries.receipt(log, SYSTEM)
    private, name = Ed25519PrivateKey.generate(), queries.origin()
    text = notes.parse_note(receipt["checkpoint"]).text
    lines = (notes.sign(text, name, private), notes.cosign(text, name, private, 1))
    receipt |= {"key": str(notes.key_of(name, private)), "checkpoint": str(notes.Note(text, lines))}
    found = queries.standing(json.dumps(receipt))
    assert found.verdict.good
    assert not found.ours
    assert not found.holds


def test_erasing_leaves_every_proof_and_takes_the_link(log):
    before = text_of(log)
    services.erase_salt(by=actor(Role.ADMINISTRATOR), at=AT, event=log[1], ground="request")
    sign()
    assert queries.standing(before).holds  # who holds a receipt holds it on
    after = json.loads(text_of(log))
    assert receipts.verify(json.dumps(after)).good
    assert ["event" in leaf for leaf in after["leaves"]] == [True, False, True]
    made = services.check_log(by=SYSTEM, at=AT)
    assert (made.found, made.erased, made.size) == (0, 1, 4)


def test_an_erased_leaf_can_be_tied_to_no_event(log):
    [_, salt, _] = [bytes(row.salt) for row in Salt.objects.order_by("event")]
    services.erase_salt(by=SYSTEM, at=AT, event=log[1], ground="request")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{salt.hex()}%"])  # noqa: S608 - catalogue
            assert cursor.fetchone() == (0,), table


def test_an_erasure_is_itself_on_record_in_the_log(log):
    made = services.erase_salt(by=actor(Role.ADMINISTRATOR), at=AT, event=log[1], ground="withdrawn")
    told = json.loads(made.statement)
    assert told == {"type": "tiantou:Erasure", "leaf": 1, "ground": "withdrawn", "at": "2026-11-20T08:30:00+08:00"}
    assert made.logged_as == 3
    assert Leaf.objects.get(pk=3).event is None
    assert Deed.objects.filter(verb="evidence.erase_salt", role="administrator").count() == 1
    assert Erasure.objects.count() == 1


def test_erasing_needs_a_ground_and_an_administrator_and_happens_once(log):
    with pytest.raises(NotPermitted):
        services.erase_salt(by=actor(Role.CITY_OFFICER), at=AT, event=log[1], ground="request")
    with pytest.raises(Invalid):
        services.erase_salt(by=SYSTEM, at=AT, event=log[1], ground="because 张三 asked")
    services.erase_salt(by=SYSTEM, at=AT, event=log[1], ground="request")
    with pytest.raises(Conflict):
        services.erase_salt(by=SYSTEM, at=AT, event=log[1], ground="request")


def test_an_event_that_was_not_yet_logged_is_logged_and_then_erased(events):
    services.erase_salt(by=SYSTEM, at=AT, event=events[0], ground="request")
    assert Leaf.objects.count() == 4
    assert services.check_log(by=SYSTEM, at=AT).found == 0


def test_personal_facts_are_committed_with_the_event_and_can_be_erased(events):
    services.attach_personal(by=SYSTEM, at=AT, event=events[0], facts={"picked_by": "示例·张采"})
    append()
    sign()
    verdict = receipts.verify(text_of(events))
    assert verdict.good
    assert verdict.leaves[0].event == {**events[0].body, "tiantou:personal": {"picked_by": "示例·张采"}}
    assert services.check_log(by=SYSTEM, at=AT).found == 0
    services.erase_salt(by=SYSTEM, at=AT, event=events[0], ground="request")
    assert "示例·张采" not in text_of(events)
    assert services.check_log(by=SYSTEM, at=AT).found == 0
    assert Salt.objects.filter(personal__isnull=False).count() == 0


def test_personal_facts_come_before_the_event_is_logged_or_not_at_all(log):
    with pytest.raises(Conflict):
        services.attach_personal(by=SYSTEM, at=AT, event=log[0], facts={"picked_by": "示例·张采"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8), JSON, max_size=4
    )
)
def test_the_text_is_the_same_however_often_the_database_writes_it(db, body):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [json.dumps(body)])
        [stored] = cursor.fetchone()
        cursor.execute("SELECT %s::jsonb::text", [stored])
        [again] = cursor.fetchone()
    text = receipts.event_text(stored)
    assert receipts.event_text(again) == text
    assert jcs.canonical(jcs.parse(text)).decode() == text


@given(body=JSON | st.floats(allow_nan=False, allow_infinity=False) | st.dictionaries(st.text(), JSON, max_size=5))
def test_the_quick_way_to_the_text_is_no_other_text(body):
    try:
        stored = json.dumps(body, ensure_ascii=False)
        slow = jcs.canonical(jcs.parse(stored)).decode()
    except (jcs.NotCanonical, UnicodeEncodeError):
        return
    assert receipts.event_text(stored) == slow
    assert receipts.event_text(json.dumps(body)) == slow


@pytest.mark.parametrize(
    "stored",
    ['{"b": 1, "a": 5.0}', '{"n": -0.0}', '{"n": 1E21}', '{"n": 1e-7}', '{"n": 0.000001}', '{"n": 9007199254740993}', '{"n": 100000000000000000000.5}',
     '{"\ue000": 1, "\U0001f34a": 2}', '{"a": "\x7f\\u001f\\n\\/"}', "[" * 200 + "]" * 200, '{"a": 1.5, "a": 2}'],
)  # fmt: skip
def test_the_quick_way_agrees_where_encoders_differ(stored):
    try:
        slow = jcs.canonical(jcs.parse(stored)).decode()
    except jcs.NotCanonical:
        slow = stored
    assert receipts.event_text(stored) == slow


@pytest.mark.parametrize("body", ['{"n": 1e400}', '{"n": ' + "[" * 300 + "]" * 300 + "}"])
def test_a_body_without_canonical_form_is_committed_to_as_stored_and_holds_nobody_up(events, body):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE trace_event SET body = %s::jsonb WHERE id = %s", [body, events[1].pk])
        cursor.execute("SET session_replication_role = DEFAULT")
    append()
    sign()
    assert services.check_log(by=SYSTEM, at=AT).found == 0
    held = queries.receipt(list(Event.objects.order_by("id").defer("body")), SYSTEM)
    assert receipts.verify(json.dumps(held)).good
