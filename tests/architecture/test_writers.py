"""Only a package's own services write its tables; and the rule that watches it sees a planted fault."""

from textwrap import dedent

import pytest

from tools.lint import writers


def test_only_a_packages_own_services_write_its_models():
    found = writers.violations()
    assert not found, "\n".join(map(str, found))


def planted(tmp_path, module, text):
    path = tmp_path / "trade" / f"{module}.py"
    path.parent.mkdir()
    path.write_text(dedent(text))
    return [violation.text.split(";")[0] for violation in writers.violations(tmp_path)]


@pytest.mark.parametrize(
    ("module", "text", "said"),
    [
        ("pages", "from tiantou.trade.models import Lot\nLot.objects.create(a=1)", "writes a model outside services"),
        ("queries", "from tiantou.trade.models import Lot as L\nL.objects.filter(a=1).update(a=2)", "writes a model outside services"),
        ("services", "from tiantou.people.models import Person\nPerson(name='x').save()", "writes a model of people"),
        ("services", "from tiantou.people.models import Person\nPerson.objects.visible_to(by).first().delete()", "writes a model of people"),
        ("pages", "def f(lot):\n    lot.save(update_fields=['a'])", "saves in pages"),
        ("models", "class Lot(models.Model):\n    pass\nLot.objects.bulk_create([])", "writes a model outside services"),
    ],
)  # fmt: skip
def test_a_planted_write_is_seen(tmp_path, module, text, said):
    assert planted(tmp_path, module, text) == [said]


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("services", "from tiantou.trade.models import Lot\nLot.objects.create(a=1)"),
        ("pages", "from tiantou.people.models import Person\nPerson.objects.filter(a=1).first()\n{}.update(a=1)"),
        ("pages", "book.save(data)\nform.delete"),
        ("models", "class Lot(Base):\n    def save(self):\n        super().save()"),
    ],
)
def test_reads_and_a_packages_own_services_are_let_be(tmp_path, module, text):
    assert planted(tmp_path, module, text) == []
