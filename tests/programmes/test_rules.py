"""Every programme is usable and its own examples hold; what is written wrongly is refused with its fault."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import tiantou.programmes
from tiantou.programmes import rules

CATALOGUE = sorted((Path(tiantou.programmes.__file__).parent / "catalogue").glob("*.yaml"))
SUBSIDY = next(path for path in CATALOGUE if path.stem == "online_sale_subsidy")


@pytest.mark.parametrize(
    ("path", "number"),
    [(path, n) for path in CATALOGUE for n in range(len(rules.load(path).examples))],
    ids=lambda v: getattr(v, "stem", v),
)
def test_the_files_own_examples_hold(path, number):
    programme = rules.load(path)
    example = programme.examples[number]
    found = rules.assess(programme, example.facts, example.day)
    assert (found.eligible, found.amount_fen) == (example.eligible, example.amount_fen), example.says


@pytest.mark.parametrize("path", CATALOGUE, ids=lambda path: path.stem)
def test_a_file_is_named_by_its_id(path):
    assert rules.load(path).id == path.stem


@pytest.mark.parametrize(("spoil", "fault"), [
    (lambda d: d["eligible"][0].update(rule="confirmed >"), "parse"),
    (lambda d: d["eligible"][0].update(rule="rainfall > 3"), "rainfall"),
    (lambda d: d.update(amount="parcels / 2"), "may not"),
    (lambda d: d["steps"][1].update(kind="chat"), "chat"),
    (lambda d: d["steps"][1].update(role="king"), "king"),
    (lambda d: d["steps"][1].update(back_to="award"), "before it"),
    (lambda d: d["steps"].pop(), "award"),
    (lambda d: d.update(examples=d["examples"][:1]), "example"),
    (lambda d: d.update(colour="red"), "colour"),
    (lambda d: d["form"][0].update(type="essay"), "essay"),
    (lambda d: d.update(award="site_acceptance"), "amount"),
])  # fmt: skip
def test_a_wrong_file_is_refused_and_says_why(tmp_path, spoil, fault):
    data = yaml.safe_load(SUBSIDY.read_text())
    spoil(data)
    (tmp_path / "spoiled.yaml").write_text(yaml.safe_dump(data, allow_unicode=True))
    with pytest.raises(ValueError, match=rf"(?s)spoiled.yaml.*{fault}"):
        rules.load(tmp_path / "spoiled.yaml")


@given(st.integers(0, 10**9))
def test_the_subsidy_grows_with_parcels_and_never_passes_the_cap(parcels):
    programme = rules.load(SUBSIDY)
    day = programme.examples[0].day

    def amount(number: int) -> int:
        return rules.assess(
            programme, {"parcels": number, "sales_fen": 0, "confirmed": True, "certified": True}, day
        ).amount_fen

    assert amount(parcels) <= amount(parcels + 1) <= 10_000_000
