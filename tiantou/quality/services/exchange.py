"""Authorities share traces: a batch's way goes out in the shape of NY/T 4712-2025, or comes in; each time it is on record who and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tiantou.gs1 import identifiers
from tiantou.kernel.access import allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import ZONE, local_date
from tiantou.kernel.errors import Absent, Invalid, NotPermitted, Problem
from tiantou.kernel.verbs import verb
from tiantou.production.models import Lot, in_area
from tiantou.quality import exchanging
from tiantou.quality.models.exchange import ExchangeAccess, Purpose
from tiantou.quality.queries import exchange as queries
from tiantou.quality.rules.exchange import Record, Row
from tiantou.registry.models import Agreement, Party, Status
from tiantou.trace import services as trace
from tiantou.trace.rules import EXTENSIONS, EventDraft, Quantity, to_json

#: Another authority under an agreement; our own officials, who are logged alike.
READERS = allow(Role.AUTHORITY, Role.INSPECTOR, Role.DISTRICT_OFFICER, Role.CITY_OFFICER)
_STEPS = {
    "production": "commissioning", "purchase": "receiving", "storage": "storing", "transport": "shipping",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shared:
    """What was given out, and the line that says so."""

    record: Record
    access: ExchangeAccess


@verb(READERS)
def share_batch(
    *, by: Actor, at: datetime, code: str, purpose: str, case_ref: str, direction: str = "both"
) -> ExchangeAccess:
    """调取: that this batch was read is on record, with purpose, case and whose data it was; `shared` gives what may be shown.

    Another authority needs a confirmed agreement in force that names the purpose and reaches the batch.

    Raises: Invalid without purpose or case; NotPermitted without such an agreement; Absent for a batch that is not there or not in scope.
    """
    _require_reason(purpose, case_ref, direction)
    agreement = _agreement(by, purpose, local_date(at))
    lot = _lot(by, code, agreement)
    personal = agreement is None or purpose in (agreement.data.get("personal") or [])
    record, owners = queries.way(lot, direction, personal=personal)
    party = Party.objects.filter(pk=by.party_id).first() if by.party_id else None
    made: ExchangeAccess = ExchangeAccess.objects.create(
        at=at,
        reader=party,
        reader_name=party.name if party is not None else by.name,
        person_id=by.person_id,
        agreement=agreement,
        purpose=purpose,
        case_ref=case_ref.strip(),
        batch=lot.code,
        direction=direction,
        links=len(record.links),
        personal=personal,
        owners=sorted(owners),
    )
    return made


def shared(*, by: Actor, at: datetime, code: str, purpose: str, case_ref: str, direction: str = "both") -> Shared:
    """The record of `share_batch`, after it was put on record that it is read."""
    access = share_batch(by=by, at=at, code=code, purpose=purpose, case_ref=case_ref, direction=direction)
    lot = Lot.objects.select_related("product", "producer").get(code=access.batch)
    record, _owners = queries.way(lot, direction, personal=access.personal)
    return Shared(record, access)


def _require_reason(purpose: str, case_ref: str, direction: str) -> None:
    problems = []
    if purpose not in Purpose.values:
        problems.append(Problem("purpose", _("没有写用途，或没有这种用途。"), "、".join(Purpose.values)))
    if not case_ref.strip() or len(case_ref.strip()) > 80:  # noqa: PLR2004 - the column
        problems.append(Problem("case_ref", _("没有写案号或任务编号。"), _("每次调取都要写明是哪个案件或任务。")))
    if direction not in {"up", "down", "both"}:
        problems.append(Problem("direction", _("没有这个方向。"), "up / down / both"))
    if problems:
        raise Invalid(problems=problems)


def _agreement(by: Actor, purpose: str, on: Any) -> Agreement | None:
    """The agreement under which another authority reads; None for our own officials. Raises: NotPermitted."""
    if by.role is not Role.AUTHORITY:
        return None
    rows = Agreement.objects.filter(kind="sharing", status=Status.CONFIRMED, other_id=by.party_id or 0, starts__lte=on)
    for agreement in rows.exclude(ends__lt=on).order_by("pk"):
        if purpose in (agreement.data.get("purposes") or []):
            return agreement  # type: ignore[no-any-return]
    raise NotPermitted(_("没有生效的共享协议允许这个用途。"), _("请与市农业农村部门签订追溯数据共享协议。"))


def _lot(by: Actor, code: str, agreement: Agreement | None) -> Lot:
    """The batch by its 追溯码. Raises: Absent, alike for what is not there and what is out of scope."""
    rows = Lot.objects.select_related("product", "producer")
    if agreement is None:
        rows = rows.visible_to(by)
    elif area := str(agreement.data.get("scope_area") or "").strip():
        rows = rows.filter(in_area("place", area) | in_area("plot__base", area))
    found = rows.filter(code=code.strip()).first()
    if found is None:
        try:
            found = rows.filter(epc=identifiers.epc(code)).first()
        except ValueError:
            found = None
    if found is None:
        raise Absent(_("找不到这个批次，或不在共享范围内。"))
    return found


@verb(READERS)
def bring_record(*, by: Actor, at: datetime, content: bytes, media: str, purpose: str, case_ref: str) -> ExchangeAccess:
    """接入: the links of another platform's record are events of the journal; bringing the same record again adds nothing.

    A batch that is ours keeps our identifier, so that both ways meet. Raises: Invalid with every fault by row; TooLarge; NotPermitted.
    """
    _require_reason(purpose, case_ref, "both")
    agreement = _agreement(by, purpose, local_date(at))
    record = exchanging.read(content, media)
    subjects = {row["id"]: row for row in record.subjects}
    names = _identifiers(record)
    events = [_told(_event(row, subjects, names)) for row in record.links]
    trace.capture(by=by, at=at, events=events)
    party = Party.objects.filter(pk=by.party_id).first() if by.party_id else None
    ours = Lot.objects.filter(epc__in=names.values())
    made: ExchangeAccess = ExchangeAccess.objects.create(
        at=at,
        brought=True,
        reader=party,
        reader_name=party.name if party is not None else by.name,
        person_id=by.person_id,
        agreement=agreement,
        purpose=purpose,
        case_ref=case_ref.strip(),
        batch=str(record.links[-1]["batch_out"])[:200],
        direction="in",
        links=len(record.links),
        personal=False,
        owners=sorted(set(ours.values_list("producer_id", flat=True))),
    )
    return made


def _identifiers(record: Record) -> dict[str, str]:
    """The identifier of every batch named: ours where the code is ours, a GS1 one where it is one, else a name of our own."""
    codes = {code for row in record.links for code in [*row.get("batches_in", []), row["batch_out"]]}
    ours = dict(Lot.objects.filter(code__in=codes).values_list("code", "epc"))
    found = {}
    for code in codes:
        try:
            found[code] = ours.get(code) or identifiers.epc(code)
        except ValueError:
            found[code] = (
                f"urn:tiantou:batch:{''.join(sign if sign.isalnum() or sign in '-._' else '-' for sign in code)}"
            )
    return found


def _told(draft: EventDraft) -> dict[str, Any]:
    """The event as it is captured: where no weight was told, none is said. Our words are explained by their prefix."""
    body = {**to_json(draft), "@context": [dict(EXTENSIONS)]}
    for name in ("quantityList", "inputQuantityList", "outputQuantityList"):
        for each in body.get(name, ()):
            if "uom" not in each:
                each.pop("quantity", None)
    return body


def _event(row: Row, subjects: dict[str, Row], names: dict[str, str]) -> EventDraft:
    """One link as an event. A natural person's name does not go into the journal."""
    subject = subjects[row["subject"]]
    words: dict[str, Any] = {"link": row["kind"], "place": row.get("place", "")}
    if not subject.get("natural_person"):
        words["subject"] = subject["name"]
    words = {name: value for name, value in words.items() if value}
    kilograms = [(names[row["batch_out"]], row.get("quantity_kg"))]
    amounts = [Quantity(name, number, "KGM") if number else Quantity(name, 1) for name, number in kilograms]
    when = row["at"].astimezone(ZONE)
    if row["kind"] == "processing":
        return EventDraft(
            type="Transformation",
            event_time=when,
            biz_step="commissioning",
            disposition="active",
            input_quantities=[Quantity(names[code], 1) for code in row["batches_in"]],
            output_quantities=amounts,
            extensions=words,
        )
    return EventDraft(
        type="Object",
        event_time=when,
        action="ADD" if row["kind"] == "production" else "OBSERVE",
        biz_step=_STEPS[row["kind"]],
        disposition="in_transit" if row["kind"] == "transport" else "active",
        quantities=amounts,
        extensions=words,
    )
