"""The `tiantou` command as operators use it, on the database of the tests."""

from __future__ import annotations

import csv

import pytest
from stdnum.cn.uscc import calc_check_digit
from typer.testing import CliRunner

from tests import factories
from tiantou.config import trial
from tiantou.config.command import app
from tiantou.kernel import clock
from tiantou.people.models import Person, Token
from tiantou.people.queries import token_of
from tiantou.portal import opinion
from tiantou.registry.models import Party
from tiantou.statistics.models import Receipt

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("TIANTOU_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TIANTOU_DEMO", "0")  # the command sets it; so it is put back afterwards
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def sheet(tmp_path):
    """A sheet with one good row and one whose check digit is wrong."""
    town = factories.village().parent
    body = "93500236MA0CMD001"
    path = tmp_path / "co-operatives.csv"
    with path.open("w", newline="") as file:
        rows = [[body + calc_check_digit(body), "示例甲合作社"], ["91500236MA0000000X", "示例乙合作社"]]
        csv.writer(file).writerows([["code", "name", "area"], *([*row, town.code] for row in rows)])
    return path


def test_import_takes_the_good_rows_and_names_row_and_column_of_the_others(run, sheet):
    done = run("import", "party/cooperative", sheet)
    assert done.exit_code == 1
    assert "2 rows: 1 new, 0 changed, 0 the same, 1 refused" in done.stdout
    assert "row 3, code:" in done.stderr
    assert list(Party.objects.values_list("name", flat=True)) == ["示例甲合作社"]


def test_import_with_dry_run_takes_nothing(run, sheet):
    done = run("import", "party/cooperative", sheet, "--dry-run")
    assert "nothing taken: 2 rows: 1 new" in done.stdout
    assert not Party.objects.exists()


def test_import_all_or_nothing_takes_nothing_where_a_row_is_faulty(run, sheet):
    done = run("import", "party/cooperative", sheet, "--all-or-nothing")
    assert done.exit_code == 1
    assert "row 3, code:" in done.stderr
    assert not Party.objects.exists()


@pytest.mark.parametrize("arguments", [("party/nothing",), ("orders", "nowhere")])
def test_import_of_an_unknown_kind_or_platform_is_refused_in_words(run, sheet, arguments):
    done = run("import", *arguments, sheet)
    assert done.exit_code == 1
    assert "没有" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("party/cooperative", "no-such-file.csv"), ("orders", "only-one.csv")])
def test_import_without_a_file_says_how_to_call_it(run, arguments):
    assert run("import", *arguments).exit_code == 2


def test_orders_count_once_however_often_the_file_is_sent(run, tmp_path, settings):
    settings.DATA = tmp_path / "data"
    file = tmp_path / "orders.csv"
    file.write_text(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "100001,A1,Example,2,2026-01-02 10:00:00,1.50,1,France\n"
    )
    first, second = run("import", "orders", "online-retail", file), run("import", "orders", "online-retail", file)
    assert first.exit_code == 0, first.stderr
    assert "1 new lines of 1 orders" in first.stdout
    assert "0 new lines" in second.stdout
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_export_writes_every_record_and_never_overwrites(run, tmp_path, ending):
    factories.party(name="示例丙合作社")
    file = tmp_path / f"out.{ending}"
    assert "1 records" in run("export", "party/cooperative", file).stdout
    assert file.read_bytes()[:2] == {"csv": b"\xef\xbb", "xlsx": b"PK"}[ending]
    again = run("export", "party/cooperative", file)
    assert again.exit_code == 1
    assert "never overwrites" in again.stderr


def test_export_to_another_ending_is_refused(run, tmp_path):
    done = run("export", "party/cooperative", tmp_path / "out.pdf")
    assert done.exit_code == 1
    assert ".xlsx" in done.stderr


def test_token_prints_the_token_alone_and_reuses_the_service(run):
    party = factories.party()
    first, second = (run("token", "farmer", "--party", party.code, "--label", "示例秤") for _ in range(2))
    assert first.exit_code == 0, first.stderr
    text = first.stdout.strip()
    assert "\n" not in text
    assert token_of(text, at=clock.now()).appointment.party_id == party.pk
    assert text != second.stdout.strip()
    assert (Person.objects.count(), Token.objects.count()) == (1, 2)
    assert text not in first.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("farmer", "--party", "none"), "none"),
        (("farmer",), "party"),
        (("system",), "is no role"),
        (("king",), "is no role"),
    ],
)
def test_a_token_for_nobody_is_refused(run, arguments, said):
    done = run("token", *arguments)
    assert done.exit_code != 0
    assert said in done.stderr
    assert not Token.objects.exists()


def test_a_token_puts_a_fresh_folder_into_real_use(run, tmp_path):
    run("token", "farmer", "--party", factories.party().code)
    assert trial.remembered(tmp_path / "data") is trial.Use.OPERATION
    refused = run("demo")
    assert refused.exit_code == 1
    assert "never becomes a demonstration" in refused.stderr


def test_mission_says_what_is_served_by_article_and_in_all(run):
    done = run("mission")
    last = done.stdout.strip().splitlines()
    report = opinion.report()
    total = next(line for line in last if line.startswith("all ")).split()
    assert [int(number) for number in total[1:]] == [report.served, report.tracked, report.not_yet, report.total]
    assert len(last) == 1 + len(opinion.articles()) + 1 + len(report.broken)
