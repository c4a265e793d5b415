"""`tiantou doctor` finds each fault that is planted, and says how to mend it."""

from __future__ import annotations

import shutil
import time
from collections import namedtuple

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder

from tiantou.config import doctor
from tiantou.ui import printing

pytestmark = pytest.mark.django_db


def found(tmp_path, connect=lambda: None):
    return {finding.what: finding for finding in doctor.examine(tmp_path, connect)}


@pytest.fixture
def healthy(settings, tmp_path):
    """A folder of its own, with a key that only its owner reads."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "secret_key").write_text("s")
    (tmp_path / "keys" / "secret_key").chmod(0o600)
    settings.DATA = tmp_path
    return tmp_path


def test_nothing_is_bad_but_the_durability_that_tests_do_without(healthy):
    assert [what for what, finding in found(healthy).items() if not finding.ok] == ["database durability"]
    assert "fsync=on" in found(healthy)["database durability"].remedy


def test_a_full_disk_is_found(healthy, monkeypatch):
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 - what the standard library returns
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(2**40, 2**40, 2**20))
    assert not found(healthy)["disk"].ok


def test_a_clock_before_this_software_was_built_is_found(healthy, monkeypatch):
    class Past(doctor.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(1970, 1, 1, tzinfo=tz)

    monkeypatch.setattr(doctor, "datetime", Past)
    assert not found(healthy)["clock"].ok


def test_a_database_that_is_away_is_found_and_ends_the_examination(healthy):
    def away() -> None:
        raise OperationalError("connection refused")

    findings = found(healthy, away)
    assert findings["database"].found == "connection refused"
    assert "schema" not in findings


def test_a_database_whose_clock_differs_is_found(healthy, monkeypatch):
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + 60)
    assert not found(healthy)["database clock"].ok


def test_a_server_that_is_too_old_is_found(healthy, monkeypatch):
    monkeypatch.setattr(doctor, "_OLDEST_SERVER", 990000)
    assert not found(healthy)["database version"].ok


def test_a_waiting_migration_is_found(healthy):
    MigrationRecorder.Migration.objects.filter(app="sessions").delete()
    finding = found(healthy)["schema"]
    assert not finding.ok
    assert finding.remedy == "tiantou migrate"


def test_missing_fonts_are_found(healthy, monkeypatch):
    monkeypatch.setattr(printing, "FONT_HOMES", (("/nowhere", ("no.otf",)),))
    assert not found(healthy)["Chinese font"].ok


def test_missing_front_end_packages_are_found(healthy, settings):
    settings.STATICFILES_DIRS = [("htmx", healthy / "nowhere")]
    assert "nowhere" in found(healthy)["front-end packages"].found


def test_a_key_that_others_can_read_is_found(healthy):
    (healthy / "keys" / "secret_key").chmod(0o644)
    assert "secret_key" in found(healthy)["keys"].found


def test_a_missing_public_address_is_found(healthy, settings):
    settings.BASE_URL = ""
    assert not found(healthy)["public address"].ok
