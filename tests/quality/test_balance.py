"""Certificates of what was made of lots promise no more than those of the lots do, less the loss."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.production.cast import AT, town
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.production.models import Kind, Lot
from tiantou.production.services import Output, derive_lots, hand_over
from tiantou.quality.queries import balance as reads
from tiantou.quality.rules.balance import Need, lost_g, shortage_g
from tiantou.quality.services import (
    QuantityExceeded,
    issue_commitment,
    reissue_commitment,
    revoke_commitment,
)

BASIS = "质量安全控制符合要求"
sources = st.dictionaries(st.sampled_from("abc"), st.integers(0, 12), max_size=3)
needs = st.lists(st.builds(Need, st.integers(1, 9), st.lists(st.sampled_from("abcd"), max_size=3)), max_size=4)


def by_hall(capacities, wanted):
    """The shortage by Hall's theorem: the worst set of needs against all sources that any of them may use."""
    worst = 0
    for chosen in product([False, True], repeat=len(wanted)):
        group = [need for need, taken in zip(wanted, chosen, strict=True) if taken]
        usable = {source for need in group for source in need.sources}
        worst = max(worst, sum(n.mass_g for n in group) - sum(capacities.get(each, 0) for each in usable))
    return worst


@given(sources, needs)
def test_the_shortage_is_that_of_the_worst_set_of_needs(capacities, wanted):
    assert shortage_g(capacities, wanted) == by_hall(capacities, wanted)


@given(sources, needs, st.sampled_from("abc"), st.integers(0, 9))
def test_a_source_that_covers_more_never_makes_the_shortage_larger(capacities, wanted, more, grams):
    richer = {**capacities, more: capacities.get(more, 0) + grams}
    assert shortage_g(richer, wanted) <= shortage_g(capacities, wanted)


@given(st.integers(0, 1000), st.lists(st.integers(1, 500), min_size=1, max_size=4), st.integers(0, 2000))
def test_the_loss_is_shared_out_whole(covered, taken, made):
    whole = sum(taken)
    shares = [lost_g(10**6, each, made, whole) for each in taken]
    assert max(whole - made, 0) <= sum(shares) <= max(whole - made, 0) + len(taken)
    assert lost_g(covered, taken[0], made, whole) <= covered


pytestmark = pytest.mark.django_db


def issue(here, lot, **facts):
    return issue_commitment(**{"by": here.grower, "at": AT, "lot": lot, "basis": BASIS, **facts})


def derive(here, parents, *masses, kind=Kind.PACKED):
    outputs = [Output(mass, kind) for mass in masses]
    return derive_lots(by=here.grower, at=AT, parents=parents, outputs=outputs, place=here.base)


def test_what_is_repacked_cannot_be_promised_beyond_what_its_source_promised():
    here = town()
    lot = here.lot(1000)
    issue(here, lot, quantity_g=600)
    one, two = derive(here, {lot: 1000}, 400, 600)
    issue(here, one)
    with pytest.raises(QuantityExceeded, match=r"最多能开 0\.2 公斤"):
        issue(here, two)
    assert issue(here, two, quantity_g=200).quantity_g == 200


def test_the_loss_counts_against_what_was_promised():
    here = town()
    lot = here.lot(1000)
    issue(here, lot, quantity_g=1000)
    (packed,) = derive(here, {lot: 500}, 450)
    (source,) = reads.books_of(packed).sources
    assert (source.covered_g, source.lost_g, source.gives_g) == (1000, 50, 950)


def test_a_revoked_child_frees_what_it_used():
    here = town()
    lot = here.lot(1000)
    issue(here, lot, quantity_g=500)
    one, two = derive(here, {lot: 1000}, 500, 500)
    first = issue(here, one)
    with pytest.raises(QuantityExceeded):
        issue(here, two)
    revoke_commitment(by=here.grower, at=AT, commitment=first, reason="写错了")
    assert issue(here, two).quantity_g == 500


def test_a_source_cannot_be_replaced_by_one_that_no_longer_covers_what_rests_on_it():
    here = town()
    lot = here.lot(1000)
    made = issue(here, lot)
    (packed,) = derive(here, {lot: 800}, 800)
    child = issue(here, packed)
    with pytest.raises(QuantityExceeded, match=child.number):
        reissue_commitment(by=here.grower, at=AT, commitment=made, basis=BASIS, quantity_g=700)
    assert reissue_commitment(by=here.grower, at=AT, commitment=made, basis=BASIS, quantity_g=800).living
    again = reissue_commitment(by=here.grower, at=AT, commitment=child, basis=BASIS)
    assert {each.lot for each in again.sources.all()} == {lot, packed}


def test_a_mixture_draws_on_all_its_sources_and_names_the_nearest():
    here = town()
    one, two = here.lot(1000), here.lot(1000)
    buyer = factories.party("enterprise", "示例收购公司")
    for lot in (one, two):
        issue(here, lot, quantity_g=500)
        hand_over(by=SYSTEM, at=AT, lot=lot, place=here.market, holder=buyer)
        Lot.objects.filter(pk=lot.pk).update(place=here.base)
    buying = factories.actor(Role.FARMER, party=buyer)
    (mixed,) = derive_lots(
        by=buying, at=AT, parents={one: 1000, two: 1000}, outputs=[Output(2000, Kind.GRADED)], place=here.base
    )
    (packed,) = derive_lots(
        by=buying, at=AT, parents={mixed: 2000}, outputs=[Output(2000, Kind.PACKED)], place=here.base
    )
    with pytest.raises(QuantityExceeded, match="最多能开 1 公斤"):
        issue(here, packed, by=buying)
    first = issue(here, packed, by=buying, quantity_g=600)
    assert {each.lot for each in first.sources.all()} == {one, two}
    with pytest.raises(QuantityExceeded):
        issue(here, mixed, by=buying, quantity_g=401)
