"""A demonstration and a real installation never turn into each other."""

from __future__ import annotations

import os

import pytest
from django.db import connection

from tests.factories import AT
from tiantou.config import trial
from tiantou.config.trial import Use
from tiantou.kernel.actor import SYSTEM
from tiantou.people import services


def nobody() -> bool:
    return False


def somebody() -> bool:
    return True


def test_an_empty_folder_becomes_the_demonstration_where_wanted(tmp_path):
    assert trial.settle(tmp_path, wanted=True, somebody_there=nobody) is Use.DEMONSTRATION
    assert trial.remembered(tmp_path) is Use.DEMONSTRATION


def test_an_empty_folder_goes_into_real_use_where_not(tmp_path):
    assert trial.settle(tmp_path, wanted=False, somebody_there=nobody) is Use.OPERATION


def test_a_folder_in_real_use_stays_so_though_a_demonstration_is_wanted(tmp_path):
    trial.settle(tmp_path, wanted=False, somebody_there=nobody)
    assert trial.settle(tmp_path, wanted=True, somebody_there=nobody) is Use.OPERATION


def test_a_database_that_knows_people_never_becomes_a_demonstration(tmp_path):
    assert trial.settle(tmp_path, wanted=True, somebody_there=somebody) is Use.OPERATION


def test_a_demonstration_never_goes_into_real_use(tmp_path):
    trial.settle(tmp_path, wanted=True, somebody_there=nobody)
    with pytest.raises(trial.IsDemonstration):
        trial.settle(tmp_path, wanted=False, somebody_there=somebody)


def test_an_unreadable_note_counts_as_real_use(tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "use").write_text("?")
    assert trial.remembered(tmp_path) is Use.OPERATION


@pytest.mark.parametrize(("use", "told"), [(Use.DEMONSTRATION, "1"), (Use.OPERATION, "0"), (None, "0")])
def test_the_settings_hear_what_the_folder_says_whatever_the_environment_claimed(tmp_path, monkeypatch, use, told):
    monkeypatch.setenv("TIANTOU_DEMO", "1")
    if use:
        trial.remember(tmp_path, use)
    trial.tell_settings(tmp_path)
    assert os.environ["TIANTOU_DEMO"] == told


@pytest.mark.django_db
@pytest.mark.django_db(transaction=True)
def test_a_database_knows_somebody_once_a_person_is_enrolled():
    before, after = os.environ["DATABASE_URL"].split("?")
    url = f"{before.rsplit('/', 1)[0]}/{connection.settings_dict['NAME']}?{after}"
    assert trial.somebody_enrolled(url) is False
    services.enrol_person(by=SYSTEM, at=AT, phone="13800000001", name="示例")
    assert trial.somebody_enrolled(url) is True
