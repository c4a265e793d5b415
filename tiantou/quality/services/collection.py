"""Certificates of others are taken in, kept for at least six months, and let go only afterwards."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from tiantou.kernel import jcs, photos
from tiantou.kernel.access import allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Absent, Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.production.models import Lot
from tiantou.production.services import next_number
from tiantou.quality import queries, rules
from tiantou.quality import sheet_reading as reading
from tiantou.quality.models import Commitment, Form, Received
from tiantou.quality.queries import received as reads
from tiantou.registry.models import Party, Site

#: Whoever buys or lets in: buyers, markets, co-operatives and stations that buy from others.
COLLECTORS = allow(Role.BUYER, Role.MARKET_KEEPER, Role.FARMER, Role.STATION_KEEPER)
#: A certificate older than this when it comes in speaks of other goods.
OLDEST_DAYS = 180
LARGEST_G = 100_000_000


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on a certificate that this platform did not issue."""

    form: str
    issuer_name: str
    product_name: str
    quantity_g: int
    origin: str
    issued_on: date
    paper_number: str = ""
    contact: str = ""
    basis: str = ""


@verb(COLLECTORS)
def collect_commitment(
    *, by: Actor, at: datetime, commitment: Commitment, lot: Lot | None = None, site: Site | None = None, key: str = ""
) -> Received:
    """收取本平台的合格证: it is in the actor's collection; the same one taken in again on the same day is the same row.

    Whoever is shown a certificate may take it in; so it need not be one that the actor sees anyway.

    Raises: Absent where the actor has no party; Invalid for one that no longer stands.
    """
    if not commitment.living:
        raise Invalid(
            problems=[
                Problem(
                    "number", _("合格证 %(number)s 已经作废。") % {"number": commitment.number}, _("请送货人重新开具。")
                )
            ]
        )
    paper = Paper(
        Form.OWN,
        commitment.issuer_name,
        commitment.product_name,
        commitment.quantity_g,
        commitment.origin,
        commitment.issued_on,
        commitment.number,
        commitment.contact,
        commitment.basis,
    )
    return _keep(by, at, paper, site, lot or commitment.lot, commitment)


@verb(COLLECTORS)
def collect_paper(
    *, by: Actor, at: datetime, paper: Paper, lot: Lot | None = None, photo: bytes = b"", key: str = ""
) -> Received:
    """收取外来的合格证: what stands on it is typed in, its photograph is kept with it.

    Raises: Absent; Invalid with every fault; TooLarge.
    """
    problems = paper_faults(paper, local_date(at))
    if problems:
        raise Invalid(problems=problems)
    picture = photos.cleaned(photo) if photo else b""
    made = _keep(by, at, paper, None, lot, None)
    if picture and not made.photo:
        made.photo.save(f"{made.number}.jpg", ContentFile(picture), save=True)
    return made


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rows of a sheet are new, and how many were there before."""

    new: int
    known: int


@verb(COLLECTORS)
def import_received(*, by: Actor, at: datetime, content: bytes) -> Imported:
    """Every certificate of the sheet is in the collection; what is there already stays as it is.

    Raises: TooLarge; Invalid with every fault, by row and column; then nothing is saved.
    """
    rows = reading.read(content, reading.RECEIVED)
    before = Received.objects.visible_to(by).count()
    problems: list[Problem] = []
    for row in rows:
        paper, faults = _paper_of(row.values)
        if paper is not None:
            faults = faults or paper_faults(paper, local_date(at))
        problems += [
            Problem(reading.RECEIVED.get(fault.field, fault.field), fault.reason, fault.remedy, row.number)
            for fault in faults
        ]
        if paper is not None and not problems:
            _keep(by, at, paper, None, None, None)
    if problems:
        raise Invalid(_("表里有 %(count)s 处错误，一张也没有保存。") % {"count": len(problems)}, problems=problems)
    new = Received.objects.visible_to(by).count() - before
    return Imported(new, len(rows) - new)


@verb(COLLECTORS)
def sweep_received(*, by: Actor, at: datetime) -> None:
    """清理到期的合格证: the actor's rows whose time is over are gone, with their photographs; no other ever is.

    Kept at least six months (令 2025 年第 4 号); longer where a certificate that still stands rests on one.
    """
    for row in reads.may_go(by, local_date(at)).select_for_update(of=("self",)).order_by("pk"):
        name, storage = row.photo.name, row.photo.storage
        row.delete()
        if name:
            transaction.on_commit(functools.partial(storage.delete, name))


def paper_faults(paper: Paper, today: date) -> list[Problem]:
    """What is wrong with a certificate that is typed in."""
    needed = (
        ("issuer_name", paper.issuer_name, 120),
        ("product_name", paper.product_name, 120),
        ("origin", paper.origin, 200),
    )
    problems = [
        Problem(field, _("没有填写。"), _("照合格证填写。")) for field, text, _most in needed if not text.strip()
    ]
    limits = (
        *needed,
        ("paper_number", paper.paper_number, 60),
        ("contact", paper.contact, 40),
        ("basis", paper.basis, 60),
    )
    problems += [
        Problem(field, _("太长，超过 %(most)s 个字。") % {"most": most}, _("写得短一些。"))
        for field, text, most in limits
        if len(text) > most
    ]
    if paper.form not in {Form.PAPER, Form.ELECTRONIC, Form.OTHER}:
        problems.append(Problem("form", _("没有这种证明。"), _("从列出的几种里选。")))
    if not 0 < paper.quantity_g <= LARGEST_G:
        problems.append(Problem("quantity_g", _("数量应大于 0，不超过 100 吨。"), _("按公斤填写。")))
    if paper.issued_on > today:
        problems.append(Problem("issued_on", _("开具日期在将来。"), _("照合格证核对日期。")))
    elif (today - paper.issued_on).days > OLDEST_DAYS:
        problems.append(Problem("issued_on", _("这张证是半年以前开的。"), _("请送货人为这批货重新开具。")))
    return problems


def _paper_of(values: Mapping[str, Any]) -> tuple[Paper | None, list[Problem]]:
    """The certificate of a row of a sheet, and what cannot be read in it."""
    faults = []
    grams, on = reading.grams_in(values["quantity_g"]), reading.date_in(values["issued_on"])
    if grams is None:
        faults.append(Problem("quantity_g", _("不是数字。"), _("按公斤填写，例如 500。")))
    if on is None:
        faults.append(Problem("issued_on", _("日期看不懂。"), _("写成 2026-11-20。")))
    named = reading.text_in(values["form"])
    form = reading.FORMS.get(named, named) if named else Form.PAPER
    if grams is None or on is None:
        return None, faults
    texts = {
        name: reading.text_in(values[name])
        for name in ("issuer_name", "product_name", "origin", "paper_number", "contact", "basis")
    }
    return Paper(form=form, quantity_g=grams, issued_on=on, **texts), faults


def _keep(
    by: Actor, at: datetime, paper: Paper, site: Site | None, lot: Lot | None, commitment: Commitment | None
) -> Received:
    """The row of this certificate in the actor's collection, made now or before."""
    if site is None and by.role is Role.MARKET_KEEPER and by.site_id is not None:
        site = Site.objects.filter(pk=by.site_id).first()
    collector = Party.objects.filter(pk=by.party_id).first() if by.party_id else site.holder if site else None
    if collector is None:
        raise Absent(_("您没有代表的主体，不能收证。"))
    on = local_date(at)
    template = queries.template_on(on)
    keep = rules.keep_until(template, on) if template else on
    fingerprint = _fingerprint(collector, site, paper, on)
    known: Received | None = Received.objects.filter(fingerprint=fingerprint).first()
    if known is not None:
        return known
    made: Received = Received.objects.create(
        number=f"SZ{on:%Y%m%d}-{next_number(f'received:{on:%Y%m%d}'):04d}",
        collector=collector,
        site=site,
        form=paper.form,
        commitment=commitment,
        paper_number=paper.paper_number.strip(),
        issuer_name=paper.issuer_name.strip(),
        product_name=paper.product_name.strip(),
        quantity_g=paper.quantity_g,
        origin=paper.origin.strip(),
        issued_on=paper.issued_on,
        contact=paper.contact.strip(),
        basis=paper.basis.strip(),
        lot=lot,
        received_on=on,
        received_at=at,
        keep_until=keep,
        taker_name=by.name,
        person_id=by.person_id,
        fingerprint=fingerprint,
    )
    return made


def _fingerprint(collector: Party, site: Site | None, paper: Paper, on: date) -> str:
    """A certificate with a number is itself for ever; one without is what stands on it, on the day it came."""
    facts: Sequence[Any] = (
        [paper.form, paper.issuer_name, paper.paper_number]
        if paper.paper_number
        else [paper.form, paper.issuer_name, paper.product_name, paper.quantity_g, paper.issued_on.isoformat()]
    )
    whose = [collector.pk, site.pk if site else None, on.isoformat() if paper.form == Form.OWN else ""]
    return hashlib.sha256(jcs.canonical([*whose, *facts])).hexdigest()
