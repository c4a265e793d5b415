"""Kinds as data: a file that cannot be is refused with its name; a new kind is a file and no code."""

import csv
from pathlib import Path

import pytest

from tests.factories import village
from tests.registry.test_records import officer
from tiantou.registry import kinds
from tiantou.registry.kinds import KindError

ROOT = Path(__file__).resolve().parents[2]
CHECKLIST = ROOT.parent / "shared" / "mission" / "checklist.csv"
GOOD = """
label: {zh: 蜂场, en: Apiary}
text: {zh: 养蜂的地方, en: A place where bees are kept}
group: {zh: 生产场所, en: Places of production}
identity: number
prefix: S
requires: [area]
fields:
  - {name: hives, type: integer, label: {zh: 箱数, en: Hives}, min: 0}
  - phone
columns: [name, area, hives]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "site").mkdir()

    def write(text, name="apiary", register="site"):
        (tmp_path / register).mkdir(exist_ok=True)
        (tmp_path / register / f"{name}.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    yield write
    if tmp_path in kinds._folders:
        kinds.remove_folder(tmp_path)
    kinds._load.cache_clear()


@pytest.mark.django_db
def test_a_new_kind_is_a_file_and_no_code(folder, visit):
    kinds.add_folder(folder(GOOD))
    village()
    client = visit(officer())
    url = "/register/site/apiary/"
    assert client.post(url + "new/", {"name": "示例蜂场", "area": "500236115200", "hives": "60"}).status_code == 303
    assert "60" in client.get(url).content.decode()
    assert client.get(url + "template/").content[:2] == b"PK"
    assert client.get("/api/v1/register/site/apiary").json()["count"] == 1
    assert client.get("/api/v1/register/site/apiary/schema").json()["properties"]["hives"]["type"] == "integer"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("label: {zh: 蜂场, en: Apiary}", "label: {zh: 蜂场}"), "need zh and en"),
        (("prefix: S", ""), "needs a prefix"),
        (("identity: number", "identity: stars"), "stars"),
        (("- phone", "- telefax"), "telefax"),
        (("type: integer", "type: bees"), "bees"),
        (("columns: [name, area, hives]", "columns: [name, honey]"), "honey"),
        (("requires: [area]", "requires: [queen]"), "queen"),
        (("columns:", "filters: [phone]\ncolumns:"), "not public"),
        (("columns:", "items: [X1]\ncolumns:"), "checklist"),
        (("columns:", "uses: [category]\ncolumns:"), "category"),
        (("columns:", "colums: []\ncolumns:"), "colums"),
        (("name: hives", "name: area"), "column of the table"),
        (("label:", "label: ["), "apiary.yaml"),
    ],
)
def test_a_kind_that_cannot_be_is_refused_at_load_with_file_and_fault(folder, change, fault):
    with pytest.raises(KindError, match=fault) as refused:
        kinds.add_folder(folder(GOOD.replace(*change)))
    assert "apiary.yaml" in str(refused.value)
    assert len(kinds._folders) == 1


def test_a_kind_of_no_register_is_refused(folder):
    with pytest.raises(KindError, match="no register"):
        kinds.add_folder(folder(GOOD, register="bees"))


def test_a_kind_defined_twice_is_refused(folder):
    with pytest.raises(KindError, match="already defined"):
        kinds.add_folder(folder(GOOD, name="base"))


def test_the_register_knows_the_kinds_that_the_opinion_asks_for():
    assert len(kinds.kinds()) >= 95
    for register in kinds.COLUMNS:
        assert kinds.kinds(register)


@pytest.mark.skipif(not CHECKLIST.exists(), reason="the mission's checklist is not beside this checkout")
def test_the_items_of_kinds_are_registers_of_the_checklist():
    with CHECKLIST.open(encoding="utf-8") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    named = {item for kind in kinds.kinds() for item in kind.items}
    assert named <= known
