"""Every name in the glossary exists in the code."""

import re
from importlib import import_module
from pathlib import Path

import pytest

GLOSSARY = Path(__file__).resolve().parent.parent.parent / "docs/glossary.md"
_ROW = re.compile(r"^\|\s*(?P<term>[^|]+?)\s*\|\s*`(?P<name>[\w.]+)`\s*\|\s*(?P<meaning>[^|]+?)\s*\|")
ROWS = [match for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if (match := _ROW.match(line))]


def resolve(name):
    """The thing that `package.module.Name.attribute` names below `tiantou`. Raises: ImportError, AttributeError."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(["tiantou", *parts[:length]]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[length:]:
            found = getattr(found, attribute)
        return found
    raise ImportError(name)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["term"])
def test_a_term_names_something_in_the_code(row):
    assert resolve(row["name"]) is not None


def test_every_row_of_the_table_is_read_and_no_term_stands_twice():
    table = [
        line for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and "`" in line
    ]
    assert len(table) == len(ROWS), "write the name of each row as one `package.module.Name`"
    terms = [row["term"] for row in ROWS]
    assert sorted({term for term in terms if terms.count(term) > 1}) == []


def test_a_name_that_is_not_there_is_missed():
    with pytest.raises((ImportError, AttributeError)):
        resolve("areas.models.Planet")
