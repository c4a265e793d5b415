"""Certificates in numbers: for many lots by one submission or from a sheet, and copies printed in numbered batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Max
from django.utils.translation import gettext as _

from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import Actor
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Absent, Conflict, Invalid, Problem, Refused
from tiantou.kernel.verbs import verb
from tiantou.production.models import Lot
from tiantou.production.services import next_number
from tiantou.quality import queries, rules
from tiantou.quality import sheet_reading as reading
from tiantou.quality.models import Commitment, IssueRun, PrintLine, PrintRun, Stock
from tiantou.quality.services.commitments import ISSUERS, issue_commitment

MOST_LOTS = 200
MOST_COPIES = 500
#: What may stay off the paper, in the words of the sheet.
_OMISSIBLE_WORDS = {
    "产品名称": "product", "数量": "quantity", "产地": "origin", "开具日期": "issued_on", "承诺主体": "issuer",
    "联系方式": "contact",
}  # fmt: skip


@verb(ISSUERS)
def issue_commitments(
    *,
    by: Actor,
    at: datetime,
    lots: Sequence[Lot],
    basis: str,
    contact: str = "",
    omitted: Sequence[str] = (),
    key: str = "",
) -> IssueRun:
    """批量开证: each of the lots has a certificate for the whole of it, or with a fault anywhere none has.

    Raises: Absent; Invalid, with the fault of every lot that cannot have one.
    """
    if not 0 < len(lots) <= MOST_LOTS:
        reason = _("一次开 1 到 %(most)s 张，现在选了 %(count)s 个批次。") % {"most": MOST_LOTS, "count": len(lots)}
        raise Invalid(problems=[Problem("lots", reason, _("多的分几次开。"))])
    made: list[Commitment] = []
    problems: list[Problem] = []
    for lot in sorted(lots, key=lambda each: each.pk):
        try:
            made.append(issue_commitment(by=by, at=at, lot=lot, basis=basis, contact=contact, omitted=omitted))
        except Refused as refused:
            problems += _faults(refused, lot.code)
    if problems:
        raise Invalid(_("有 %(count)s 处错误，一张也没有开。") % {"count": len(problems)}, problems=problems)
    return _run(by, at, made)


@dataclass(frozen=True, slots=True)
class Issued:
    """How many certificates a sheet brought, how many stood already, and the run of the new ones."""

    new: int
    known: int
    run: IssueRun | None


@verb(ISSUERS)
def import_commitments(*, by: Actor, at: datetime, content: bytes) -> Issued:
    """Each lot of the sheet has the certificate that its row says; one that stands already with the same words is left as it is.

    Raises: TooLarge; Invalid with every fault, by row and column of the sheet; then nothing is saved.
    """
    rows = reading.read(content, reading.TO_ISSUE)
    codes = {reading.text_in(row.values["lot"]) for row in rows}
    lots = {lot.code: lot for lot in Lot.objects.visible_to(by).filter(code__in=codes)}
    standing = {each.lot_id: each for each in Commitment.objects.living().filter(lot__in=lots.values())}
    made: list[Commitment] = []
    problems: list[Problem] = []
    for row in rows:
        lot = lots.get(reading.text_in(row.values["lot"]))
        faults: list[Problem] = []
        if lot is None:
            faults = [Problem("lot", _("找不到这个批次。"), _("核对批次号。"))]
        else:
            try:
                new = _issue_row(by, at, lot, standing.get(lot.pk), row)
            except Refused as refused:
                faults = _faults(refused, "lot")
            else:
                made += [new] if new else []
                standing |= {lot.pk: new} if new else {}
        problems += [
            Problem(reading.TO_ISSUE.get(fault.field, fault.field), fault.reason, fault.remedy, row.number)
            for fault in faults
        ]
    if problems:
        raise Invalid(_("表里有 %(count)s 处错误，一张也没有开。") % {"count": len(problems)}, problems=problems)
    return Issued(len(made), len(rows) - len(made), _run(by, at, made) if made else None)


@verb(SIGNED_IN)
def print_copies(
    *, by: Actor, at: datetime, commitments: Sequence[Commitment], stock: str, copies: int, key: str = ""
) -> PrintRun:
    """打印一批: `copies` copies of each certificate are numbered on from those printed before; the sheet can be had again.

    Raises: Absent; Invalid; Conflict for a certificate that no longer stands.
    """
    wanted = sorted({each.pk for each in commitments})
    rows = list(Commitment.objects.visible_to(by).filter(pk__in=wanted).select_for_update(of=("self",)).order_by("pk"))
    if not rows or len(rows) != len(wanted):
        raise Absent(_("找不到这张合格证。"))
    if stock not in Stock.values:
        raise Invalid(problems=[Problem("stock", _("没有这种纸。"), _("从列出的几种里选。"))])
    if not 0 < copies * len(rows) <= MOST_COPIES or copies <= 0:
        reason = _("一批印 1 到 %(most)s 张。") % {"most": MOST_COPIES}
        raise Invalid(problems=[Problem("copies", reason, _("多的分几批印。"))])
    for row in rows:
        if not row.living:
            raise Conflict(_("合格证 %(number)s 已经作废。") % {"number": row.number}, _("请打印有效的合格证。"))
    on = local_date(at)
    run: PrintRun = PrintRun.objects.create(
        number=f"YZ{on:%Y%m%d}-{next_number(f'print:{on:%Y%m%d}'):04d}",
        party_id=by.party_id,
        stock=stock,
        copies=copies,
        at=at,
        person_id=by.person_id,
    )
    printed = dict(
        PrintLine.objects.filter(commitment__in=rows)
        .values_list("commitment")
        .annotate(last=Max(F("first") + F("run__copies")))
    )
    PrintLine.objects.bulk_create(PrintLine(run=run, commitment=row, first=printed.get(row.pk, 1)) for row in rows)
    return run


def _issue_row(by: Actor, at: datetime, lot: Lot, standing: Commitment | None, row: reading.Row) -> Commitment | None:
    """The certificate of a row; None where the one that stands says the same. Raises: Refused."""
    text = {field: reading.text_in(row.values[field]) for field in reading.TO_ISSUE}
    grams = reading.grams_in(row.values["quantity_g"]) if text["quantity_g"] else lot.mass_g
    if grams is None:
        raise Invalid(problems=[Problem("quantity_g", _("不是数字。"), _("按公斤填写，例如 500。"))])
    words = [word for word in text["omitted"].replace("，", "、").replace(",", "、").split("、") if word.strip()]
    unknown = [word for word in words if word.strip() not in _OMISSIBLE_WORDS]
    if unknown:
        reason = _("不能省去：%(all)s。") % {"all": "、".join(unknown)}
        remedy = _("只能写：%(all)s，用顿号隔开。") % {"all": "、".join(_OMISSIBLE_WORDS)}
        raise Invalid(problems=[Problem("omitted", reason, remedy)])
    template = queries.template_on(local_date(at))
    basis = text["basis"] or (template.basis[0] if template else "")
    if standing is None:
        omitted = [_OMISSIBLE_WORDS[word.strip()] for word in words]
        return issue_commitment(
            by=by, at=at, lot=lot, basis=basis, quantity_g=grams, contact=text["contact"], omitted=omitted
        )
    said = rules.basis_in(queries.template_of(standing), basis)
    if standing.quantity_g == grams and said == standing.basis and text["contact"] in {"", standing.contact}:
        return None
    raise Conflict(
        _("批次 %(lot)s 已有合格证 %(number)s，内容和这一行不同。") % {"lot": lot.code, "number": standing.number},
        _("要改就去那张证上换开；不改就删掉这一行。"),
    )


def _faults(refused: Refused, field: str) -> list[Problem]:
    """What a refusal says, each fault in its place."""
    if not refused.problems:
        return [Problem(field, refused.reason, refused.remedy)]
    if field == "lot":
        return list(refused.problems)
    return [Problem(field, fault.reason, fault.remedy) for fault in refused.problems]


def _run(by: Actor, at: datetime, made: Sequence[Commitment]) -> IssueRun:
    on = local_date(at)
    run: IssueRun = IssueRun.objects.create(
        number=f"PL{on:%Y%m%d}-{next_number(f'issue:{on:%Y%m%d}'):04d}",
        party_id=made[0].issuer_id,
        at=at,
        person_id=by.person_id,
    )
    run.commitments.set(made)
    return run
