"""How a Django form field is shown: label, hint, fault, unit, keypad, all tied together for assistive technology."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BaseForm, BoundField
from django.utils.safestring import SafeString

from tiantou.kernel.errors import Refused

_GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple, forms.MultiWidget, forms.SelectDateWidget)


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field ready to show. `kind`: `line` (label above), `tick` (label beside), `group` (fieldset), `hidden`."""

    kind: str
    id: str
    label: str
    hint: str
    errors: tuple[str, ...]
    optional: bool
    control: SafeString


@dataclass(frozen=True, slots=True)
class ErrorLink:
    """One fault in the summary; `href` is "" where no field is to blame."""

    text: str
    href: str = ""


def view(field: BoundField, *, big: bool = False, unit: str = "", hint: str = "") -> FieldView:
    """The field as `<c-form-field>` shows it; `big` gives the numeric pad and large digits."""
    hint = hint or str(field.help_text or "")
    errors = tuple(str(error) for error in field.errors)
    kind = _kind(field)
    id_ = field.id_for_label or field.auto_id or field.html_name
    attrs: dict[str, Any] = {}
    if kind != "group":
        attrs = _wiring(field.auto_id or id_, hint=bool(hint), unit=bool(unit), errors=bool(errors))
    if big:
        attrs |= {"inputmode": "decimal", "autocomplete": "off"}
    return FieldView(
        kind=kind,
        id=str(field.auto_id or id_),
        label=str(field.label),
        hint=hint,
        errors=errors,
        optional=not field.field.required and kind == "line",
        control=field.as_widget(attrs=attrs),
    )


def error_links(form: BaseForm | None, refusal: Refused | None) -> list[ErrorLink]:
    """Faults of the form, then of the refusal; a refusal's fault links to the form's field of that name."""
    links = []
    if form is not None and form.is_bound:
        for name, errors in form.errors.items():
            field = form[name] if name in form.fields else None
            links += [_link(str(error), field) for error in errors]
    for problem in refusal.problems if refusal is not None else ():
        field = form[problem.field] if form is not None and problem.field in form.fields else None
        name = str(field.label) if field is not None else problem.field
        where = name if problem.row is None else f"{problem.row} · {name}"
        links.append(_link(f"{where}：{problem.reason} {problem.remedy}".strip(), field, prefix=False))
    return links


def _link(text: str, field: BoundField | None, *, prefix: bool = True) -> ErrorLink:
    if field is None:
        return ErrorLink(text)
    label = f"{field.label}：{text}" if prefix else text
    # The first control of a group has the id of its own; focus must land on something that can be typed in.
    return ErrorLink(label, f"#{field.id_for_label or f'{field.auto_id}_0'}")


def _kind(field: BoundField) -> str:
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, _GROUPS):
        return "group"
    return "tick" if isinstance(widget, forms.CheckboxInput) else "line"


def _wiring(id_: str, *, hint: bool, unit: bool, errors: bool) -> dict[str, Any]:
    described = [f"{id_}-{part}" for part, there in (("hint", hint), ("unit", unit), ("error", errors)) if there]
    attrs: dict[str, Any] = {}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if errors:
        attrs["aria-invalid"] = "true"
    return attrs
