"""The log from the command line, by the clock, for the doctor, and in the demonstration."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django import app as jobs
from typer.testing import CliRunner

from tests.config.test_doctor import found, healthy  # noqa: F401 - a fixture
from tests.evidence.conftest import event
from tests.evidence.test_check import behind_the_triggers
from tests.evidence.test_log import append, sign
from tests.factories import AT
from tiantou.config.command import app
from tiantou.evidence import queries, services, tasks
from tiantou.evidence.models import Check, Checkpoint, Key, Leaf
from tiantou.evidence.rules import notes
from tiantou.evidence.services.signing import path_of
from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("TIANTOU_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TIANTOU_DEMO", "0")
    return lambda *arguments: CliRunner().invoke(app, ["evidence", *arguments])


def test_append_and_checkpoint_say_what_they_did(run, events):
    assert "3 events added" in run("append").stdout
    assert "0 events added" in run("append").stdout
    done = run("checkpoint")
    assert done.exit_code == 0
    assert notes.parse_head(notes.parse_note(done.stdout).text).size == 3


def test_check_names_the_changed_event_and_ends_with_1(run, events):
    run("checkpoint")
    assert run("check").exit_code == 0
    behind_the_triggers(
        """UPDATE trace_event SET body = jsonb_set(body, '{action}', '"DELETE"') WHERE id = %s""", events[1].pk
    )
    done = run("check")
    assert done.exit_code == 1
    assert f"event: {events[1].event_id} (leaf 1)" in done.stdout
    assert "checkpoint:" in done.stdout


def test_rotate_key_prints_the_new_key_which_signed_at_once(run, events):
    run("checkpoint")
    done = run("rotate-key")
    key = notes.parse_key(done.stdout)
    assert key == Key.objects.order_by("-id").first().verifier
    assert notes.parse_note(queries.latest().note).signed_by(key)


def test_erase_needs_an_event_that_there_is(run, events):
    assert run("erase", events[0].event_id, "--ground", "request").stdout == "erased; leaf 3 of the log says so\n"
    assert run("erase", events[0].event_id, "--ground", "request").exit_code == 1
    assert run("erase", "nothing", "--ground", "request").exit_code == 1


def test_the_worker_knows_its_three_tasks():
    known = {task.task.name for task in jobs.periodic_registry.periodic_tasks.values()}
    assert {"evidence.append", "evidence.sign", "evidence.check"} <= known


def test_the_tasks_append_sign_and_check(events):
    tasks.append.func(0)
    assert Leaf.objects.count() == 3
    event(5)
    tasks.sign.func(0)
    assert queries.latest().size == 4
    event(6)
    tasks.check.func(0)
    assert Check.objects.get().size == 5
    assert Check.objects.get().found == 0


def test_an_empty_log_is_not_signed_by_the_clock(db):
    tasks.sign.func(0)
    assert not Checkpoint.objects.exists()


def test_the_doctor_finds_a_log_that_is_well(healthy, events):  # noqa: F811 - the fixture
    now = clock.now()
    services.append_all(by=SYSTEM, at=now)
    services.sign_checkpoint(by=SYSTEM, at=now)
    services.check_log(by=SYSTEM, at=now)
    assert found(healthy)["evidence"].ok
    assert "3 leaves, 0 waiting" in found(healthy)["evidence"].found


def test_the_doctor_finds_a_lost_key_a_late_checkpoint_and_a_fault(healthy, events):  # noqa: F811 - the fixture
    append()
    sign(clock.now() - timedelta(hours=3))
    assert "checkpoint late" in found(healthy)["evidence"].found
    sign(clock.now())
    path = path_of(Key.objects.get())
    path.rename(path.with_suffix(".away"))
    assert "private key missing" in found(healthy)["evidence"].found
    path.with_suffix(".away").rename(path)
    behind_the_triggers("DELETE FROM evidence_salt WHERE event = %s", events[0].pk)
    services.check_log(by=SYSTEM, at=AT)
    finding = found(healthy)["evidence"]
    assert not finding.ok
    assert "does not agree" in finding.found
    assert "evidence check" in finding.remedy


def test_events_arriving_after_a_run_are_counted_as_waiting(events):
    append()
    event(7)
    assert queries.waiting() == 1
    assert queries.health().waiting == 1
