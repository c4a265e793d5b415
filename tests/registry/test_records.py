"""The register's verbs: register, amend, confirm, close; who may, and what is refused."""

from datetime import timedelta

import pytest

from tests.factories import AT, actor, party, site, village
from tiantou.kernel.actor import STRANGER, SYSTEM, Role
from tiantou.kernel.errors import Absent, Conflict, Invalid, NotPermitted
from tiantou.registry.models import Party, Revision, Site, Status
from tiantou.registry.services import (
    AlreadyRegistered,
    PapersMissing,
    StaleVersion,
    amend_record,
    close_record,
    confirm_record,
    load_records,
    register_record,
)

pytestmark = pytest.mark.django_db


def uscc(number: int) -> str:
    from stdnum.cn.uscc import calc_check_digit

    body = f"91500236MA{number:07d}"
    return body + calc_check_digit(body)


def coop(**more):
    return {"code": uscc(1), "name": "示例脐橙专业合作社", "area": village().code, **more}


COOP = {"code": uscc(1), "name": "示例脐橙专业合作社"}


def officer(area="500236"):
    return actor(Role.DISTRICT_OFFICER, area_code=area)


def register(by=None, kind="cooperative", **values):
    return register_record(by=by or officer(), at=AT, register="party", kind=kind, values=coop(**values))


def test_a_new_cooperative_is_a_draft_until_the_licence_was_seen():
    record = register()
    assert record.status == Status.DRAFT
    assert not Party.objects.visible_to(STRANGER).exists()
    with pytest.raises(PapersMissing, match="营业执照"):
        confirm_record(by=officer(), at=AT, record=record)
    confirmed = confirm_record(by=officer(), at=AT, record=record, papers_seen=["licence"])
    assert confirmed.status == Status.CONFIRMED
    assert Party.objects.visible_to(STRANGER).get() == confirmed


@pytest.mark.parametrize(
    ("values", "field", "reason"),
    [
        ({"code": "91500236MA5U000018"}, "code", "校验位"),
        ({"code": "9150"}, "code", "18 位"),
        ({"name": ""}, "name", "没有填写"),
        ({"area": "999999"}, "area", "没有“999999”"),
        ({"area": ""}, "area", "没有填写"),
        ({"members": "很多"}, "members", "不是数字"),
        ({"members": "-3"}, "members", "范围"),
        ({"level": "宇宙级"}, "level", "没有“宇宙级”"),
        ({"starts": "昨天"}, "starts", "不是日期"),
        ({"starts": "2026-02-01", "ends": "2026-01-01"}, "ends", "早于"),
    ],
)
def test_bad_values_are_refused_by_field_with_a_remedy(values, field, reason):
    with pytest.raises(Invalid) as refused:
        register(**values)
    (problem,) = refused.value.problems
    assert problem.field == field
    assert reason in problem.reason
    assert problem.remedy
    assert not Party.objects.exists()


def test_a_living_code_is_registered_once_and_free_again_when_closed():
    first = register()
    with pytest.raises(AlreadyRegistered):
        register(name="另一个")
    close_record(by=officer(), at=AT, record=first, reason="注销登记")
    assert register(name="新的").pk != first.pk


def test_an_area_that_no_longer_exists_says_since_when():
    place = village()
    place.ends = AT.date() - timedelta(days=5)
    place.save()
    with pytest.raises(Invalid) as refused:
        register()
    assert "2026-11-15" in refused.value.problems[0].reason


def test_an_area_may_be_written_in_words():
    assert register(area="奉节县 草堂镇 示例村").area == village()


def test_an_officer_registers_in_the_own_district_only():
    with pytest.raises(Invalid) as refused:
        register(by=officer("500101"))
    assert refused.value.problems[0].field == "area"


def test_money_is_typed_in_yuan_and_kept_in_fen():
    record = register(annual_sales_fen="1,234.5")
    assert record.data["annual_sales_fen"] == 123450


def test_amending_changes_what_is_named_and_nothing_else():
    record = register(members=12, phone="13800001234")
    changed = amend_record(by=officer(), at=AT, record=record, version=1, values={"members": "13"})
    assert changed.data == {"members": 13, "phone": "13800001234"}
    assert Revision.objects.filter(record_id=record.pk).order_by("version").last().changes == {"members": [12, 13]}


def test_amending_nothing_writes_nothing():
    record = register(members=12, annual_sales_fen="12.30")
    again = amend_record(by=officer(), at=AT, record=record, version=1, values={"members": "12"})
    assert again.version == 1
    assert Revision.objects.count() == 1


def test_two_people_do_not_overwrite_each_other():
    record = register()
    amend_record(by=officer(), at=AT, record=record, version=1, values={"name": "甲"})
    with pytest.raises(StaleVersion):
        amend_record(by=officer(), at=AT, record=record, version=1, values={"name": "乙"})


def test_a_holder_amends_the_own_record_and_it_must_be_confirmed_again():
    own = party(code=uscc(7))
    farmer = actor(Role.FARMER, party=own)
    changed = amend_record(by=farmer, at=AT, record=own, version=1, values={"phone": "13800001234"})
    assert changed.status == Status.CONFIRMED
    changed = amend_record(by=farmer, at=AT, record=own, version=2, values={"name": "示例新名合作社"})
    assert changed.status == Status.DRAFT


def test_somebody_elses_record_answers_like_an_absent_one():
    other = party(code=uscc(8))
    for act in (
        lambda by: amend_record(by=by, at=AT, record=other, version=1, values={"name": "改"}),
        lambda by: close_record(by=by, at=AT, record=other, reason="x"),
    ):
        with pytest.raises(Absent):
            act(actor(Role.FARMER, party=party(name="示例别家")))
        with pytest.raises(Absent):
            act(officer("500101"))


def test_a_stranger_registers_nothing():
    with pytest.raises(NotPermitted):
        register(by=STRANGER)
    with pytest.raises(NotPermitted):
        register(by=actor(Role.AUDITOR))


def test_what_a_farmer_registers_belongs_to_the_own_party():
    own, other = party(code=uscc(7)), party(code=uscc(9), name="示例别家")
    made = register_record(
        by=actor(Role.FARMER, party=own), at=AT, register="site", kind="base",
        values={"name": "示例基地", "area": village().code, "holder": other.code},
    )  # fmt: skip
    assert made.holder == own
    assert made.code == "S-000001"


def test_a_person_gets_a_number_and_only_a_hash_of_the_identity_number_is_kept():
    values = {"name": "示例张三", "area": village().code, "identity": "11010519491231002X"}
    person = register_record(by=officer(), at=AT, register="party", kind="large_grower", values=values)
    assert person.code == "P-000001"
    assert person.natural_person
    assert len(person.identity_hash) == 64
    kept = f"{Party.objects.values()} {list(Revision.objects.values())}"
    assert "11010519491231002" not in kept
    with pytest.raises(AlreadyRegistered):
        register_record(by=officer(), at=AT, register="party", kind="large_grower", values=values)


def test_a_wrong_identity_number_is_refused_without_repeating_it():
    with pytest.raises(Invalid) as refused:
        register_record(
            by=officer(), at=AT, register="party", kind="large_grower",
            values={"name": "示例张三", "area": village().code, "identity": "110105194912310021"},
        )  # fmt: skip
    assert "110105" not in str(refused.value.problems)


def test_the_same_submission_twice_registers_once():
    by = officer()
    first = register_record(by=by, at=AT, register="party", kind="cooperative", values=coop(), key="k")
    again = register_record(by=by, at=AT, register="party", kind="cooperative", values=coop(), key="k")
    assert first == again


def test_a_confirmed_record_is_not_confirmed_twice():
    record = party(code=uscc(3))
    with pytest.raises(Conflict):
        confirm_record(by=officer(), at=AT, record=record, papers_seen=["licence"])


ROWS = [
    {
        "kind": "cooperative",
        "code": uscc(1),
        "name": "示例一社",
        "area": "500236115200",
        "annual_sales_fen": 100,
        "members": 5,
    },
    {"kind": "cooperative", "code": uscc(2), "name": "示例二社", "area": "500236115200", "data": {"members": 7}},
]


def test_a_data_file_is_loaded_once_however_often_it_is_loaded():
    village()
    first = load_records(by=SYSTEM, at=AT, register="party", rows=ROWS)
    again = load_records(by=SYSTEM, at=AT, register="party", rows=ROWS)
    assert (first.created, first.same) == (2, 0)
    assert (again.created, again.amended, again.same) == (0, 0, 2)
    assert Party.objects.get(code=uscc(1)).data == {"annual_sales_fen": 100, "members": 5}
    assert Party.objects.filter(status=Status.CONFIRMED).count() == 2


def test_loading_again_changes_what_changed_in_the_file_but_not_what_people_changed():
    village()
    load_records(by=SYSTEM, at=AT, register="party", rows=ROWS)
    record = Party.objects.get(code=uscc(1))
    amend_record(by=officer(), at=AT, record=record, version=1, values={"members": 99})
    rows = [{**ROWS[0], "members": 6}, {**ROWS[1], "data": {"members": 8}}]
    done = load_records(by=SYSTEM, at=AT, register="party", rows=rows)
    assert (done.amended, done.same) == (1, 1)
    assert Party.objects.get(code=uscc(1)).data["members"] == 99
    assert Party.objects.get(code=uscc(2)).data["members"] == 8


def test_a_bad_row_of_a_data_file_is_named_and_nothing_is_loaded():
    village()
    with pytest.raises(Invalid) as refused:
        load_records(by=SYSTEM, at=AT, register="party", rows=[ROWS[0], {**ROWS[1], "area": "7"}])
    assert refused.value.problems[0].row == 2
    assert not Party.objects.exists()


def test_sites_are_registered_with_their_place():
    own = party(code=uscc(7))
    made = register_record(
        by=officer(), at=AT, register="site", kind="base",
        values={"name": "示例基地", "area": village().code, "holder": own.code, "longitude": "109.4", "latitude": "31.02"},
    )  # fmt: skip
    assert str(Site.objects.get(pk=made.pk).longitude) == "109.400000"
    assert site().holder is None


def test_a_renamed_area_is_answered_with_its_present_name():
    from tiantou.areas.models import Area, Succession

    place = village()
    new = Area.objects.create(
        code="500236115299",
        name="示例新村",
        level=place.level,
        starts=AT.date(),
        parent=place.parent,
        district=place.district,
    )
    place.ends = AT.date()
    place.save()
    Succession.objects.create(predecessor=place, successor=new, on=AT.date(), kind="rename", weight=1, source="示例")
    with pytest.raises(Invalid) as refused:
        register_record(by=officer(), at=AT, register="party", kind="cooperative", values={**COOP, "area": place.code})
    (problem,) = refused.value.problems
    assert "撤销" in problem.reason
    assert "示例新村（500236115299）" in problem.remedy
