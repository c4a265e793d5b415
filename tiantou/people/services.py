"""The verbs of people: who may sign in, as what, on whose behalf, and with which token."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext as _

from tiantou.areas.models import Area, Level
from tiantou.kernel.access import SIGNED_IN, SYSTEM_ONLY, allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Absent, Conflict, Invalid, NotPermitted, Problem
from tiantou.kernel.verbs import record_deed, verb
from tiantou.people import sms
from tiantou.people.models import Appointment, Consent, Means, Person, Token
from tiantou.people.queries import choices, manages_party
from tiantou.people.rules import (
    LONGEST_CONSENT,
    LONGEST_TOKEN_DAYS,
    SCOPES,
    Appointer,
    digest,
    may_give,
    missing,
    normal_phone,
    stay_apart,
)
from tiantou.registry.models import Party, Site

#: A consent's code is good for this long and this many tries.
CODE_LASTS = timedelta(minutes=15)
CODE_TRIES = 3

_PARTY_ROLES = (
    Role.FARMER,
    Role.BUYER,
    Role.DRIVER,
    Role.LABORATORY,
    Role.BANK,
    Role.STATION_KEEPER,
    Role.MARKET_KEEPER,
)
_APPOINTERS = allow(Role.ADMINISTRATOR, Role.CITY_OFFICER, *_PARTY_ROLES)


class NotYoursToGive(NotPermitted):
    """The role is not the actor's to give or to end."""

    code = "not-yours-to-give"


class ConsentEnded(Conflict):
    """The consent is over, withdrawn, or was never completed."""

    code = "consent-ended"


# --- persons --------------------------------------------------------------------------------------------------------


@verb(SYSTEM_ONLY)
def sign_up(*, by: Actor, at: datetime, phone: str, name: str) -> Person:
    """A new person with this phone (not yet verified) is a consumer: what whoever comes by oneself is.

    Raises: Invalid for a phone that is none or is taken, or an empty name.
    """
    if Person.objects.filter(phone=normal_phone(phone)).exists():
        raise Invalid(problems=[Problem("phone", _("这个手机号已有账户。"), _("请直接登录。"))])
    person = _new_person(phone, name, at)
    Appointment.objects.create(person=person, role=Role.CONSUMER, starts=local_date(at))
    return person


@verb(_APPOINTERS)
def enrol_person(*, by: Actor, at: datetime, phone: str, name: str, key: str = "") -> Person:
    """The person with this phone: the one already known (its name is left alone), else a new one without any role.

    A service that acts only by token has no phone; only the system enrols one.
    Raises: Invalid for a phone that is none, or an empty name; NotYoursToGive for who may appoint nobody.
    """
    _appointer(by, at)
    known: Person | None = Person.objects.filter(phone=normal_phone(phone) or None, phone__isnull=False).first()
    if known is not None:
        return known
    return _new_person(phone, name, at, service=by.role is Role.SYSTEM and not phone)


@verb(allow(Role.ADMINISTRATOR))
def disable_person(*, by: Actor, at: datetime, person: Person, because: str) -> Person:
    """The person can neither sign in nor act, from the next request on; sessions and tokens are dead.

    Raises: Conflict for oneself, so that no region is left without an administrator; Invalid without a reason.
    """
    if person.pk == by.person_id:
        raise Conflict(_("不能停用自己的账户。"), _("请另一位系统管理员来办。"))
    if not because.strip():
        raise Invalid(problems=[Problem("because", _("没有写原因。"), _("请写明为什么停用。"))])
    Person.objects.filter(pk=person.pk).update(is_active=False)
    record_deed(verb="people.disabled_because", by=by, at=at, subject=person, detail={"because": because.strip()})
    person.refresh_from_db()
    return person


@verb(allow(Role.ADMINISTRATOR))
def enable_person(*, by: Actor, at: datetime, person: Person) -> Person:
    """The person may sign in again, in the appointments that are still in force."""
    Person.objects.filter(pk=person.pk).update(is_active=True)
    person.refresh_from_db()
    return person


@verb(SYSTEM_ONLY)
def verify_phone(*, by: Actor, at: datetime, person: Person, phone: str) -> Person:
    """The person has proven to hold this phone, which is now the person's own."""
    Person.objects.filter(pk=person.pk).update(phone=phone, phone_verified=True)
    person.refresh_from_db()
    return person


@verb(SYSTEM_ONLY)
def change_phone(*, by: Actor, at: datetime, person: Person, phone: str, verified: bool) -> Person:
    """The person is reached at another number. Raises: Invalid where somebody else has it."""
    if Person.objects.filter(phone=phone).exclude(pk=person.pk).exists():
        raise Invalid(problems=[Problem("phone", _("这个手机号已有账户。"))])
    Person.objects.filter(pk=person.pk).update(phone=phone, phone_verified=verified)
    person.refresh_from_db()
    return person


@verb(SYSTEM_ONLY)
def set_password(*, by: Actor, at: datetime, person: Person, password: str) -> Person:
    """The person can sign in with this password, which is kept as an argon2 hash; the phone counts as verified.

    For set-up and the demonstration; people set theirs on their own page.
    """
    person.set_password(password)
    person.phone_verified = True
    person.save(update_fields=["password", "phone_verified"])
    return person


# --- appointments ---------------------------------------------------------------------------------------------------


@verb(_APPOINTERS)
def appoint(
    *,
    by: Actor,
    at: datetime,
    person: Person,
    role: Role,
    party: Party | None = None,
    site: Site | None = None,
    area: Area | None = None,
    starts: date | None = None,
    ends: date | None = None,
    manages: bool = False,
    key: str = "",
) -> Appointment:
    """The person holds the role from `starts` (today) to `ends` (open); saying it twice gives the same appointment.

    Administrators give every role, city officers those of their ranks, whoever manages a party its members' roles.
    Raises: NotYoursToGive; Conflict where two roles must stay apart; Invalid with what is missing or wrong.
    """
    role = Role(role)
    if by.person_id is not None and person.pk == by.person_id:
        raise NotYoursToGive(_("不能给自己任职。"), _("请另一位有权的人来办。"))
    if not may_give(_appointer(by, at), role, party.pk if party else None):
        raise NotYoursToGive(_("这个身份不由您任命。"), _("请找系统管理员，或由主管单位任命。"))
    starts = starts or local_date(at)
    _check_appointment(role, party, site, area, starts, ends, manages=manages)
    Person.objects.select_for_update().get(pk=person.pk)
    living = Appointment.objects.filter(Q(ends=None) | Q(ends__gte=starts), person=person)
    if not stay_apart(frozenset(Role(held) for held in living.values_list("role", flat=True)), role):
        raise Conflict(_("系统管理员和审计人员不能是同一个人。"), _("请任命另一个人，或先终止原来的任职。"))
    same = living.filter(role=role, party=party, site=site, area=area, manages=manages, ends=ends).first()
    return same or Appointment.objects.create(
        person=person, role=role, party=party, site=site, area=area, starts=starts, ends=ends, manages=manages
    )


@verb(_APPOINTERS)
def end_appointment(*, by: Actor, at: datetime, appointment: Appointment, on: date | None = None) -> Appointment:
    """The appointment's last day is `on` (yesterday where none is said: it ends at once); its tokens end with it.

    Raises: NotYoursToGive; Invalid for a last day before its first; Conflict where it has ended.
    """
    held = Appointment.objects.select_for_update().get(pk=appointment.pk)
    if not may_give(_appointer(by, at), Role(held.role), held.party_id):
        raise NotYoursToGive(_("这个身份不由您终止。"))
    today = local_date(at)
    if held.ends is not None and held.ends < today:
        raise Conflict(_("这项任职已经终止。"))
    if on is not None and on < held.starts:
        raise Invalid(problems=[Problem("on", _("结束日期在开始之前。"), _("请改日期；不定期就不填。"))])
    held.ends = today - timedelta(days=1) if on is None else on
    held.save(update_fields=["ends"])
    if held.ends < today:
        Token.objects.filter(appointment=held, revoked_at=None).update(revoked_at=at)
    return held


@verb(SIGNED_IN)
def choose_role(*, by: Actor, at: datetime, choice: str) -> Person:
    """The person acts as `choice` (`a12` an appointment, `c5` a consent) and will begin with it next time.

    Raises: Absent for a choice that is not the person's to make.
    """
    person: Person | None = Person.objects.filter(pk=by.person_id).first()
    if person is None or choice not in {offered.code for offered in choices(person, on=local_date(at))}:
        raise Absent(_("这个身份不在您的任职和委托之中。"))
    Person.objects.filter(pk=person.pk).update(last_choice=choice)
    person.last_choice = choice
    return person


# --- consents -------------------------------------------------------------------------------------------------------


@verb(allow(Role.STATION_KEEPER, Role.FARMER))
def give_consent(
    *,
    by: Actor,
    at: datetime,
    villager: Party,
    station: Site,
    scopes: Sequence[str],
    starts: date,
    ends: date,
    paper: str = "",
    phone: str = "",
    key: str = "",
) -> Consent:
    """The station may act for the villager in `scopes` from `starts` to `ends` (委托).

    Given by the villager itself; or recorded by the station's keeper from a signed paper (its number); or asked for by
    the keeper by phone: then the villager gets a code, and `confirm_consent` completes it.
    Raises: Invalid with each fault; Absent for another's villager or station.
    """
    means = _means(by, villager, station, paper, phone)
    _check_consent(villager, station, scopes, starts, ends, at)
    person = None
    if means is Means.CODE:
        person = Person.objects.filter(
            phone=normal_phone(phone), phone_verified=True, is_active=True, appointments__party=villager
        ).first()
        if person is None:
            raise Invalid(
                problems=[
                    Problem("phone", _("这个手机号没有为这户登记过。"), _("请用纸质委托书，或先让村民登录一次。"))
                ]
            )
    elif means is Means.SELF:
        person = Person.objects.get(pk=by.person_id)
    consent = Consent(
        villager=villager, person=person, station=station, station_party=station.holder, scopes=sorted(set(scopes)),
        starts=starts, ends=ends, means=means, paper=paper.strip(), asked_at=at, given_at=None if means is Means.CODE else at,
    )  # fmt: skip
    if means is Means.CODE:
        code = f"{secrets.randbelow(10**6):06d}"
        consent.code_hash = _keyed(code)
        sms.send(
            phone=normal_phone(phone),
            text=_(
                "【田头】%(station)s 请您委托代办，到 %(ends)s 为止。同意就把 %(code)s 告诉站长；不同意请不要告诉任何人。"
            )
            % {"station": station.name, "ends": ends.isoformat(), "code": code},
        )
    consent.save()
    return consent


def confirm_consent(*, by: Actor, at: datetime, consent: Consent, code: str) -> Consent:
    """The consent is given: the villager's code was said back within its time.

    A wrong code is counted even though the verb is refused, so the three tries are three.
    Raises: ConsentEnded after the third wrong code or when its time is over; Invalid for a wrong code.
    """
    tried = Consent.objects.visible_to(by).filter(pk=consent.pk, given_at=None, code_tries__lt=CODE_TRIES)
    if at - consent.asked_at > CODE_LASTS or not tried.update(code_tries=F("code_tries") + 1):
        raise ConsentEnded(_("这个验证码已经不能用。"), _("请重新发起委托。"))
    return _confirm_consent(by=by, at=at, consent=consent, code=code)


@verb(allow(Role.STATION_KEEPER))
def _confirm_consent(*, by: Actor, at: datetime, consent: Consent, code: str) -> Consent:
    """See `confirm_consent`, which counts the try first."""
    row = Consent.objects.select_for_update().get(pk=consent.pk)
    if row.given_at is not None or not row.code_hash or not hmac.compare_digest(row.code_hash, _keyed(code.strip())):
        raise Invalid(problems=[Problem("code", _("验证码不对。"), _("请和村民核对六位数字。"))])
    row.given_at, row.code_hash = at, ""
    row.save(update_fields=["given_at", "code_hash"])
    return row


@verb(allow(Role.STATION_KEEPER, Role.FARMER, Role.ADMINISTRATOR))
def withdraw_consent(*, by: Actor, at: datetime, consent: Consent) -> Consent:
    """The consent is over from this instant; what was done under it stays on record. Raises: Absent; ConsentEnded."""
    row = Consent.objects.visible_to(by).select_for_update().filter(pk=consent.pk).first()
    if row is None:
        raise Absent
    if by.consent_id is not None:
        raise NotPermitted(_("代办时不能办理委托本身。"), _("请先换回自己的身份。"))
    if row.withdrawn_at is not None:
        raise ConsentEnded(_("这份委托已经撤回。"))
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    return row


# --- tokens ---------------------------------------------------------------------------------------------------------


@verb(SIGNED_IN)
def issue_token(*, by: Actor, at: datetime, appointment: Appointment, label: str, days: int = 90) -> Token:
    """A new token that acts under one of one's own appointments for `days`; its `plain` is shown this once.

    Raises: Absent for another's appointment; Invalid for a label or a span that cannot be.
    """
    if by.consent_id is not None:
        raise NotPermitted(_("代办时不能发放令牌。"), _("请先换回自己的身份。"))
    own = Appointment.objects.living(local_date(at)).filter(pk=appointment.pk)
    if by.role is not Role.SYSTEM:
        own = own.filter(person_id=by.person_id or 0)
    if not own.exists():
        raise Absent
    problems = []
    if not label.strip():
        problems.append(Problem("label", _("没有写用途。"), _("写明给哪个程序用，以后好认。")))
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        problems.append(
            Problem(
                "days", _("有效期要在 1 到 %(n)d 天之间。") % {"n": LONGEST_TOKEN_DAYS}, _("到期前可以再发一个新的。")
            )
        )
    if problems:
        raise Invalid(problems=problems)
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    token = Token.objects.create(
        appointment=appointment, label=label.strip()[:80], prefix=prefix, digest=digest(secret), issued_at=at,
        expires_at=at + timedelta(days=days),
    )  # fmt: skip
    token.plain = f"tt_{prefix}_{secret}"
    return token


@verb(SIGNED_IN)
def revoke_token(*, by: Actor, at: datetime, token: Token) -> Token:
    """The token opens nothing from now on. Raises: Absent for a token that is not one's own (administrators: any)."""
    row = Token.objects.visible_to(by).filter(pk=token.pk).first()
    if row is None or (by.role is Role.AUDITOR and row.appointment.person_id != by.person_id):
        raise Absent
    Token.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=at)
    row.refresh_from_db()
    return row


def note_use(token: Token, *, at: datetime) -> None:
    """The token's last use is known to a minute; most calls write nothing."""
    if token.last_used_at is None or at - token.last_used_at >= timedelta(minutes=1):
        Token.objects.filter(pk=token.pk).update(last_used_at=at)


# --- what they share ------------------------------------------------------------------------------------------------


def _keyed(code: str) -> str:
    """A code has only a million values: its hash needs the installation's key."""
    return hmac.new(settings.SECRET_KEY.encode(), f"consent:{code}".encode(), hashlib.sha256).hexdigest()


def _new_person(phone: str, name: str, at: datetime, *, service: bool = False) -> Person:
    digits = normal_phone(phone)
    problems = []
    if not digits and not service:
        problems.append(Problem("phone", _("这不是手机号。"), _("请填 11 位手机号，例如 13800001234。")))
    if not name.strip():
        problems.append(Problem("name", _("没有填姓名。"), _("请填身份证上的姓名。")))
    if problems:
        raise Invalid(problems=problems)
    person = Person(phone=digits or None, name=name.strip()[:60], joined_at=at)
    person.set_unusable_password()
    person.save()
    return person


def _appointer(by: Actor, at: datetime) -> Appointer:
    """What decides about the actor's right to appoint. Raises: NotYoursToGive for a member who manages nothing."""
    if by.role in {Role.SYSTEM, Role.ADMINISTRATOR, Role.CITY_OFFICER}:
        return Appointer(by.role)
    if not manages_party(by, on=local_date(at)):
        raise NotYoursToGive(_("只有负责人可以为本单位任命成员。"), _("请找本单位的负责人。"))
    return Appointer(by.role, by.party_id)


def _check_appointment(
    role: Role,
    party: Party | None,
    site: Site | None,
    area: Area | None,
    starts: date,
    ends: date | None,
    *,
    manages: bool,
) -> None:
    asked = {"party": _("没有选主体。"), "site": _("没有选场所。"), "area": _("没有选地区。")}
    problems = [
        Problem(name, asked[name], _("这个身份必须写明为谁、在哪里担任。"))
        for name in missing(role, party=party is not None, site=site is not None, area=area is not None)
    ]
    if role is Role.DISTRICT_OFFICER and area is not None and area.level != Level.DISTRICT:
        problems.append(Problem("area", _("这不是区县。"), _("请选一个区县。")))
    if site is not None and party is not None and site.holder_id != party.pk:
        problems.append(Problem("site", _("这个场所不由这个主体经营。"), _("请选该主体名下的场所。")))
    if ends is not None and ends < starts:
        problems.append(Problem("ends", _("结束日期在开始之前。"), _("请改日期；不定期就不填。")))
    if manages and party is None:
        problems.append(Problem("manages", _("负责人必须属于一个主体。"), _("请选主体。")))
    if problems:
        raise Invalid(problems=problems)


def _means(by: Actor, villager: Party, station: Site, paper: str, phone: str) -> Means:
    """How the consent is given. Raises: Absent for somebody else's villager or station; Invalid without any proof."""
    if by.consent_id is not None:
        raise NotPermitted(_("代办时不能办理委托本身。"), _("请先换回自己的身份。"))
    if by.role is Role.FARMER:
        if by.party_id != villager.pk:
            raise Absent
        return Means.SELF
    if by.role is not Role.SYSTEM and by.site_id != station.pk:
        raise Absent
    if paper.strip():
        return Means.PAPER
    if phone.strip():
        return Means.CODE
    raise Invalid(problems=[Problem("paper", _("没有村民同意的凭据。"), _("填委托书编号，或填村民的手机号发验证码。"))])


def _check_consent(
    villager: Party, station: Site, scopes: Sequence[str], starts: date, ends: date, at: datetime
) -> None:
    problems = []
    if station.kind != "village_station" and not station.kind.endswith("station"):
        problems.append(Problem("station", _("这个场所不是村级站。"), _("委托只能给村级站。")))
    if station.holder_id is None:
        problems.append(Problem("station", _("这个站没有登记经营主体。"), _("请先补全登记。")))
    if station.holder_id == villager.pk:
        problems.append(Problem("villager", _("不能委托给自己。")))
    if not scopes or not set(scopes) <= set(SCOPES):
        problems.append(Problem("scopes", _("没有选委托办理的事项。"), _("至少选一项。")))
    if ends < starts or ends < local_date(at):
        problems.append(Problem("ends", _("结束日期不对。"), _("结束日期不能早于今天和开始日期。")))
    elif ends - starts > LONGEST_CONSENT:
        problems.append(Problem("ends", _("委托最长两年。"), _("到期可以续。")))
    if problems:
        raise Invalid(problems=problems)
