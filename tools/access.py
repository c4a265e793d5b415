"""Who may open what: every page and API operation with its declared access, as a table that a person reviews.

tools/access.py write   write tests/architecture/access.yaml anew from the code; read the difference before committing it
tools/access.py check   list what differs (exit 1 if anything); tests/architecture/test_access.py does the same
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "tests/architecture/access.yaml"
_HEAD = """\
# Who may open what: the reviewed table. Written by `tools/access.py write` from the declared accesses; a change here is a change
# of who may do what, so read the difference before committing it. `everybody` includes strangers; `signed in` is every role.
"""


@dataclass(frozen=True, slots=True)
class Door:
    """One page or API operation. `access` is None where none is declared."""

    name: str
    route: str
    access: Any
    view: Any


def doors() -> Iterator[Door]:
    """Every URL of the platform: pages, health and sign-in from the resolver, API operations from their routers."""
    from django.urls import get_resolver

    yield from _patterns(get_resolver().url_patterns, "", "")
    yield from operations()


def operations() -> Iterator[Door]:
    """Every API operation; one whose `auth` is missing or not ours has no access."""
    from tiantou.config.api import API
    from tiantou.kernel.rest import Admits

    for prefix, router in API._routers:  # noqa: SLF001 - ninja offers no other way to list its operations
        for path, view in router.path_operations.items():
            for operation in view.operations:
                auths = [auth for auth in operation.auth_callbacks if isinstance(auth, Admits)]
                access = auths[0].access if len(auths) == 1 and len(operation.auth_callbacks) == 1 else None
                access = None if access is not None and access.label == "undeclared" else access
                route = f"api/v1/{prefix.strip('/')}/{path.strip('/')}".rstrip("/")
                methods = " ".join(sorted(operation.methods))
                yield Door(f"api {methods} {route}", route, access, auths[0] if auths else None)


def table() -> dict[str, str]:
    """What each door's declaration says, by name: `everybody`, `signed in`, or the roles."""
    return {door.name: words(door.access) for door in sorted(doors(), key=lambda d: d.name) if door.access is not None}


def words(access: Any) -> str:
    """An access in words; the roles themselves, so that a role added to one of them shows as a difference."""
    from tiantou.kernel.access import SIGNED_IN

    if access.roles is None:
        return "everybody"
    if access.roles == SIGNED_IN.roles:
        return "signed in"
    return " ".join(sorted(access.roles)) or "nobody but the system"


def differences(declared: dict[str, str], reviewed: dict[str, str]) -> list[str]:
    """One sentence for each door that was added, dropped or changed since the table was reviewed."""
    found = []
    for name in sorted(declared.keys() | reviewed.keys()):
        now, then = declared.get(name), reviewed.get(name)
        if then is None:
            found.append(f"{name}: new, opens to {now}")
        elif now is None:
            found.append(f"{name}: in the table ({then}), but no longer in the code")
        elif now != then:
            found.append(f"{name}: opens to [{now}], reviewed was [{then}]")
    return found


def reviewed() -> dict[str, str]:
    """The table as committed."""
    stored = yaml.safe_load(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    return dict(stored or {})


def _patterns(patterns: list[Any], prefix: str, namespace: str) -> Iterator[Door]:
    from django.urls import URLResolver

    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = ":".join(part for part in (namespace, pattern.namespace) if part)
            yield from _patterns(pattern.url_patterns, route, inner)
        elif not (namespace == "api" and pattern.name not in {"openapi-json", "openapi-view", "api-root"}):
            name = ":".join(part for part in (namespace, pattern.name) if part) or route
            yield Door(name, route, getattr(pattern.callback, "access", None), pattern.callback)


def main(arguments: list[str]) -> int:
    """See the module."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tiantou.config.settings")
    import django

    django.setup()
    if arguments == ["write"]:
        TABLE.write_text(_HEAD + yaml.safe_dump(table(), allow_unicode=True, width=1000), encoding="utf-8")
        return 0
    if arguments == ["check"]:
        found = differences(table(), reviewed())
        print("\n".join(found))
        return 1 if found else 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(sys.argv[1:]))
