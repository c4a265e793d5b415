"""The verbs over areas: what the law does to areas, and what is refused."""

from datetime import date

import pytest

from tests.factories import AT, actor
from tiantou.areas import queries, rules, services
from tiantou.areas.models import Area, Change, Level, Placement, Succession
from tiantou.areas.services import AreaEnded, Part
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.kernel.errors import Invalid, NotPermitted
from tiantou.kernel.models import Deed

pytestmark = pytest.mark.django_db
ON, BEFORE, START = date(2024, 3, 1), date(2024, 2, 29), date(2016, 1, 1)
SOURCE = "示例批复〔2024〕1号"


@pytest.fixture(autouse=True)
def _land():
    lines = [rules.Division("50", 0, "示例市", "")]
    for d in ("A", "B"):
        lines.append(rules.Division(f"50{d}", 1, f"示例{d}县", "50"))
        for t in ("1", "2"):
            lines.append(rules.Division(f"50{d}{t}", 2, f"{d}{t}镇", f"50{d}"))
            lines += [rules.Division(f"50{d}{t}{v}", 3, f"{d}{t}{v}村", f"50{d}{t}", v != "3") for v in "123"]
    told = rules.history(lines, [], horizon=START, listed=date(2023, 6, 30), source="示例名单 2023-06-30")
    services.load_division(by=SYSTEM, at=AT, told=told)


def do(verb, **facts):
    return verb(by=actor(Role.CITY_OFFICER), at=AT, on=facts.pop("on", ON), source=facts.pop("source", SOURCE), **facts)


def get(code):
    return queries.get(code)


def names(code, on):
    return [area.name for area in queries.children_of(queries.get(code, on), on)]


def total_is_kept(period, to):
    figures = {area.code: 10 + n for n, area in enumerate(queries.as_of(period, Level.TOWN))}
    done = queries.rebase(figures, period, to)
    assert sum(done.values.values()) == sum(figures.values())
    return done


def test_a_renamed_county_takes_its_towns_along_and_its_past_stays():
    new = do(services.rename_area, area=get("50A"), name="示例A区", code="50Z")
    assert (new.name, new.starts, get("50A").ends) == ("示例A区", ON, ON)
    assert names("50Z", ON) == names("50A", BEFORE) == ["A1镇", "A2镇"]
    assert get("50A11").district == new
    assert queries.rebase({"50A": 5}, BEFORE, ON).values == {"50Z": 5}
    assert Deed.objects.filter(verb="areas.rename_area").exists()


def test_a_moved_town_is_counted_where_it_was_before_and_where_it_is_after():
    do(services.move_area, area=get("50A1"), parent=get("50B"))
    assert names("50A", BEFORE) == ["A1镇", "A2镇"]
    assert names("50A", ON) == ["A2镇"]
    assert get("50A11").district == get("50B")
    done = queries.rebase({"50A": 7, "50B": 1}, BEFORE, ON)
    assert (sum(done.values.values()), done.estimated) == (8, {"50A", "50B"})
    assert queries.parent_of(get("50A1"), BEFORE) == get("50A")


def test_merged_towns_are_one_and_their_figures_add_up():
    merged = do(services.merge_areas, areas=[get("50A1"), get("50A2")], code="50A9", name="合镇")
    assert len(queries.children_of(merged, ON)) == 6
    assert queries.rebase({"50A1": 3, "50A2": 4}, BEFORE, ON).values == {"50A9": 7}
    total_is_kept(ON, BEFORE)


def test_a_town_may_keep_its_code_when_others_are_merged_into_it():
    merged = do(services.merge_areas, areas=[get("50A1"), get("50A2")], code="50A1", name="A1镇")
    assert (merged.code, merged.starts, Area.objects.filter(code="50A1").count()) == ("50A1", ON, 2)
    total_is_kept(BEFORE, ON)


def test_a_split_town_is_divided_by_the_villages_that_went():
    villages = [get(f"50A1{n}") for n in "123"]
    parts = [Part("50A8", "东镇", tuple(villages[:2])), Part("50A9", "西镇", tuple(villages[2:]))]
    do(services.split_area, area=get("50A1"), parts=parts)
    assert queries.rebase({"50A1": 9}, BEFORE, ON).values == {"50A8": 6, "50A9": 3}
    total_is_kept(ON, BEFORE)


def test_merged_villages_carry_their_figures_by_succession():
    do(services.merge_areas, areas=[get("50A11"), get("50A12")], code="50A19", name="合村")
    assert queries.rebase({"50A11": 2, "50A12": 3}, BEFORE, ON).values == {"50A19": 5}
    assert queries.rebase({"50A19": 5}, ON, BEFORE).values == {"50A11": 3, "50A12": 2}
    assert queries.denominator("village_committees", BEFORE).value == 8
    assert queries.denominator("village_committees", ON).value == 7


def test_an_abolished_town_is_in_the_other():
    do(services.abolish_area, area=get("50A1"), into=get("50A2"))
    assert names("50A", ON) == ["A2镇"]
    assert len(names("50A2", ON)) == 6
    total_is_kept(BEFORE, ON)


def test_a_new_village_is_there_from_its_day():
    do(services.create_area, parent=get("50A1"), code="50A14", name="新村", village_committee=True)
    assert "新村" not in names("50A1", BEFORE)
    assert "新村" in names("50A1", ON)
    assert Succession.objects.get(kind=Change.CREATE).successor == get("50A14")


def test_every_area_has_one_parent_on_every_day_after_all_changes():
    do(services.move_area, area=get("50A1"), parent=get("50B"))
    do(services.rename_area, area=get("50B"), name="示例B区", on=date(2024, 4, 1))
    do(services.abolish_area, area=get("50A2"), into=get("50B1"), on=date(2024, 5, 1))
    for day in (START, BEFORE, ON, date(2024, 4, 1), date(2024, 5, 1)):
        picture = queries.picture(day)
        assert [pk for pk, parent in picture.parents.items() if parent is None] == [get("50").pk]
        assert Placement.objects.on(day).count() == len(picture.parents) - 1
        total_is_kept(START, day)


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"source": " "}, "source"), ({"on": date(2030, 1, 1)}, "on"), ({"on": START}, "on"), ({"name": ""}, "name")],
)
def test_a_change_without_source_name_or_a_possible_day_is_refused(facts, field):
    with pytest.raises(Invalid) as refused:
        do(services.rename_area, area=get("50A"), **{"name": "新名", **facts})
    assert refused.value.problems[0].field == field
    assert get("50A").ends is None


def test_changes_come_in_the_order_of_their_days():
    do(services.move_area, area=get("50A1"), parent=get("50B"))
    with pytest.raises(Invalid):
        do(services.move_area, area=get("50A1"), parent=get("50A"), on=BEFORE)


@pytest.mark.parametrize("parent", ["50A", "50A2", "50"])
def test_a_town_moves_only_to_another_district(parent):
    with pytest.raises(Invalid):
        do(services.move_area, area=get("50A1"), parent=get(parent))


def test_a_split_that_forgets_a_village_is_refused():
    parts = [Part("50A8", "东镇", (get("50A11"),)), Part("50A9", "西镇", (get("50A12"),))]
    with pytest.raises(Invalid):
        do(services.split_area, area=get("50A1"), parts=parts)


def test_a_code_in_use_elsewhere_is_refused():
    with pytest.raises(Invalid):
        do(services.rename_area, area=get("50A1"), name="新镇", code="50B1")
    with pytest.raises(Invalid):
        do(services.rename_area, area=get("50A1"), name="新镇", code="50A2")


def test_nothing_happens_to_an_area_that_is_gone():
    old = get("50A1")
    do(services.abolish_area, area=old, into=get("50A2"))
    with pytest.raises(AreaEnded):
        do(services.move_area, area=old, parent=get("50B"))


@pytest.mark.parametrize("role", [Role.FARMER, Role.DISTRICT_OFFICER, Role.STRANGER, Role.AUDITOR])
def test_only_the_city_officer_and_the_administrator_change_areas(role):
    with pytest.raises(NotPermitted):
        services.rename_area(by=actor(role), at=AT, area=get("50A"), name="x", on=ON, source=SOURCE)


def test_what_people_changed_survives_loading_the_list_again():
    do(services.move_area, area=get("50A1"), parent=get("50B"))
    lines = [
        rules.Division("50", 0, "示例市", ""),
        rules.Division("50A", 1, "示例A县", "50"),
        rules.Division("50A1", 2, "A1镇", "50A"),
    ]
    told = rules.history(lines, [], horizon=START, listed=date(2023, 6, 30), source="示例名单 2023-06-30")
    services.load_division(by=SYSTEM, at=AT, told=told)
    assert get("50A1").parent == get("50B")


def test_the_scope_of_an_officer_is_the_area_and_all_below():
    assert queries.scope_codes("50A1") == {"50A1", "50A11", "50A12", "50A13"}
    assert len(queries.scope_codes("50A")) == len(queries.scope_codes("50A", BEFORE)) == 9
    assert queries.scope_codes("nothing") == set()
