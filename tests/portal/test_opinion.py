"""The opinion's 303 items: complete, honest, and nothing claimed that does not exist."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.config import command
from tiantou.portal import opinion
from tiantou.portal.opinion import Sort, Stand, Surface, judge

CHECKLIST = Path(__file__).parents[3] / "shared/mission/checklist.csv"


def test_all_items_are_there_with_names_in_both_languages():
    rows = opinion.source()["items"]
    assert len({row["id"] for row in rows}) == len(rows) == 303
    assert Counter(row["kind"] for row in rows) == {
        "S": 55,
        "R": 66,
        "W": 32,
        "I": 20,
        "F": 30,
        "A": 44,
        "N": 32,
        "P": 19,
        "B": 5,
    }
    assert all(row["zh"].strip() and row["en"].strip() for row in rows)
    assert {opinion.article_of(row["id"]) for row in rows} == set(range(20))


def test_no_status_is_written_by_hand():
    assert {key for row in opinion.source()["items"] for key in row} <= {"id", "kind", "zh", "en", "serves", "note"}


def test_every_claim_names_something_that_exists():
    assert opinion.report().broken == ()


def test_every_command_that_is_claimed_exists():
    claimed = {each.name for item in opinion.items() for each in item.surfaces if each.sort is Sort.COMMAND}
    assert claimed <= {each.name or each.callback.__name__ for each in command.app.registered_commands}


@pytest.mark.parametrize(
    ("sort", "name"),
    [("page", "portal:nothing"), ("register", "site/castle"), ("programme", "gold"), ("indicator", "joy"), ("seed", "B-none"),
     ("journey", "tests/portal/test_opinion.py::test_nothing_of_the_kind")],
)  # fmt: skip
def test_a_claim_of_something_that_does_not_exist_is_reported_and_counts_for_nothing(monkeypatch, sort, name):
    told = {"articles": {2: {"zh": "目标", "en": "Goals"}},
            "items": [{"id": "A02.99", "kind": "S", "zh": "试", "en": "try", "serves": [{sort: name}]}]}  # fmt: skip
    monkeypatch.setattr(opinion, "source", lambda region="": told)
    assert opinion.report().broken == (f"A02.99 {sort} {name}",)
    assert opinion.report().served == 0


surfaces = st.lists(
    st.builds(Surface, st.sampled_from(Sort), st.just("x"), st.just("x"), exists=st.booleans()), max_size=6
)


@given(kind=st.sampled_from("SRWFA"), claims=surfaces)
def test_nothing_is_served_by_one_sort_of_surface_or_by_a_form(kind, claims):
    there = {each.sort for each in claims if each.exists}
    if judge(kind, claims) is Stand.SERVED:
        assert len(there) >= 2
        assert there - {Sort.REGISTER, Sort.PAGE, Sort.SEED}


@given(claims=surfaces)
def test_a_figure_is_served_only_by_a_figure(claims):
    if judge("I", claims) is Stand.SERVED:
        assert Sort.INDICATOR in {each.sort for each in claims if each.exists}


@given(kind=st.sampled_from("PB"), claims=surfaces)
def test_policy_is_never_counted_as_served(kind, claims):
    assert judge(kind, claims) is not Stand.SERVED


def test_counts_add_up():
    found = opinion.report()
    assert found.served + found.tracked + found.not_yet == found.total
    for split in (found.by_kind, found.by_article):
        assert sum(sum(counts.values()) for counts in split.values()) == found.total


@pytest.mark.django_db
def test_the_pages_are_public_and_a_missing_article_is_absent(client):
    page = client.get("/opinion/").content.decode()
    assert "303" in page
    for number in range(20):
        assert client.get(f"/opinion/{number}/").status_code == 200
    assert client.get("/opinion/20/").status_code == 404


@pytest.mark.skipif(not CHECKLIST.exists(), reason="the checklist (../shared/mission) is not here")
def test_our_words_are_our_own_and_our_numbers_the_checklists():
    import csv

    with CHECKLIST.open(encoding="utf-8") as file:
        theirs = {row["id"]: row for row in csv.DictReader(file)}
    ours = {row["id"]: row for row in opinion.source()["items"]}
    assert {key: row["kind"] for key, row in ours.items()} == {key: row["kind"] for key, row in theirs.items()}
    # Names of things may be the same; whole descriptions may not.
    long = [key for key, row in ours.items() if len(row["zh"]) > 12 and row["zh"] in theirs[key]["item"]]
    assert long == []
