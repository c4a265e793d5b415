"""What changes over time: further kinds of a site, members, mergers and successions; and reads on a day."""

from datetime import date

import pytest

from tests.factories import AT, actor, party, site, village
from tests.registry.test_records import officer, uscc
from tiantou.kernel.actor import STRANGER, Role
from tiantou.kernel.errors import Absent, Conflict, Invalid
from tiantou.kernel.search import tokens
from tiantou.registry import queries
from tiantou.registry.kinds import kind
from tiantou.registry.models import Link, Status
from tiantou.registry.services import designate, link_parties
from tiantou.registry.services.links import OverlapRefused

pytestmark = pytest.mark.django_db
SPRING, SUMMER, AUTUMN = date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1)


def test_a_station_that_became_a_parcel_point_too_is_listed_under_both_on_the_day():
    station = site("village_station", "示例服务站", starts=date(2020, 1, 1))
    designate(by=officer(), at=AT, record=station, kind="parcel_point", starts=SPRING, ends=AUTUMN)
    on = {day: list(queries.of_kind(kind("site", "parcel_point"), STRANGER, day)) for day in (SPRING, SUMMER, AUTUMN)}
    assert on == {SPRING: [station], SUMMER: [station], AUTUMN: []}
    assert queries.count_by_district("site", "parcel_point", SUMMER) == {"500236": 1}
    assert queries.count_by_district("site", "village_station", date(2019, 1, 1)) == {}


def test_a_site_is_not_of_one_kind_twice_at_a_time():
    station = site("village_station", "示例服务站")
    designate(by=officer(), at=AT, record=station, kind="parcel_point", starts=SPRING, ends=AUTUMN)
    with pytest.raises(OverlapRefused):
        designate(by=officer(), at=AT, record=station, kind="parcel_point", starts=SUMMER)
    designate(by=officer(), at=AT, record=station, kind="parcel_point", starts=AUTUMN)


def test_designations_are_refused_for_other_districts_unknown_kinds_and_backward_dates():
    station = site("village_station", "示例服务站")
    with pytest.raises(Absent):
        designate(by=officer("500101"), at=AT, record=station, kind="parcel_point", starts=SPRING)
    with pytest.raises(Absent):
        designate(by=officer(), at=AT, record=station, kind="castle", starts=SPRING)
    with pytest.raises(Invalid):
        designate(by=officer(), at=AT, record=station, kind="parcel_point", starts=SUMMER, ends=SPRING)


def test_a_merger_closes_the_merged_party_and_keeps_its_record():
    small, large = party(code=uscc(1), name="示例小社"), party(code=uscc(2), name="示例大社")
    link_parties(by=officer(), at=AT, kind="merged_into", subject=small, object=large, starts=SPRING)
    small.refresh_from_db()
    assert (small.status, small.ends) == (Status.CLOSED, SPRING)
    assert queries.get("party", small.code, officer()) == small


def test_a_successor_closes_its_predecessor():
    old, new = party(code=uscc(1)), party(code=uscc(2))
    link_parties(by=officer(), at=AT, kind="successor", subject=new, object=old, starts=SPRING)
    old.refresh_from_db()
    assert old.status == Status.CLOSED


def test_a_cooperative_records_its_own_members_and_nobody_elses():
    coop, member, other = party(code=uscc(1)), party("grower", "示例张三", code="P-000009"), party(code=uscc(2))
    by = actor(Role.FARMER, party=coop)
    link_parties(by=by, at=AT, kind="member", subject=member, object=coop, starts=SPRING)
    with pytest.raises(Conflict):
        link_parties(by=by, at=AT, kind="member", subject=member, object=coop, starts=SUMMER)
    with pytest.raises(Absent):
        link_parties(by=by, at=AT, kind="member", subject=member, object=other)
    with pytest.raises(Absent):
        link_parties(by=by, at=AT, kind="merged_into", subject=coop, object=other)
    assert Link.objects.count() == 1


def test_links_with_people_are_not_public():
    coop = party(code=uscc(1))
    member = party("grower", "张三丰", code="P-000009", natural_person=True)
    link_parties(by=officer(), at=AT, kind="member", subject=member, object=coop)
    assert queries.links_of(coop, STRANGER) == []
    assert len(queries.links_of(coop, actor(Role.FARMER, party=coop))) == 1


def test_the_best_hit_comes_first():
    for name in ("示例奉节脐橙合作社", "奉节脐橙", "奉节脐橙协会", "示例脐橙奉节"):
        party(name=name, tokens=tokens(name))
    found = [record.name for record in queries.find("party", "奉节脐橙", STRANGER)]
    assert found[:2] == ["奉节脐橙", "奉节脐橙协会"]
    assert found[2:] == ["示例奉节脐橙合作社"]


def test_a_search_over_all_registers_says_where_it_found_what():
    party(name="示例脐橙社", tokens=tokens("示例脐橙社"))
    site(name="示例脐橙基地", tokens=tokens("示例脐橙基地"))
    found = queries.find_everywhere("脐橙", STRANGER)
    assert set(found) == {"party", "site"}


def test_records_are_found_by_code_and_its_beginning():
    record = party(code=uscc(5), area=village())
    assert queries.find("party", uscc(5), STRANGER) == [record]
    assert queries.find("party", uscc(5)[:12].lower(), STRANGER) == [record]
    assert queries.party_by_code(uscc(5)) == record
    with pytest.raises(Absent):
        queries.party_by_code("nobody")
