"""What operators do to the data from the command line, as the system: sheets in and out, orders in, tokens, the mission."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from tiantou.areas.models import Area
from tiantou.evidence import services as evidence
from tiantou.evidence.models import Checkpoint
from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.kernel.errors import Absent, Invalid, Problem
from tiantou.people import services as people
from tiantou.people.models import Person, Token
from tiantou.portal import opinion
from tiantou.registry import queries
from tiantou.registry.kinds import kind as find_kind
from tiantou.registry.models import Batch, Party, Site, Status
from tiantou.registry.pages import lists, shared
from tiantou.registry.queries import Asked
from tiantou.registry.services import import_sheet
from tiantou.registry.sheets import writing
from tiantou.statistics.models import Receipt
from tiantou.statistics.services import receive_file
from tiantou.trace.models import Event
from tiantou.trace.rules import event_key


def kind_named(name: str) -> tuple[str, str]:
    """`party/cooperative` as register and kind. Raises: Absent, naming what was asked."""
    register, _slash, kind = name.partition("/")
    try:
        find_kind(register, kind)
    except KeyError:
        raise Absent(
            _("没有“{name}”这一类登记。").format(name=name), _("写成 登记簿/类别，例如 party/cooperative。")
        ) from None
    return register, kind


def take_in(name: str, file: Path, *, dry_run: bool, all_or_nothing: bool) -> Batch:
    """The sheet's faultless rows (or all, or none) are in the register; the batch says what came of each.

    Raises: Absent; Refused for a sheet that cannot be read; FaultyRows with `all_or_nothing`.
    """
    register, kind = kind_named(name)
    return import_sheet(
        by=SYSTEM, at=clock.now(), register=register, kind=kind, file_name=file.name, content=file.read_bytes(),
        dry_run=dry_run, accept="all" if all_or_nothing else "good",
    )  # fmt: skip


def told(problems: list[dict[str, object]]) -> Iterator[str]:
    """One line a fault: row, column, what is wrong, how to mend it."""
    for problem in problems:
        where = f"row {problem['row']}, " if problem.get("row") else ""
        yield f"{where}{problem['field']}: {problem['reason']} {problem.get('remedy') or ''}".rstrip()


def take_in_orders(platform: str, file: Path) -> Receipt:
    """The orders of a platform's file count once. Raises: as `statistics.services.receive_file`."""
    receipt: Receipt = receive_file(
        by=SYSTEM, at=clock.now(), platform=platform, name=file.name, content=file.read_bytes()
    )
    return receipt


def hand_out(name: str, file: Path) -> int:
    """`file` holds every living record of the kind, as Excel or CSV by its ending; returns how many.

    Raises: Absent; Invalid for another ending; FileExistsError.
    """
    register, kind = kind_named(name)
    form = file.suffix.lower()
    if form not in {".xlsx", ".csv"}:
        raise Invalid(problems=[Problem("FILE", _("文件名要以 .xlsx 或 .csv 结尾。"), _("请换个文件名。"))])
    definition = find_kind(register, kind)
    rows = queries.listed(definition, SYSTEM, Asked()).select_related("area__district", "holder")
    fields = [definition.field("code"), *(each for each in lists.columns_of(definition) if each.name != "code")]
    own = frozenset(each.name for each in definition.fields)
    cells = [
        [
            *(shared.cell(SYSTEM, record, field, own)[0] for field in fields),
            str(shared.STATUS_NAMES[Status(record.status)]),
        ]
        for record in rows.iterator(chunk_size=2000)
    ]
    headings = [*(each.title for each in fields), _("登记状态")]
    body = writing.listing(definition.title, headings, cells, as_csv=form == ".csv")
    with file.open("xb") as out:
        out.write(body)
    return len(cells)


def issue_token(role: Role, *, party: str, site: str, area: str, label: str, days: int) -> Token:
    """A token for a service that acts in `role`; the service is enrolled and appointed where it was not yet.

    Raises: Absent for an unknown party, site or area; Invalid for what the role lacks.
    """
    at = clock.now()
    name = label or f"服务 {role}"
    person = Person.objects.filter(phone=None, name=name, is_active=True).order_by("pk").first()
    person = person or people.enrol_person(by=SYSTEM, at=at, phone="", name=name)
    place = Site.objects.living().filter(code=site).first() if site else None
    holder = Party.objects.living().filter(code=party).first() if party else None
    where = Area.objects.filter(code=area, ends=None).first() if area else None
    unknown = [
        Problem(field, _("没有这个编码：{code}。").format(code=code), _("请查登记簿里的编码。"))
        for field, code, found in (("party", party, holder), ("site", site, place), ("area", area, where))
        if code and found is None
    ]
    if unknown:
        raise Invalid(problems=unknown)
    appointment = people.appoint(by=SYSTEM, at=at, person=person, role=role, party=holder, site=place, area=where)
    token: Token = people.issue_token(by=SYSTEM, at=at, appointment=appointment, label=name, days=days)
    return token


def mission() -> Iterator[str]:
    """The lines of `tiantou mission`: each article, the whole, and what is claimed wrongly."""
    report = opinion.report()
    yield f"{'':32} served tracked not yet  total"
    for article in opinion.articles():
        counts = [article.count(stand) for stand in opinion.Stand]
        name = f"{article.number:2} {article.names['en']}"
        yield f"{name[:32]:32} {counts[0]:6} {counts[1]:7} {counts[2]:7} {sum(counts):6}"
    yield f"{'all':32} {report.served:6} {report.tracked:7} {report.not_yet:7} {report.total:6}"
    for claim in report.broken:
        yield f"claims what does not exist: {claim}"


def evidence_append() -> int:
    """Every event of the journal is in the log; how many were added."""
    return evidence.append_all(by=SYSTEM, at=clock.now(), whole=True)


def evidence_checkpoint() -> Checkpoint:
    """A checkpoint over everything is signed. Raises: as `evidence.services.sign_checkpoint`."""
    at = clock.now()
    evidence.append_all(by=SYSTEM, at=at)
    return evidence.sign_checkpoint(by=SYSTEM, at=at)


def evidence_check() -> Iterator[str]:
    """The lines of `tiantou evidence check`: one a fault, none where there is none; and the row that keeps what was found."""
    made = evidence.check_log(by=SYSTEM, at=clock.now())
    for fault in made.faults:
        where = f" (leaf {fault['leaf']})" if fault["leaf"] is not None else ""
        yield f"{fault['what']}: {fault['which']}{where}"
    if made.found > len(made.faults):
        yield f"and {made.found - len(made.faults)} more"


def evidence_rotate_key(name: str) -> str:
    """A new key signs from now on; its verifier key."""
    at = clock.now()
    made = evidence.rotate_key(by=SYSTEM, at=at, name=name)
    evidence.sign_checkpoint(by=SYSTEM, at=at)
    return str(made.verifier)


def evidence_erase(event_id: str, ground: str) -> int:
    """The personal facts and the salt of an event are gone; the leaf that says so. Raises: Absent, Invalid, Conflict."""
    found = Event.objects.filter(key=event_key(event_id)).first()
    if found is None:
        raise Absent
    return int(evidence.erase_salt(by=SYSTEM, at=clock.now(), event=found, ground=ground).logged_as)
