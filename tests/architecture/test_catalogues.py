"""Every Chinese source string has its English in the catalogue of its own package."""

from __future__ import annotations

from collections import defaultdict

import pytest
from babel.messages.mofile import read_mo

from tools import messages


@pytest.mark.parametrize("package", [package.name for package in messages.packages()])
def test_the_english_catalogue_is_complete(package):
    assert messages.faults(messages.PACKAGES / package) == []


def test_one_chinese_sentence_has_one_english_sentence():
    # Django merges the catalogues of all packages, so two renderings of one source string would hide each other.
    english = defaultdict(dict)
    for package in messages.packages():
        for message in messages.catalogue(package):
            if message.id and message.string:
                english[messages.key_of(message)].setdefault(message.string, package.name)
    assert {key: names for key, names in english.items() if len(names) > 1} == {}


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "tiantou" / "sample"
    (folder / "templates").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "pages.py").write_text(
        'from x import gettext as _\nA = _("收"\n  "货")\nB = ngettext("%(n)s 箱", "%(n)s 箱们", 2)\n'
    )
    (folder / "templates/a.html").write_text(
        '<c-x title="{% trans \'定级\' %}">\n   {% blocktrans with n=3 %}共 {{ n }} 条{% endblocktrans %}</c-x>{{ _("装车") }}'
    )
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "PACKAGES", tmp_path / "tiantou")
    return folder


def test_the_tool_sees_python_templates_and_component_attributes(package):
    texts = {key[1] for key in messages.used(package)}
    assert texts == {"收货", ("%(n)s 箱", "%(n)s 箱们"), "定级", "共 %(n)s 条", "装车"}


def test_a_missing_an_empty_an_unused_and_a_wrong_translation_are_each_reported(package):
    assert any("missing: 收货" in line for line in messages.faults(package))
    assert messages.update(package) == 5
    assert any("empty: 收货" in line for line in messages.faults(package))
    file = messages.po(package)
    text = file.read_text()
    text = text.replace('msgid "收货"\nmsgstr ""', 'msgid "收货"\nmsgstr "Take in"').replace(
        'msgid "定级"\nmsgstr ""', 'msgid "定级"\nmsgstr "Grade"'
    )
    text = text.replace('msgid "共 %(n)s 条"\nmsgstr ""', 'msgid "共 %(n)s 条"\nmsgstr "%(m)s rows"').replace(
        'msgid "装车"\nmsgstr ""', 'msgid "装车"\nmsgstr "Load"'
    )
    text = text.replace('msgstr[0] ""\nmsgstr[1] ""', 'msgstr[0] "%(n)s crate"\nmsgstr[1] "%(n)s crates"')
    file.write_text(text + '\nmsgid "没人用"\nmsgstr "Nobody"\n')
    lines = messages.faults(package)
    assert len(lines) == 2
    assert any("共" in line for line in lines)
    assert any("no longer used: 没人用" in line for line in lines)


def test_updating_keeps_translations_and_drops_the_unused(package):
    messages.update(package)
    file = messages.po(package)
    file.write_text(
        file.read_text().replace('msgid "收货"\nmsgstr ""', 'msgid "收货"\nmsgstr "Take in"')
        + '\nmsgid "没人用"\nmsgstr "Nobody"\n'
    )
    assert messages.update(package) == 4
    assert '"Take in"' in file.read_text()
    assert "没人用" not in file.read_text()


def test_compiled_catalogues_answer(package):
    messages.update(package)
    file = messages.po(package)
    file.write_text(file.read_text().replace('msgid "收货"\nmsgstr ""', 'msgid "收货"\nmsgstr "Take in"'))
    assert messages.compile_all() == 1
    with file.with_suffix(".mo").open("rb") as compiled:
        assert read_mo(compiled).get("收货").string == "Take in"
    assert messages.compile_all() == 0
