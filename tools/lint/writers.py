"""House rule: only a package's own services write its models.

    python -m tools.lint.writers    list every violation (exit 1 if any)

Seen are writes that name the model (`Lot.objects.create(...)`, `Lot(...).save()`, `Lot.objects.filter(...).update(...)`), and
any bare `.save()` or `.save(update_fields=...)` in a face or a read. A write through a variable in another module of the same
package is beyond syntax; reviewers and the tests of the verbs watch those.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ROOT / "tiantou"
WRITES = frozenset(
    {
        "create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update", "delete", "save",
        "acreate", "aupdate", "adelete", "asave",
    }
)  # fmt: skip
#: Modules that may write though they are not services, and why.
EXEMPT = {
    "kernel.verbs": "deeds and idempotency keys belong to every verb",
    "areas.loading": "the bulk half of areas.services, which alone calls it",
    "people.limits": "rate limits count tries that are refused, outside of any verb",
}
#: Modules that only translate or read: even a bare save() has no place there.
READERS = frozenset({"pages", "api", "tasks", "queries", "rules", "models"})


@dataclass(frozen=True, slots=True)
class Violation:
    """One write where none belongs."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        """`path:line: what to do instead`."""
        return f"{self.path.as_posix()}:{self.line}: {self.text}"


def violations(root: Path = PACKAGES) -> list[Violation]:
    """Every violation below `root` (a folder of packages)."""
    found: list[Violation] = []
    for path in sorted(root.glob("*/**/*.py")):
        if "migrations" not in path.parts:
            found += check(path, root)
    return found


def check(path: Path, root: Path = PACKAGES) -> list[Violation]:
    """The violations of one file."""
    parts = path.relative_to(root).with_suffix("").parts
    package, module = parts[0], parts[1]
    if f"{package}.{module}" in EXEMPT:
        return []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    models = _models(tree, package)
    found = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
            continue
        owner = models.get(_root(call.func.value) or "")
        if owner is not None and owner != package:
            found.append(
                _said(path, call, f"writes a model of {owner}; call a verb of tiantou.{owner}.services instead")
            )
        elif owner is not None and module != "services":
            found.append(
                _said(path, call, f"writes a model outside services; move it into tiantou/{package}/services.py")
            )
        elif owner is None and module in READERS and _bare_save(call):
            found.append(_said(path, call, f"saves in {module}; call a verb of tiantou.{package}.services instead"))
    return found


def _said(path: Path, call: ast.Call, text: str) -> Violation:
    where = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return Violation(where, call.lineno, text)


def _models(tree: ast.Module, package: str) -> dict[str, str]:
    """Names of models that the file imports, each with its package."""
    return dict(_imported(tree, package))


def _imported(tree: ast.Module, package: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            parts = node.module.split(".")
            if parts[0] == "tiantou" and "models" in parts[2:3]:
                for alias in node.names:
                    if alias.name[:1].isupper() and not alias.name.isupper():
                        yield alias.asname or alias.name, parts[1]
        elif isinstance(node, ast.ClassDef) and any("Model" in ast.unparse(base) for base in node.bases):
            yield node.name, package


def _root(node: ast.expr) -> str | None:
    """The name at the beginning of a chain of attributes, calls and subscripts."""
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return node.id if isinstance(node, ast.Name) else None


def _bare_save(call: ast.Call) -> bool:
    """Whether a call looks like a model's own save: nothing given, or only what a model's save takes."""
    assert isinstance(call.func, ast.Attribute)  # noqa: S101 - the caller asked
    is_super = isinstance(call.func.value, ast.Call) and _root(call.func.value) == "super"
    given = {keyword.arg for keyword in call.keywords}
    return (
        call.func.attr == "save"
        and not call.args
        and not is_super
        and given <= {"update_fields", "force_insert", "using"}
    )


def main() -> int:
    """See the module."""
    found = violations()
    print("\n".join(map(str, found)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
