"""Fields as data: one definition gives the check of what was typed, the page's form, the sheet's column and the JSON Schema.

A field is read from YAML; `clean` is the one place that judges a value, wherever it was typed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

import msgspec
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from stdnum.cn import ric, uscc

from tiantou.kernel import units
from tiantou.kernel.errors import Problem
from tiantou.kernel.labels import label

#: Types whose value is the code of something kept elsewhere; whoever owns it looks whether it exists.
REFERENCES = frozenset({"area", "party", "site", "product"})
NUMBERS = frozenset({"integer", "decimal", "money", "mass", "area_mu"})
TYPES = REFERENCES | NUMBERS | {
    "text", "long_text", "date", "boolean", "choice", "choices", "phone", "url", "uscc", "identity",
}  # fmt: skip
#: How a stored name must end, so that nobody takes fen for yuan.
_SUFFIX = {"money": "_fen", "mass": "_g", "area_mu": "_mu"}
_UNITS = {
    "money": {"zh": "元", "en": "yuan"},
    "mass": {"zh": "公斤", "en": "kg"},
    "area_mu": {"zh": "亩", "en": "mu"},
}
_DIVISORS = {"money": units.FEN_PER_YUAN, "mass": units.GRAMS_PER_KG}
_LENGTH = {"text": 120, "long_text": 4000, "url": 500}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}\d{7,8}|[48]00\d{7}")
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
_YES = frozenset({"是", "有", "对", "true", "yes", "y", "1", "√", "✓", "on"})
_NO = frozenset({"否", "无", "没有", "不", "false", "no", "n", "0", "×", "off"})
#: No figure of the trade has sixteen digits; such a one is a slip, and would not fit into the database.
_TOO_MUCH = Decimal(10) ** 15
#: A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection), full-width forms included.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


class IdentityHash(str):
    """The keyed hash of an identity number: what is kept instead of the number."""

    __slots__ = ()


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value that may be chosen."""

    code: str
    label: dict[str, str]


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One fact of a form. Values are kept in base units (fen, grams); `min` and `max` are in the unit that people type."""

    name: str
    label: dict[str, str]
    type: str = "text"
    required: bool = False
    unit: dict[str, str] = {}
    help: dict[str, str] = {}
    choices: tuple[Choice, ...] = ()
    #: Whether strangers may read it; a personal field is never public.
    public: bool = True
    personal: bool = False
    min: Decimal | None = None
    max: Decimal | None = None
    max_length: int | None = None
    pattern: str = ""
    example: str = ""

    def __post_init__(self) -> None:
        """Raises: ValueError, saying what is wrong with the definition."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"name {self.name!r} is not lower case letters, digits and _")
        if self.type not in TYPES:
            raise ValueError(f"field {self.name}: type {self.type!r} is not one of {', '.join(sorted(TYPES))}")
        if not {"zh", "en"} <= self.label.keys():
            raise ValueError(f"field {self.name}: label needs zh and en")
        if (self.type in {"choice", "choices"}) != bool(self.choices):
            raise ValueError(f"field {self.name}: choices belong to the types choice and choices, and these need them")
        if not self.name.endswith(_SUFFIX.get(self.type, "")):
            raise ValueError(f"field {self.name}: a {self.type} is named *{_SUFFIX[self.type]}")
        if self.pattern:
            re.compile(self.pattern)

    @property
    def open(self) -> bool:
        """Whether strangers may read the value."""
        return self.public and not self.personal and self.type != "identity"

    @property
    def title(self) -> str:
        """The label in the active language."""
        return label(self.label)

    @property
    def unit_title(self) -> str:
        """The unit that people type and read, in the active language; "" where there is none."""
        names = self.unit or _UNITS.get(self.type)
        return label(names) if names else ""


class Fault(Exception):
    """One value is wrong: why, and how to mend it. Never repeats an identity number."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        self.reason, self.remedy = reason, remedy
        super().__init__(reason)


def load_fields(items: Any, where: str) -> tuple[Field, ...]:
    """Fields from parsed YAML.

    Raises: ValueError naming `where` and the fault, also for a name that comes twice.
    """
    try:
        fields = msgspec.convert(items, tuple[Field, ...], strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}") from error
    names = [field.name for field in fields]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{where}: field names come twice: {', '.join(sorted(doubled))}")
    return fields


def clean(
    fields: Iterable[Field], raw: Mapping[str, Any], *, partial: bool = False
) -> tuple[dict[str, Any], list[Problem]]:
    """The values as they are kept, and what is wrong with the others.

    Blank becomes None; with `partial`, fields that `raw` does not mention are left out.
    """
    values: dict[str, Any] = {}
    problems = []
    for field in fields:
        if partial and field.name not in raw:
            continue
        try:
            values[field.name] = clean_value(field, raw.get(field.name))
        except Fault as fault:
            problems.append(Problem(field.name, fault.reason, fault.remedy))
    return values, problems


def clean_value(field: Field, raw: Any) -> Any:
    """One value as it is kept (JSON types and dates), None for blank.

    Raises: Fault.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()) or raw == []:
        if field.required:
            raise Fault(_("没有填写。"), _("这一项必须填。"))
        return None
    cleaner: Callable[[Field, Any], Any] = _CLEANERS.get(field.type, _text)
    value = cleaner(field, raw)
    if field.pattern and not re.fullmatch(field.pattern, str(value)):
        raise Fault(_("格式不对。"), label(field.help) if field.help else _("请看填写说明。"))
    return value


def identity_hash(number: str) -> IdentityHash:
    """The keyed hash (HMAC-SHA256 under the installation's own key) of a resident identity number (居民身份证号码).

    Raises: Fault if its check digit, birth date or length is wrong (GB 11643).
    """
    plain = unicodedata.normalize("NFKC", str(number)).strip().upper()
    if not ric.is_valid(plain):
        raise Fault(_("身份证号码不对（位数、出生日期或校验位）。"), _("请照证件重新填写 18 位号码。"))
    digest = hmac.new(settings.IDENTITY_KEY.encode(), ric.compact(plain).encode(), hashlib.sha256)
    return IdentityHash(digest.hexdigest())


def shield(fields: Iterable[Field], raw: Mapping[str, Any]) -> dict[str, Any]:
    """`raw` with every valid identity number replaced by its hash, so that the number travels no further."""
    shielded = dict(raw)
    for field in fields:
        if field.type == "identity" and shielded.get(field.name):
            try:
                shielded[field.name] = clean_value(field, shielded[field.name])
            except Fault:
                continue
    return shielded


def _identity(_field: Field, raw: Any) -> IdentityHash:
    return raw if isinstance(raw, IdentityHash) else identity_hash(raw)


def _text(field: Field, raw: Any) -> str:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)  # a code typed as a number in a spreadsheet
    text = unneutralised(str(raw))
    text = text.strip() if field.type == "long_text" else " ".join(text.split())
    if any(unicodedata.category(letter) == "Cc" and letter not in "\n\r\t" for letter in text):
        raise Fault(_("含有看不见的控制字符。"), _("请删去后重新输入，不要从其他软件直接粘贴。"))
    limit = field.max_length or _LENGTH.get(field.type, 120)
    if len(text) > limit:
        raise Fault(_("太长：最多 {n} 个字，现在 {m} 个。").format(n=limit, m=len(text)), _("请写短一些。"))
    return text


def _number(field: Field, raw: Any) -> Decimal:
    text = unicodedata.normalize("NFKC", str(raw)).replace(",", "").replace(" ", "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(raw, bool) or not number.is_finite() or abs(number) >= _TOO_MUCH:
        raise Fault(_("“{text}”不是数字。").format(text=str(raw)[:20]), _("只写数字，单位不用写。"))
    for bound, wrong in ((field.min, number.__lt__), (field.max, number.__gt__)):
        if bound is not None and wrong(bound):
            between = f"{'' if field.min is None else field.min} ~ {'' if field.max is None else field.max}"
            raise Fault(_("{n} 不在允许的范围内。").format(n=number), _("允许的范围：{between} {unit}").format(
                between=between, unit=field.unit_title).strip())  # fmt: skip
    return number


def _whole(number: Decimal, text: str) -> int:
    if number != number.to_integral_value():
        raise Fault(text, _("请减少小数位数。"))
    return int(number)


def _integer(field: Field, raw: Any) -> int:
    return _whole(_number(field, raw), _("要填整数。"))


def _decimal(field: Field, raw: Any) -> str:
    return format(_number(field, raw).normalize(), "f")


def _money(field: Field, raw: Any) -> int:
    return _whole(_number(field, raw) * units.FEN_PER_YUAN, _("金额最多两位小数（分）。"))


def _mass(field: Field, raw: Any) -> int:
    return _whole(_number(field, raw) * units.GRAMS_PER_KG, _("重量最多三位小数（克）。"))


def _date(_field: Field, raw: Any) -> str:
    if isinstance(raw, datetime):
        return raw.date().isoformat()
    if isinstance(raw, date):
        return raw.isoformat()
    text = unicodedata.normalize("NFKC", str(raw)).strip()
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - a calendar date has no zone
        except ValueError:
            continue
    raise Fault(_("“{text}”不是日期。").format(text=text[:20]), _("请写成 2026-11-23。"))


def _boolean(_field: Field, raw: Any) -> bool:
    text = unicodedata.normalize("NFKC", str(raw)).strip().lower()
    if text in _YES or text in _NO:
        return text in _YES
    raise Fault(_("“{text}”不是“是”或“否”。").format(text=text[:20]), _("请填“是”或“否”。"))


def _choice(field: Field, raw: Any) -> str:
    text = unicodedata.normalize("NFKC", str(raw)).strip()
    for choice in field.choices:
        if text in {choice.code, *(unicodedata.normalize("NFKC", name) for name in choice.label.values())}:
            return choice.code
    allowed = "、".join(label(choice.label) for choice in field.choices)
    raise Fault(_("没有“{text}”这个选项。").format(text=text[:20]), _("可选：{allowed}").format(allowed=allowed))


def _choices(field: Field, raw: Any) -> list[str]:
    parts = raw if isinstance(raw, list | tuple) else re.split(r"[、,，;；\n]", str(raw))
    chosen = {_choice(field, part) for part in parts if str(part).strip()}
    return [choice.code for choice in field.choices if choice.code in chosen]


def _phone(_field: Field, raw: Any) -> str:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    digits = re.sub(r"[\s()\-]", "", unicodedata.normalize("NFKC", unneutralised(str(raw)))).removeprefix("+86")
    if not _PHONE.fullmatch(digits):
        raise Fault(_("电话号码不对。"), _("手机 11 位；座机带区号，如 023-56560000。"))
    return digits


def _url(_field: Field, raw: Any) -> str:
    try:
        URLValidator(schemes=["http", "https"])(str(raw).strip())
    except ValidationError:
        raise Fault(_("网址不对。"), _("请以 http:// 或 https:// 开头。")) from None
    return str(raw).strip()


def _uscc(_field: Field, raw: Any) -> str:
    text = unicodedata.normalize("NFKC", str(raw)).strip().upper()
    if not uscc.is_valid(text):
        wrong = _("应为 18 位，现在 {n} 位。").format(n=len(text)) if len(text) != 18 else _("校验位对不上。")  # noqa: PLR2004 - GB 32100
        raise Fault(
            _("统一社会信用代码不对：{wrong}").format(wrong=wrong), _("请照营业执照核对（没有字母 I、O、Z、S、V）。")
        )
    return str(uscc.compact(text))


def _code(_field: Field, raw: Any) -> str:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    return unicodedata.normalize("NFKC", unneutralised(str(raw))).strip()


_CLEANERS: dict[str, Callable[[Field, Any], Any]] = {
    "integer": _integer, "decimal": _decimal, "money": _money, "mass": _mass, "area_mu": _decimal, "date": _date,
    "boolean": _boolean, "choice": _choice, "choices": _choices, "phone": _phone, "url": _url, "uscc": _uscc,
    "identity": _identity, **dict.fromkeys(REFERENCES, _code),
}  # fmt: skip


def neutralised(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a leading = + - @ (or full-width, tab, return) gets an apostrophe."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def unneutralised(text: str) -> str:
    """Text as it was before `neutralised`, so that an exported sheet can be taken in again unchanged."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def from_base(fields: Iterable[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values in base units (fen, grams: the API, data files) as `clean` takes them (yuan, kilograms)."""
    divisors = {field.name: _DIVISORS[field.type] for field in fields if field.type in _DIVISORS}
    return {
        name: Decimal(value) / divisors[name] if name in divisors and isinstance(value, int) else value
        for name, value in values.items()
    }


def typed(field: Field, value: Any) -> Any:
    """A kept value as a person would type it: yuan for fen, kilograms for grams, the label of a choice."""
    if value is None or value == "" or field.type == "identity":
        return ""
    if field.type in _DIVISORS:
        return Decimal(value) / _DIVISORS[field.type]
    if field.type in {"decimal", "area_mu"}:
        return Decimal(value)
    if field.type == "boolean":
        return _("是") if value else _("否")
    if field.type in {"choice", "choices"}:
        names = {choice.code: label(choice.label) for choice in field.choices}
        return "、".join(names.get(code, code) for code in ([value] if isinstance(value, str) else value))
    return value


def shown(field: Field, value: Any) -> str:
    """A kept value for reading, with its unit; "" where nothing is known."""
    plain = typed(field, value)
    if plain == "":
        return ""
    if isinstance(plain, Decimal | int):
        plain = f"{plain:,.2f}" if field.type == "money" else f"{plain:,}"
        return f"{plain} {field.unit_title}".strip()
    return str(plain)


_SCHEMAS: dict[str, dict[str, Any]] = {
    "integer": {"type": "integer"}, "decimal": {"type": "string", "format": "decimal"},
    "area_mu": {"type": "string", "format": "decimal"}, "money": {"type": "integer"}, "mass": {"type": "integer"},
    "date": {"type": "string", "format": "date"}, "boolean": {"type": "boolean"}, "url": {"type": "string", "format": "uri"},
    "uscc": {"type": "string", "pattern": "^[0-9A-HJ-NPQRTUWXY]{18}$"},
    "identity": {"type": "string", "writeOnly": True, "pattern": "^[0-9]{17}[0-9X]$"},
}  # fmt: skip


def json_schema(fields: Iterable[Field]) -> dict[str, Any]:
    """JSON Schema (2020-12) of the values as the API gives them: money in fen, mass in grams."""
    fields = tuple(fields)
    properties: dict[str, Any] = {}
    for field in fields:
        schema = {"title": label(field.label), **_SCHEMAS.get(field.type, {"type": "string"})}
        codes = [choice.code for choice in field.choices]
        if field.type == "choice":
            schema["enum"] = codes
        if field.type == "choices":
            schema |= {"type": "array", "items": {"enum": codes}}
        if field.help:
            schema["description"] = label(field.help)
        if field.type in REFERENCES:
            schema["x-reference"] = field.type
        if unit := {"money": "fen", "mass": "g"}.get(field.type) or field.unit_title:
            schema["x-unit"] = unit
        properties[field.name] = schema
    required = [field.name for field in fields if field.required]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


class SpecField(forms.Field):
    """A Django form field judged by a `Field`."""

    def __init__(self, spec: Field, **kwargs: Any) -> None:
        self.spec = spec
        super().__init__(
            label=spec.title, required=spec.required, help_text=label(spec.help) if spec.help else "", **kwargs
        )

    def clean(self, value: Any) -> Any:
        """The kept value. Raises: ValidationError."""
        try:
            return clean_value(self.spec, value)
        except Fault as fault:
            raise ValidationError(f"{fault.reason}{fault.remedy}") from fault


class SpecForm(forms.Form):
    """A form built from field definitions; `initial` is given in kept values and shown as people type them."""

    specs: ClassVar[tuple[Field, ...]] = ()

    def __init__(self, *args: Any, initial: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        shown_first = {
            spec.name: initial[spec.name] if spec.type in {"choice", "choices"} else _first(spec, initial[spec.name])
            for spec in self.specs
            if initial and spec.name in initial
        }
        super().__init__(*args, **{**kwargs, "initial": shown_first})

    def values(self) -> dict[str, Any]:
        """What was typed, as it is kept (after `is_valid`)."""
        return dict(self.cleaned_data)


def _first(spec: Field, value: Any) -> Any:
    if spec.type == "boolean":
        return {True: "true", False: "false"}.get(value, "")
    return typed(spec, value)


def build_form(fields: Iterable[Field]) -> type[SpecForm]:
    """The one renderer of forms: a Django form class with a field for each definition."""
    fields = tuple(fields)
    members: dict[str, Any] = {field.name: SpecField(field, widget=_widget(field)) for field in fields}
    return type("KindForm", (SpecForm,), {**members, "specs": fields})


def _widget(field: Field) -> forms.Widget:  # noqa: PLR0911 - one line for each family of types
    options = [(choice.code, label(choice.label)) for choice in field.choices]
    if field.type == "choice":
        return forms.Select(choices=[("", _("请选择")), *options])
    if field.type == "choices":
        return forms.CheckboxSelectMultiple(choices=options)
    if field.type == "boolean":
        return forms.Select(choices=[("", _("未知")), ("true", _("是")), ("false", _("否"))])
    if field.type == "long_text":
        return forms.Textarea(attrs={"rows": 4})
    if field.type == "date":
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if field.type == "identity":
        # The number is never sent back to the browser, whatever else was wrong with the form.
        return forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "inputmode": "text"})
    attrs = {"inputmode": "decimal"} if field.type in NUMBERS else {}
    if field.type == "phone":
        attrs = {"inputmode": "tel", "autocomplete": "tel"}
    if field.type in {"uscc", *REFERENCES}:
        attrs = {"autocomplete": "off", "spellcheck": "false"}
    return forms.TextInput(attrs=attrs)
