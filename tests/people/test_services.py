"""Who may give which role, and what consents and tokens open and for how long."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests import factories
from tests.factories import AT, party, site, village
from tests.people.conftest import appointed, code_in, person
from tiantou.kernel.actor import SYSTEM, Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Absent, Conflict, Invalid, NotPermitted
from tiantou.kernel.models import Deed
from tiantou.people import queries, services
from tiantou.people.models import Appointment, Consent, Token

pytestmark = pytest.mark.django_db
TODAY = local_date(AT)


def actor(role, **facts):
    """Somebody who is certainly none of the persons of the test."""
    return replace(factories.actor(role, **facts), person_id=10**9)


def manager(role=Role.FARMER, **facts):
    owner = party()
    holder = appointed(role, phone="13800000007", party=owner, at=AT, manages=True, **facts)
    return queries.actor_of(Appointment.objects.get(person=holder)), owner


def test_an_administrator_gives_a_role_and_saying_it_twice_gives_the_same():
    by = actor(Role.ADMINISTRATOR)
    facts = {"by": by, "at": AT, "person": person(), "role": Role.FARMER, "party": party()}
    assert services.appoint(**facts) == services.appoint(**facts)
    assert Appointment.objects.count() == 1


def test_a_manager_appoints_members_of_the_own_party_only():
    by, owner = manager()
    made = services.appoint(by=by, at=AT, person=person(), role=Role.DRIVER, party=owner)
    assert made.party == owner
    with pytest.raises(services.NotYoursToGive):
        services.appoint(by=by, at=AT, person=person(), role=Role.DRIVER, party=party(name="示例别家"))


@pytest.mark.parametrize("role", [Role.LABORATORY, Role.BANK, Role.ADMINISTRATOR, Role.CITY_OFFICER, Role.SYSTEM])
def test_a_manager_cannot_raise_a_member_above_the_party(role):
    by, owner = manager()
    with pytest.raises(services.NotYoursToGive):
        services.appoint(by=by, at=AT, person=person(), role=role, party=owner)


def test_a_member_who_manages_nothing_appoints_nobody():
    owner = party()
    with pytest.raises(services.NotYoursToGive):
        services.enrol_person(by=actor(Role.FARMER, party=owner), at=AT, phone="13800000003", name="示例")


def test_nobody_appoints_oneself():
    holder = appointed(Role.ADMINISTRATOR, at=AT)
    by = queries.actor_of(Appointment.objects.get(person=holder))
    with pytest.raises(services.NotYoursToGive):
        services.appoint(by=by, at=AT, person=holder, role=Role.AUDITOR)


def test_who_runs_the_system_does_not_audit_it():
    holder = appointed(Role.AUDITOR, at=AT)
    with pytest.raises(Conflict):
        services.appoint(by=SYSTEM, at=AT, person=holder, role=Role.ADMINISTRATOR)


@pytest.mark.parametrize("role", [Role.FINANCE_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR, Role.BANK])
def test_a_city_officer_fills_only_the_own_ranks(role):
    with pytest.raises(services.NotYoursToGive):
        services.appoint(by=actor(Role.CITY_OFFICER), at=AT, person=person(), role=role, party=party())


def test_an_appointment_says_what_it_lacks():
    with pytest.raises(Invalid) as refused:
        services.appoint(by=SYSTEM, at=AT, person=person(), role=Role.STATION_KEEPER)
    assert {problem.field for problem in refused.value.problems} == {"party", "site"}
    with pytest.raises(Invalid) as refused:
        services.appoint(by=SYSTEM, at=AT, person=person(), role=Role.DISTRICT_OFFICER, area=village())
    assert refused.value.problems[0].field == "area"


def test_a_site_of_another_party_is_refused():
    with pytest.raises(Invalid):
        services.appoint(by=SYSTEM, at=AT, person=person(), role=Role.MARKET_KEEPER, party=party(), site=site())


def test_enrolling_a_known_phone_leaves_its_name_alone():
    known = person()
    assert services.enrol_person(by=SYSTEM, at=AT, phone="+86 138-0000-0001", name="示例别名") == known
    known.refresh_from_db()
    assert known.name == "示例周敏"


def test_an_appointment_that_ends_takes_its_tokens_along():
    holder = appointed(Role.FARMER, party=party(), at=AT)
    held = Appointment.objects.get(person=holder)
    token = services.issue_token(by=queries.actor_of(held), at=AT, appointment=held, label="示例")
    assert queries.token_of(token.plain, at=AT) == token
    services.end_appointment(by=actor(Role.ADMINISTRATOR), at=AT, appointment=held)
    assert queries.token_of(token.plain, at=AT) is None
    assert queries.standing(holder, "", on=TODAY) is None


def test_a_token_is_kept_only_as_a_hash_and_ends_by_itself_or_when_revoked():
    holder = appointed(Role.FARMER, party=party(), at=AT)
    held = Appointment.objects.get(person=holder)
    by = queries.actor_of(held)
    token = services.issue_token(by=by, at=AT, appointment=held, label="示例", days=2)
    assert token.plain.split("_", 2)[2] not in str(Token.objects.values().get())
    assert queries.token_of(token.plain, at=AT + timedelta(days=2)) is None
    assert queries.token_of(token.plain[:-1] + "x", at=AT) is None
    services.revoke_token(by=by, at=AT, token=token)
    assert queries.token_of(token.plain, at=AT) is None


def test_a_token_for_another_s_appointment_is_absent_even_for_an_administrator():
    held = Appointment.objects.get(person=appointed(Role.AUDITOR, at=AT))
    with pytest.raises(Absent):
        services.issue_token(by=actor(Role.ADMINISTRATOR), at=AT, appointment=held, label="示例")


def test_another_s_token_is_absent():
    holder = appointed(Role.FARMER, party=party(), at=AT)
    held = Appointment.objects.get(person=holder)
    token = services.issue_token(by=queries.actor_of(held), at=AT, appointment=held, label="示例")
    with pytest.raises(Absent):
        services.revoke_token(by=actor(Role.BUYER), at=AT, token=token)


def consent(station, *, by=None, **facts):
    villager = facts.pop("villager", None) or party(kind="grower", name="示例向文", natural_person=True)
    place, keeper = station
    by = by or queries.actor_of(Appointment.objects.get(person=keeper))
    asked = {"scopes": ["production"], "starts": TODAY, "ends": TODAY + timedelta(days=30), "paper": "委-2026-001"}
    return services.give_consent(by=by, at=AT, villager=villager, station=place, **{**asked, **facts})


@pytest.fixture
def at_station(station):
    Appointment.objects.update(starts=TODAY)
    return station


def test_under_a_consent_the_keeper_acts_for_the_villager_and_the_record_says_so(at_station):
    place, keeper = at_station
    given = consent(at_station)
    choice = next(c for c in queries.choices(keeper, on=TODAY) if c.code == f"c{given.pk}")
    assert choice.actor == Actor(
        role=Role.FARMER, person_id=keeper.pk, name=keeper.name, party_id=given.villager_id, site_id=place.pk,
        consent_id=given.pk, via_party_id=place.holder_id,
    )  # fmt: skip
    services.choose_role(by=choice.actor, at=AT, choice=choice.code)
    deed = Deed.objects.filter(verb="people.choose_role").get()
    assert (deed.person_id, deed.party_id, deed.consent_id) == (keeper.pk, given.villager_id, given.pk)


def test_a_consent_that_is_withdrawn_or_over_opens_nothing(at_station):
    _, keeper = at_station
    given = consent(at_station)
    assert queries.standing(keeper, f"c{given.pk}", on=TODAY).villager
    assert queries.standing(keeper, f"c{given.pk}", on=TODAY + timedelta(days=31)).scopes is None
    services.withdraw_consent(by=actor(Role.FARMER, party=given.villager), at=AT, consent=given)
    assert queries.standing(keeper, f"c{given.pk}", on=TODAY).scopes is None


def test_a_consent_of_another_station_is_not_the_keeper_s(at_station):
    place, _ = at_station
    other = actor(Role.STATION_KEEPER, party=party(), site=site(kind="village_station"))
    with pytest.raises(Absent):
        consent((place, None), by=other)
    with pytest.raises(Absent):
        services.withdraw_consent(by=other, at=AT, consent=consent(at_station))


def test_a_consent_needs_a_proof_a_matter_and_a_sensible_span(at_station):
    with pytest.raises(Invalid):
        consent(at_station, paper="")
    with pytest.raises(Invalid) as refused:
        consent(at_station, scopes=["everything"], ends=TODAY + timedelta(days=900))
    assert {problem.field for problem in refused.value.problems} == {"scopes", "ends"}


def by_phone(at_station):
    villager = party(kind="grower", name="示例向文", natural_person=True)
    appointed(Role.FARMER, phone="13800000008", party=villager, at=AT)
    return consent(at_station, villager=villager, paper="", phone="13800000008")


def test_a_consent_by_phone_lives_only_once_the_code_was_said_back(at_station, sent):
    _, keeper = at_station
    by = queries.actor_of(Appointment.objects.get(person=keeper))
    asked = by_phone(at_station)
    assert not Consent.objects.living(TODAY).exists()
    services.confirm_consent(by=by, at=AT, consent=asked, code=code_in(sent[0][1]))
    assert Consent.objects.living(TODAY).get() == asked


def test_the_code_of_a_consent_can_be_tried_three_times_and_for_a_quarter_of_an_hour(at_station, sent):
    _, keeper = at_station
    by = queries.actor_of(Appointment.objects.get(person=keeper))
    asked = by_phone(at_station)
    right = code_in(sent[0][1])
    with pytest.raises(services.ConsentEnded):
        services.confirm_consent(by=by, at=AT + timedelta(minutes=16), consent=asked, code=right)
    for _ in range(3):
        with pytest.raises(Invalid):
            services.confirm_consent(by=by, at=AT, consent=asked, code="000000" if right != "000000" else "111111")
    with pytest.raises(services.ConsentEnded):
        services.confirm_consent(by=by, at=AT, consent=asked, code=right)


def test_nobody_gives_a_consent_or_issues_a_token_while_acting_under_one(at_station):
    given = consent(at_station)
    _, keeper = at_station
    under = queries.standing(keeper, f"c{given.pk}", on=TODAY).actor
    with pytest.raises(NotPermitted):
        services.withdraw_consent(by=under, at=AT, consent=given)
    with pytest.raises(NotPermitted):
        services.issue_token(by=under, at=AT, appointment=Appointment.objects.get(person=keeper), label="x")
    with pytest.raises(services.NotYoursToGive):
        services.appoint(by=under, at=AT, person=person(), role=Role.FARMER, party=given.villager)


def test_an_administrator_cannot_disable_oneself_and_must_say_why():
    holder = appointed(Role.ADMINISTRATOR, at=AT)
    by = queries.actor_of(Appointment.objects.get(person=holder))
    with pytest.raises(Conflict):
        services.disable_person(by=by, at=AT, person=holder, because="示例")
    with pytest.raises(Invalid):
        services.disable_person(by=by, at=AT, person=person("13800000003"), because=" ")


def test_an_appointment_does_not_end_before_it_began_nor_twice():
    held = Appointment.objects.get(person=appointed(Role.FARMER, party=party(), at=AT))
    by = actor(Role.ADMINISTRATOR)
    with pytest.raises(Invalid):
        services.end_appointment(by=by, at=AT, appointment=held, on=TODAY - timedelta(days=3))
    services.end_appointment(by=by, at=AT, appointment=held)
    with pytest.raises(Conflict):
        services.end_appointment(by=by, at=AT, appointment=held)
