"""The register over HTTP: the same reads and verbs as the pages, in base units (fen, grams)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from ninja import File, Header, Query, Schema, UploadedFile
from ninja import Status as Answer

from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN, allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.errors import Absent
from tiantou.kernel.forms import from_base, json_schema, shield
from tiantou.kernel.labels import label
from tiantou.kernel.rest import admits, api
from tiantou.registry import queries
from tiantou.registry.drafts import LINKS
from tiantou.registry.kinds import Kind, kinds
from tiantou.registry.kinds import kind as find_kind
from tiantou.registry.models import Record
from tiantou.registry.queries import Asked
from tiantou.registry.services import amend_record, import_sheet, register_record

router = api("register", "register")
MOST = 200
_IMPORTERS = allow(Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.FARMER, Role.STATION_KEEPER)


class KindOut(Schema):
    """One kind of record."""

    registry: str
    kind: str
    label: dict[str, str]
    text: dict[str, str]
    articles: list[int]
    items: list[str]
    count: int


class RecordOut(Schema):
    """One record as the caller may read it; `values` by field name, money in fen, mass in grams."""

    registry: str
    kind: str
    code: str
    name: str
    status: str
    version: int
    updated_at: datetime
    values: dict[str, Any]


class RecordsOut(Schema):
    """A page of records."""

    items: list[RecordOut]
    count: int
    page: int
    pages: int


class RecordIn(Schema):
    """Values by field name, as the kind's schema describes them."""

    values: dict[str, Any]


class AmendIn(RecordIn):
    """New values, and the version that they are meant for."""

    version: int


class ProblemOut(Schema):
    """One fault of a sheet."""

    row: int | None
    field: str
    reason: str
    remedy: str


class BatchOut(Schema):
    """What was found in a sheet, and whether it was taken."""

    id: int
    state: str
    total: int
    created: int
    amended: int
    same: int
    faulty: int
    problems: list[ProblemOut]


class ListQuery(Schema):
    """What a list is asked for; fields of the kind that it filters by may be added to the query by name."""

    q: str = ""
    district: str = ""
    status: str = ""
    sort: str = "name"
    page: int = 1
    page_size: int = 50


@router.get("", auth=admits(PUBLIC), response=list[KindOut], operation_id="register_kinds")
def list_kinds(request: HttpRequest) -> Any:
    """All kinds with how many records the caller sees."""
    counts = queries.counts_by_kind(_actor(request))
    return [
        {
            "registry": each.register, "kind": each.name, "label": each.label, "text": each.text,
            "articles": each.articles, "items": each.items, "count": counts.get((each.register, each.name), 0),
        }
        for each in kinds()
    ]  # fmt: skip


@router.get("/{registry}/{kind}", auth=admits(PUBLIC), response=RecordsOut, operation_id="register_list")
def list_records(request: HttpRequest, registry: str, kind: str, asked: Query[ListQuery]) -> Any:
    """Records of a kind: search, district, status, fields of the kind, order and page."""
    definition, actor = _kind(registry, kind), _actor(request)
    choices = {name: request.GET[name][:60] for name in definition.filters if request.GET.get(name)}
    wanted = Asked(q=asked.q[:80], district=asked.district[:12], status=asked.status, choices=choices, sort=asked.sort)
    rows = queries.listed(definition, actor, wanted).select_related("area__district", *_joined(definition))
    page = Paginator(rows, max(1, min(asked.page_size, MOST))).get_page(asked.page)
    items = [_out(record, definition, actor) for record in page]
    return {"items": items, "count": page.paginator.count, "page": page.number, "pages": page.paginator.num_pages}


@router.get("/{registry}/{kind}/schema", auth=admits(PUBLIC), response=dict[str, Any], operation_id="register_schema")
def schema(request: HttpRequest, registry: str, kind: str) -> Any:
    """JSON Schema (2020-12) of a kind's values."""
    definition = _kind(registry, kind)
    return {
        **json_schema(definition.all_fields),
        "title": label(definition.label),
        "description": label(definition.text),
    }


@router.post("/{registry}/{kind}", auth=admits(SIGNED_IN), response={201: RecordOut}, operation_id="register_create")
def create(
    request: HttpRequest,
    registry: str,
    kind: str,
    body: RecordIn,
    key: Annotated[str, Header(alias="Idempotency-Key")] = "",
) -> Any:
    """Register a record; sent twice under the same Idempotency-Key it is registered once."""
    definition, actor = _kind(registry, kind), _actor(request)
    made = register_record(
        by=actor, at=clock.now(), register=registry, kind=kind, values=_typed(definition, body.values), key=key[:255]
    )
    return Answer(201, _out(queries.get(registry, made.code, actor), definition, actor))


@router.post("/{registry}/{kind}/import", auth=admits(_IMPORTERS), response=BatchOut, operation_id="register_import")
def take_sheet(
    request: HttpRequest, registry: str, kind: str, sheet: File[UploadedFile], dry_run: bool = True, accept: str = "all"
) -> Any:
    """Take in an .xlsx or .csv sheet; `dry_run` only says what would happen, `accept=good` takes the faultless rows."""
    return import_sheet(
        by=_actor(request), at=clock.now(), register=registry, kind=kind, file_name=sheet.name or "sheet.csv",
        content=sheet.read(), dry_run=dry_run, accept="good" if accept == "good" else "all",
    )  # fmt: skip


@router.get("/{registry}/{kind}/{path:code}", auth=admits(PUBLIC), response=RecordOut, operation_id="register_get")
def get_record(request: HttpRequest, registry: str, kind: str, code: str) -> Any:
    """One record by its code."""
    definition, actor = _kind(registry, kind), _actor(request)
    return _out(_record(definition, code, actor), definition, actor)


@router.patch(
    "/{registry}/{kind}/{path:code}", auth=admits(SIGNED_IN), response=RecordOut, operation_id="register_amend"
)
def amend(
    request: HttpRequest, registry: str, kind: str, code: str, body: AmendIn,
    key: Annotated[str, Header(alias="Idempotency-Key")] = "",
) -> Any:  # fmt: skip
    """Amend a record; refused (409) where the version is not the present one."""
    definition, actor = _kind(registry, kind), _actor(request)
    found = _record(definition, code, actor)
    values = _typed(definition, body.values)
    amend_record(by=actor, at=clock.now(), record=found, version=body.version, values=values, key=key[:255])
    return _out(_record(definition, code, actor), definition, actor)


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _kind(register: str, kind: str) -> Kind:
    try:
        return find_kind(register, kind)
    except KeyError:
        raise Absent from None


def _record(kind: Kind, code: str, actor: Actor) -> Record:
    found = queries.get(kind.register, code, actor)
    if found.kind != kind.name:
        raise Absent
    return found


def _typed(kind: Kind, values: dict[str, Any]) -> dict[str, Any]:
    known = {each.name for each in kind.all_fields}
    if unknown := sorted(values.keys() - known):
        from tiantou.kernel.errors import Invalid, Problem

        raise Invalid(problems=[Problem(name[:40], "no such field", "see the kind's schema") for name in unknown])
    return shield(kind.all_fields, from_base(kind.all_fields, values))


def _joined(kind: Kind) -> list[str]:
    return [each.name for each in kind.all_fields if each.name in LINKS]


def _out(record: Record, kind: Kind, actor: Actor) -> dict[str, Any]:
    own = {each.name for each in kind.fields}
    values: dict[str, Any] = {}
    for field in queries.shown_fields(actor, record, kind):
        if field.name in own:
            values[field.name] = record.data.get(field.name)
        elif field.name == "area":
            values["area"] = record.area.code if record.area else None
        elif field.name in LINKS:
            linked = getattr(record, field.name)
            values[field.name] = linked.code if linked else None
        else:
            values[field.name] = getattr(record, field.name)
    values["name"] = queries.shown_name(actor, record)
    return {
        "registry": kind.register, "kind": record.kind, "code": record.code, "name": values["name"], "status": record.status,
        "version": record.version, "updated_at": record.updated_at, "values": values,
    }  # fmt: skip
