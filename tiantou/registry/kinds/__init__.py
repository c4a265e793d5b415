"""Kinds (类别) as data: one YAML file each below `<register>/`; a new kind is a file and no code.

`shared.yaml` holds fields that several kinds name (`fields: [phone, contact, …]`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from tiantou.kernel.actor import Role
from tiantou.kernel.forms import Field, load_fields
from tiantou.kernel.labels import label

FOLDER = Path(__file__).parent
_ITEM = re.compile(r"A\d\d\.\d\d")
#: Columns of the tables themselves, by register; `uses` of a kind chooses among these.
COLUMNS = {
    "party": ("name_en", "starts", "ends"),
    "site": ("name_en", "holder", "longitude", "latitude", "starts", "ends"),
    "product": ("name_en", "holder", "category"),
    "brand": ("name_en", "holder", "product", "starts", "ends"),
    "certificate": ("name_en", "holder", "product", "site", "starts", "ends"),
    "standard": ("name_en", "holder", "product", "starts", "ends"),
    "agreement": ("holder", "other", "starts", "ends"),
    "asset": ("holder", "site", "starts", "ends"),
    "occasion": ("name_en", "holder", "site", "starts", "ends"),
    "document": ("name_en", "holder", "starts", "ends"),
    "shop": ("holder", "platform", "starts", "ends"),
}
_BASE: dict[str, dict[str, Any]] = {
    "name": {"label": {"zh": "名称", "en": "Name"}, "required": True},
    "name_en": {"label": {"zh": "英文名", "en": "English name"}, "max_length": 160},
    "area": {
        "label": {"zh": "所在地", "en": "Place"},
        "type": "area",
        "help": {
            "zh": "区划代码，或写全：奉节县草堂镇示例村",
            "en": "Division code, or the names in full: 奉节县草堂镇示例村",
        },
    },
    "holder": {
        "label": {"zh": "所属主体", "en": "Holder"},
        "type": "party",
        "help": {"zh": "统一社会信用代码或 P- 编号", "en": "Credit code or P- number of the party"},
    },
    "starts": {"label": {"zh": "起始日期", "en": "From"}, "type": "date"},
    "ends": {"label": {"zh": "截止日期", "en": "Until"}, "type": "date"},
    "longitude": {"label": {"zh": "经度", "en": "Longitude"}, "type": "decimal", "min": 73, "max": 136},
    "latitude": {"label": {"zh": "纬度", "en": "Latitude"}, "type": "decimal", "min": 3, "max": 54},
    "category": {"label": {"zh": "上级品类", "en": "Category above"}, "type": "product"},
    "product": {"label": {"zh": "产品", "en": "Product"}, "type": "product"},
    "site": {"label": {"zh": "场所", "en": "Site"}, "type": "site"},
    "other": {"label": {"zh": "对方", "en": "Other party"}, "type": "party"},
    "platform": {"label": {"zh": "平台", "en": "Platform"}, "type": "party"},
}
_CODE: dict[str, dict[str, Any]] = {
    "uscc": {"label": {"zh": "统一社会信用代码", "en": "Unified social credit code"}, "type": "uscc", "required": True},
    "uscc_or_person": {
        "label": {
            "zh": "统一社会信用代码（没有执照的自然人不填）",
            "en": "Credit code (blank for a person without a licence)",
        },
    },
    "person": {"label": {"zh": "编号（新登记不填）", "en": "Number (blank for a new one)"}},
    "number": {"label": {"zh": "编号（不填则自动编）", "en": "Number (given if blank)"}},
    "certificate": {"label": {"zh": "证书（文）号", "en": "Certificate or document number"}, "required": True},
}
IDENTITY = Field(
    name="identity", label={"zh": "身份证号", "en": "Identity number"}, type="identity", public=False, personal=True,
    help={"zh": "只留加密摘要，不保存号码", "en": "Only a keyed hash is kept, never the number"},
)  # fmt: skip


class KindError(ValueError):
    """A kind's file is wrong; the message names file and fault."""


class Paper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """证明材料: a paper that the officer must have seen before the record is confirmed."""

    name: str
    label: dict[str, str]
    required: bool = True


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """类别: everything that the register machine needs to know of one kind of record."""

    register: str
    name: str
    label: dict[str, str]
    #: One sentence: what such a record is.
    text: dict[str, str]
    group: dict[str, str]
    order: int = 50
    articles: tuple[int, ...] = ()
    items: tuple[str, ...] = ()
    identity: Literal["uscc", "uscc_or_person", "person", "number", "certificate"]
    #: Letters before the own number, for `number` and persons.
    prefix: str = ""
    confirmed_by: Literal["district_officer", "city_officer"] = "district_officer"
    uses: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    relabel: dict[str, dict[str, str]] = {}
    fields: tuple[Field, ...] = ()
    papers: tuple[Paper, ...] = ()
    columns: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    #: Fields that a holder changes without the record going back to be confirmed.
    free: tuple[str, ...] = ()
    map: bool = False
    indicators: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The label in the active language."""
        return label(self.label)

    @property
    def is_person(self) -> bool:
        """Whether a record may be a natural person."""
        return self.identity in {"person", "uscc_or_person"}

    @property
    def confirmers(self) -> frozenset[Role]:
        """The roles that may confirm; a district officer within the own area."""
        return frozenset({Role.CITY_OFFICER, Role(self.confirmed_by)})

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """Code, name, the table's columns in use and the kind's own fields, in the order of form and sheet."""
        return _all_fields(self)

    def field(self, name: str) -> Field:
        """One of `all_fields`. Raises: KeyError."""
        return {field.name: field for field in self.all_fields}[name]


@lru_cache(maxsize=512)
def _fields_of(register: str, name: str, folders: tuple[Path, ...]) -> tuple[Field, ...]:
    return _build_fields(_load(folders)[register, name])


def _all_fields(kind: Kind) -> tuple[Field, ...]:
    if _load(tuple(_folders)).get((kind.register, kind.name)) is kind:
        return _fields_of(kind.register, kind.name, tuple(_folders))
    return _build_fields(kind)


def _build_fields(kind: Kind) -> tuple[Field, ...]:
    items = []
    definitions = {"code": _CODE[kind.identity], "name": _BASE["name"], "area": _BASE["area"]}
    definitions |= {name: _BASE[name] for name in kind.uses}
    for name, definition in definitions.items():
        required = definition.get("required", False) or name in kind.requires
        item = {**definition, "name": name, "required": required}
        items.append(item | ({"label": kind.relabel[name]} if name in kind.relabel else {}))
    base = load_fields(items, f"{kind.register}/{kind.name}")
    identity = (IDENTITY,) if kind.is_person else ()
    return (*base[:2], *identity, *base[2:], *kind.fields)


#: Where kinds are read from; a region pack or a test adds its own folder.
_folders: list[Path] = [FOLDER]


def add_folder(folder: Path) -> None:
    """Kinds below `folder` are known from now on, beside the built-in ones.

    Raises: KindError, and then nothing is added.
    """
    if folder not in _folders:
        _load((*_folders, folder))
        _folders.append(folder)


def remove_folder(folder: Path) -> None:
    """Kinds below `folder` are no longer known."""
    _folders.remove(folder)


def kinds(register: str | None = None) -> tuple[Kind, ...]:
    """All kinds (of one register), in the order in which pages list them."""
    found = [kind for kind in _load(tuple(_folders)).values() if register in {None, kind.register}]
    return tuple(sorted(found, key=lambda kind: (list(COLUMNS).index(kind.register), kind.order, kind.name)))


def kind(register: str, name: str) -> Kind:
    """One kind. Raises: KeyError."""
    return _load(tuple(_folders))[register, name]


@lru_cache(maxsize=8)
def _load(folders: tuple[Path, ...]) -> Mapping[tuple[str, str], Kind]:
    found: dict[tuple[str, str], Kind] = {}
    shared: dict[str, dict[str, Any]] = {}
    for folder in folders:
        shared |= {item["name"]: item for item in _yaml(folder / "shared.yaml") or ()}
        for path in sorted(folder.glob("*/*.yaml")):
            key = (path.parent.name, path.stem)
            if key in found:
                raise KindError(f"{path}: kind {key[1]} is already defined")
            found[key] = _read(path, shared)
    return found


def _yaml(path: Path) -> Any:
    if not path.exists():
        return None
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise KindError(f"{path}: {error}") from error


def _read(path: Path, shared: Mapping[str, dict[str, Any]]) -> Kind:
    where = f"{path.parent.name}/{path.name}"
    raw = _yaml(path)
    if not isinstance(raw, dict):
        raise KindError(f"{where}: must be a mapping")
    if path.parent.name not in COLUMNS:
        raise KindError(f"{where}: there is no register {path.parent.name!r}")
    fields = []
    for item in raw.get("fields", ()):
        if isinstance(item, str) and item not in shared:
            raise KindError(f"{where}: field {item!r} is not in shared.yaml")
        fields.append(shared[item] if isinstance(item, str) else item)
    raw = {"register": path.parent.name, "name": path.stem, "uses": COLUMNS[path.parent.name], **raw}
    try:
        own = load_fields(fields, where)
        read = msgspec.convert({**raw, "fields": ()}, Kind, strict=False)
    except ValueError as error:
        raise KindError(str(error) if str(error).startswith(where) else f"{where}: {error}") from error
    read = msgspec.structs.replace(read, fields=own)
    _check(read, where)
    return read


def _check(kind: Kind, where: str) -> None:
    """Raises: KindError where a kind speaks of a field, column or item that cannot be."""
    for names in (kind.label, kind.text, kind.group):
        if not {"zh", "en"} <= names.keys():
            raise KindError(f"{where}: label, text and group need zh and en")
    if wrong := set(kind.uses) - set(COLUMNS[kind.register]):
        raise KindError(f"{where}: {', '.join(sorted(wrong))} is not a column of the register {kind.register}")
    if wrong := {item for item in kind.items if not _ITEM.fullmatch(item)}:
        raise KindError(f"{where}: items {', '.join(sorted(wrong))} are not numbers of the checklist (A06.05)")
    if kind.identity in {"number", "person", "uscc_or_person"} and not kind.prefix:
        raise KindError(f"{where}: identity {kind.identity} needs a prefix for own numbers")
    fields = _build_fields(kind)
    known = {field.name for field in fields}
    if len(known) != len(fields):
        raise KindError(f"{where}: an own field bears the name of a column of the table")
    named = {*kind.columns, *kind.filters, *kind.requires, *kind.relabel, *kind.free}
    if wrong := named - known - {"status", "last_active"}:
        raise KindError(f"{where}: {', '.join(sorted(wrong))} is not a field of this kind")
    if hidden := [field.name for field in fields if field.name in kind.filters and not field.open]:
        raise KindError(f"{where}: strangers could filter by {', '.join(hidden)}, which is not public")
