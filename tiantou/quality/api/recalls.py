"""The API of holds, recalls, drills and what holders answer. Masses are grams; instants carry their zone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Header, Schema, Status

from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN, allow
from tiantou.kernel.actor import OFFICIALS
from tiantou.kernel.errors import Absent
from tiantou.kernel.rest import actor_of, admits, api
from tiantou.production.models import Hold
from tiantou.production.queries import seen
from tiantou.production.services import lift
from tiantou.production.services.holds import RELEASERS
from tiantou.quality.models import Recall, RecallNotice
from tiantou.quality.queries import recalls as queries
from tiantou.quality.rules.recalls import Answer
from tiantou.quality.services import (
    DRILLERS,
    OPENERS,
    ORDERERS,
    Mark,
    answer_all_stopped,
    answer_recall,
    close_recall,
    hold_marked,
    open_recall,
    release_recall,
    run_drill,
    start_recall,
)

recalls = api("recalls", "quality")
notices = api("recall-notices", "quality")
holds = api("holds", "quality")
PER_PAGE = 100
Key = Annotated[str, Header(alias="Idempotency-Key")]


class MarkIn(Schema):
    """What is pointed at: `kind` is lot, plot, input, unit or certificate; `code` as the pages say."""

    kind: str
    code: str
    input_name: str = ""
    since: date | None = None

    def mark(self) -> Mark:
        """What the verbs take."""
        return Mark(self.kind, self.code, since=self.since, input_name=self.input_name)


class HoldIn(MarkIn):
    """A hold to place."""

    reason: str


class ReasonIn(Schema):
    """Why."""

    reason: str


class HoldOut(Schema):
    """A hold with the number of lots under it."""

    id: int
    kind: str
    subject: str
    reason: str
    placed_at: datetime
    lifted_at: datetime | None
    lots: int


class RecallIn(MarkIn):
    """A recall to open."""

    level: str
    reason: str
    legal_basis: str = ""
    public_text: str = ""


class StartIn(Schema):
    """The public text, where it changed."""

    public_text: str = ""


class CloseIn(Schema):
    """The report."""

    summary: str
    gaps: str = ""
    release: bool = False


class DrillIn(Schema):
    """The lot to drill with; the newest harvest where none is named."""

    lot: str = ""


class PublicRecall(Schema):
    """A recall as everybody may read it."""

    number: str
    state: str
    level: str
    origin: str
    product: str
    reason: str
    public_text: str
    party: str
    started_at: datetime | None
    closed_at: datetime | None


class EffectOut(Schema):
    """How well a recall works: counts, grams, and whole per cents (None of nothing)."""

    parties: int
    told: int
    answered: int
    overdue: int
    lots: int
    late_lots: int
    expected_g: int
    stock_g: int
    road_g: int
    bought_g: int
    private_g: int
    located_g: int
    stopped_g: int
    returned_g: int
    destroyed_g: int
    sold_g: int
    recovered_g: int
    told_share: int | None
    answered_share: int | None
    located_share: int | None
    recovered_share: int | None
    mean_hours: float | None


class RecallOut(PublicRecall):
    """A recall for who conducts or watches it."""

    drill: bool
    kind: str
    subject: str
    legal_basis: str
    ordered_by: str
    opened_at: datetime
    answer_by: datetime | None
    finish_on: date | None
    computed_ms: int
    outside: list[str]
    summary: str
    gaps: str
    effect: EffectOut


class LineOut(Schema):
    """One lot in one holder's hands, and what the holder answered."""

    lot: str
    holder: str
    places: str
    expected_g: int
    answered_at: datetime | None
    stopped_g: int
    returned_g: int
    destroyed_g: int
    sold_g: int
    proof: str
    note: str


class NoticeOut(Schema):
    """What the caller's party was told."""

    id: int
    recall: str
    product: str
    reason: str
    told_at: datetime | None
    answer_by: datetime | None
    answered_at: datetime | None
    lines: list[LineOut]


class AnswerIn(Schema):
    """What became of one lot, in grams."""

    lot: str
    stopped_g: int = 0
    returned_g: int = 0
    destroyed_g: int = 0
    sold_g: int = 0
    proof: str = ""
    note: str = ""


class AnswersIn(Schema):
    """Answers lot by lot; or `all_stopped`: everything that is asked for is there and untouched."""

    answers: list[AnswerIn] = Field(default_factory=list)
    all_stopped: bool = False


def public_out(recall: Recall) -> dict[str, Any]:
    """The members that everybody may read."""
    return {
        "number": recall.number,
        "state": recall.state,
        "level": recall.level,
        "origin": recall.origin,
        "product": recall.product_name,
        "reason": recall.reason,
        "public_text": recall.public_text,
        "party": recall.party.masked_name() if recall.party else "",
        "started_at": recall.started_at,
        "closed_at": recall.closed_at,
    }


def recall_out(recall: Recall) -> RecallOut:
    """The recall as the API shows it to who conducts or watches it."""
    found = queries.effect(recall, clock.now())
    figures = {name: getattr(found, name) for name in EffectOut.model_fields}
    own = (
        "drill", "kind", "subject", "legal_basis", "ordered_by", "opened_at", "answer_by", "finish_on", "computed_ms", "outside",
        "summary", "gaps",
    )  # fmt: skip
    return RecallOut(**public_out(recall), **{name: getattr(recall, name) for name in own}, effect=EffectOut(**figures))


def _conducted(request: HttpRequest, number: str) -> Recall:
    actor = actor_of(request)
    found = queries.recall_seen(actor, number)
    theirs = actor.party_id is not None and actor.party_id in {found.party_id, found.opener_id}
    if actor.role not in OFFICIALS and not theirs:
        raise Absent
    return found


@recalls.get("/public", response=list[PublicRecall], auth=admits(PUBLIC))
def list_public(request: HttpRequest, page: int = 1) -> list[PublicRecall]:
    """Every recall that began, newest first, a hundred a page; no drills, no persons."""
    start = (max(page, 1) - 1) * PER_PAGE
    return [PublicRecall(**public_out(row)) for row in queries.public_recalls()[start : start + PER_PAGE]]


@recalls.get("/public/{number}", response=PublicRecall, auth=admits(PUBLIC))
def read_public(request: HttpRequest, number: str) -> PublicRecall:
    """One recall as everybody may read it."""
    found = queries.public_recalls().filter(number=number).first()
    if found is None:
        raise Absent
    return PublicRecall(**public_out(found))


@recalls.post("/", response={201: RecallOut}, auth=admits(OPENERS))
def post_recall(request: HttpRequest, body: RecallIn, key: Key = "") -> Status[RecallOut]:
    """A recall is opened: the closure is computed and frozen; nobody is told yet."""
    facts = {name: getattr(body, name) for name in ("level", "reason", "legal_basis", "public_text")}
    made = open_recall(by=actor_of(request), at=clock.now(), mark=body.mark(), key=key, **facts)
    return Status(201, recall_out(made))


@recalls.post("/drills", response={201: RecallOut}, auth=admits(DRILLERS))
def post_drill(request: HttpRequest, body: DrillIn, key: Key = "") -> Status[RecallOut]:
    """A mock recall: the same computation, nothing frozen, nobody outside told."""
    return Status(201, recall_out(run_drill(by=actor_of(request), at=clock.now(), lot_code=body.lot, key=key)))


@recalls.get("/", response=list[RecallOut], auth=admits(SIGNED_IN))
def list_recalls(request: HttpRequest, page: int = 1) -> list[RecallOut]:
    """The recalls and drills that the caller conducts or watches, newest first, twenty a page."""
    actor = actor_of(request)
    rows = queries.recalls_of(actor)
    if actor.role not in OFFICIALS:
        rows = rows.filter(party_id=actor.party_id or 0) | rows.filter(opener_id=actor.party_id or 0)
    start = (max(page, 1) - 1) * 20
    return [recall_out(row) for row in rows[start : start + 20]]


@recalls.get("/{number}", response=RecallOut, auth=admits(SIGNED_IN))
def read_recall(request: HttpRequest, number: str) -> RecallOut:
    """One recall with its figures."""
    return recall_out(_conducted(request, number))


@recalls.get("/{number}/lines", response=list[LineOut], auth=admits(SIGNED_IN))
def read_lines(request: HttpRequest, number: str, page: int = 1) -> list[LineOut]:
    """The rows that the figures are sums of, a hundred a page."""
    start = (max(page, 1) - 1) * PER_PAGE
    return [_line(row) for row in queries.lines_of(_conducted(request, number))[start : start + PER_PAGE]]


def _line(row: object) -> LineOut:
    names = ("places", "expected_g", "answered_at", "stopped_g", "returned_g", "destroyed_g", "sold_g", "proof", "note")
    return LineOut(
        lot=row.lot.code,  # type: ignore[attr-defined]
        holder=row.notice.party.masked_name(),  # type: ignore[attr-defined]
        **{name: getattr(row, name) for name in names},
    )


@recalls.post("/{number}/start", response=RecallOut, auth=admits(OPENERS))
def post_start(request: HttpRequest, number: str, body: StartIn) -> RecallOut:
    """Holders are told; the public reads the notice."""
    found = _conducted(request, number)
    return recall_out(start_recall(by=actor_of(request), at=clock.now(), recall=found, public_text=body.public_text))


@recalls.post("/{number}/close", response=RecallOut, auth=admits(OPENERS))
def post_close(request: HttpRequest, number: str, body: CloseIn) -> RecallOut:
    """The recall or drill is over, with its report."""
    found = _conducted(request, number)
    return recall_out(close_recall(by=actor_of(request), at=clock.now(), recall=found, **body.dict()))


@recalls.post("/{number}/release", response=RecallOut, auth=admits(ORDERERS))
def post_release(request: HttpRequest, number: str, body: ReasonIn) -> RecallOut:
    """What a closed recall still holds is free."""
    found = _conducted(request, number)
    return recall_out(release_recall(by=actor_of(request), at=clock.now(), recall=found, reason=body.reason))


@notices.get("/", response=list[NoticeOut], auth=admits(SIGNED_IN))
def list_notices(request: HttpRequest) -> list[NoticeOut]:
    """What the caller's party was told, of recalls that go on."""
    return [_notice(row) for row in queries.notices_for(actor_of(request))[:PER_PAGE]]


def _notice(row: RecallNotice) -> NoticeOut:
    return NoticeOut(
        id=row.pk,
        recall=row.recall.number,
        product=row.recall.product_name,
        reason=row.recall.reason,
        told_at=row.told_at,
        answer_by=row.answer_by,
        answered_at=row.answered_at,
        lines=[_line(line) for line in row.lines.select_related("lot", "notice__party")],
    )


@notices.post("/{pk}/answers", response=NoticeOut, auth=admits(SIGNED_IN))
def post_answers(request: HttpRequest, pk: int, body: AnswersIn, key: Key = "") -> NoticeOut:
    """What became of the goods; all answers are taken or none, and each fault names its row."""
    actor = actor_of(request)
    found = seen(RecallNotice.objects.select_related("recall"), actor, pk)
    if body.all_stopped:
        return _notice(answer_all_stopped(by=actor, at=clock.now(), notice=found, key=key))
    answers = [Answer(**each.dict()) for each in body.answers]
    return _notice(answer_recall(by=actor, at=clock.now(), notice=found, answers=answers, key=key))


@holds.get("/", response=list[HoldOut], auth=admits(allow(*OFFICIALS)))
def list_holds(request: HttpRequest, page: int = 1) -> list[HoldOut]:
    """Holds that stand, newest first, a hundred a page."""
    start = (max(page, 1) - 1) * PER_PAGE
    return [_hold(row) for row in Hold.objects.visible_to(actor_of(request)).living()[start : start + PER_PAGE]]


def _hold(row: Hold) -> HoldOut:
    names = ("kind", "subject", "reason", "placed_at", "lifted_at")
    return HoldOut(id=row.pk, lots=row.held.count(), **{name: getattr(row, name) for name in names})


@holds.post("/", response={201: HoldOut}, auth=admits(RELEASERS))
def post_hold(request: HttpRequest, body: HoldIn, key: Key = "") -> Status[HoldOut]:
    """What is pointed at and all that was or will be made of it is stopped."""
    made = hold_marked(by=actor_of(request), at=clock.now(), mark=body.mark(), reason=body.reason, key=key)
    return Status(201, _hold(made))


@holds.post("/{pk}/lift", response=HoldOut, auth=admits(RELEASERS))
def post_lift(request: HttpRequest, pk: int, body: ReasonIn) -> HoldOut:
    """The hold is over."""
    actor = actor_of(request)
    return _hold(lift(by=actor, at=clock.now(), hold=seen(Hold.objects, actor, pk), reason=body.reason))
