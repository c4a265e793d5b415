"""How a Django form field is shown: label, hint, fault, unit, keypad, all tied together for assistive technology."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BaseForm, BoundField
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tiantou.kernel.errors import Problem, Refused

#: A weight is typed on the numeric pad; a widget that says otherwise (a phone number) is left as it is.
_KEYPAD = {"inputmode": "decimal", "autocomplete": "off"}
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
    described: str
    control: SafeString


@dataclass(frozen=True, slots=True)
class ErrorLink:
    """One fault in the summary; `href` is "" where no field is to blame."""

    text: str
    href: str = ""


def view(field: BoundField, *, big: bool = False, unit: str = "", hint: str = "") -> FieldView:
    """The field as `<c-form-field>` shows it; `big` gives the numeric pad and large digits."""
    hint = hint or str(field.help_text or "")
    errors = tuple(_errors(field))
    kind = _kind(field)
    id_ = field.id_for_label or field.auto_id or field.html_name
    parts = (("hint", hint), ("unit", unit), ("error", errors))
    described = " ".join(f"{field.auto_id or id_}-{part}" for part, there in parts if there)
    attrs: dict[str, Any] = {}
    if kind != "group":  # a group's fieldset carries the description, not each of its choices
        attrs = {"aria-describedby": described} if described else {}
        attrs |= {"aria-invalid": "true"} if errors else {}
    if big:
        attrs |= {name: value for name, value in _KEYPAD.items() if name not in field.field.widget.attrs}
    return FieldView(
        kind=kind,
        id=str(field.auto_id or id_),
        label=str(field.label),
        hint=hint,
        errors=errors,
        optional=not field.field.required and kind == "line",
        described=described,
        control=field.as_widget(attrs=attrs),
    )


def error_links(form: BaseForm | None, refusal: Refused | None) -> list[ErrorLink]:
    """Faults of the form, then of the refusal; a refusal's fault links to the form's field of that name."""
    links = []
    if form is not None and form.is_bound:
        links += [ErrorLink(str(error)) for error in form.non_field_errors()]
        links += [_link(text, field) for field in form for text in _errors(field)]
    for problem in refusal.problems if refusal is not None else ():
        field = form[problem.field] if form is not None and problem.field in form.fields else None
        links.append(_problem(problem, field))
    return links


def _problem(problem: Problem, field: BoundField | None) -> ErrorLink:
    name = str(field.label) if field is not None else problem.field
    where = _("第 %(row)s 行 %(field)s") % {"row": problem.row, "field": name} if problem.row is not None else name
    words = f"{problem.reason} {problem.remedy}".strip()
    return ErrorLink(words if not where or where in problem.reason else _named(where, words), _href(field))


def _errors(field: BoundField) -> list[str]:
    """The faults of a field; where Django would say that a field is required, what to do is said instead."""
    stock = forms.Field.default_error_messages["required"]
    choose = isinstance(field.field, forms.ChoiceField | forms.ModelChoiceField | forms.FileField)
    texts = []
    for error in field.errors.as_data():
        if error.code == "required" and error.message == stock:
            texts.append(_("请选一项。") if choose else _("请填写。") if _kind(field) != "tick" else _("请打勾确认。"))
        else:
            texts += [str(message) for message in error.messages]
    return texts


def _link(text: str, field: BoundField) -> ErrorLink:
    label = str(field.label)
    return ErrorLink(text if label in text else _named(label, text), _href(field))


def _named(where: str, words: str) -> str:
    return _("%(field)s：%(fault)s") % {"field": where, "fault": words}


def _href(field: BoundField | None) -> str:
    """Focus must land on something that can be typed in: the first control of a group has the group's id and `_0`."""
    return "" if field is None else f"#{field.id_for_label or f'{field.auto_id}_0'}"


def _kind(field: BoundField) -> str:
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, _GROUPS):
        return "group"
    return "tick" if isinstance(widget, forms.CheckboxInput) else "line"
