"""The message catalogues: what is to be translated, what is missing, and the compiled files that Django reads.

    tools/messages.py check             list what the English catalogues lack (exit 1 if anything)
    tools/messages.py update [package…]  add what is missing with an empty msgstr, drop what is no longer used
    tools/messages.py compile           write the .mo files (at set-up; machines need no gettext)

Source strings are Chinese and stand in `gettext` calls of Python files and in `trans` and `blocktrans` of templates.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "tiantou"
#: Names of the calls, with how many arguments are the context (first) and how many the text after it.
CALLS = {
    **dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop", "_", "_lazy"), (0, 1)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (0, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (1, 1)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (1, 2)),
}

#: A message's identity: context and text (or the pair of singular and plural).
Key = tuple[str | None, str | tuple[str, ...]]


def packages() -> list[Path]:
    """Every package that may have a catalogue."""
    return sorted(folder for folder in PACKAGES.iterdir() if (folder / "__init__.py").exists())


def po(package: Path) -> Path:
    """Where the English catalogue of a package stands."""
    return package / "locale/en/LC_MESSAGES/django.po"


def used(package: Path) -> dict[Key, list[str]]:
    """Every message of the package's Python files and templates, with the files that use it."""
    if not settings.configured:
        settings.configure()
    found: dict[Key, list[str]] = {}
    for path in _sources(package):
        text = path.read_text(encoding="utf-8")
        code = text if path.suffix == ".py" else _calls_of(text, path)
        name = path.relative_to(ROOT).as_posix()
        for key in _messages(code):
            where = found.setdefault(key, [])
            if name not in where:
                where.append(name)
    return found


def _sources(package: Path) -> Iterator[Path]:
    for path in sorted(package.rglob("*")):
        if path.suffix in {".py", ".html", ".txt"} and not {"migrations", "__pycache__", "static"} & set(path.parts):
            yield path


def _calls_of(template: str, path: Path) -> str:
    """The template's messages as Python calls; what is not a message is blotted out by Django, so lines stand alone."""
    return "\n".join(line.strip() for line in templatize(template, origin=str(path)).splitlines())


def _messages(code: str) -> Iterator[Key]:
    for _, name, given, _ in extract_python(BytesIO(code.encode()), dict.fromkeys(CALLS), [], {"encoding": "utf-8"}):
        arguments: tuple[Any, ...] = given if isinstance(given, tuple) else (given,)
        contexts, texts = CALLS[str(name)]
        words = arguments[contexts : contexts + texts]
        if len(words) == texts and all(words):  # what is not a literal is None and cannot be translated
            yield arguments[0] if contexts else None, words[0] if texts == 1 else words


def catalogue(package: Path) -> Catalog:
    """The English catalogue of a package; an empty one where there is none."""
    path = po(package)
    if not path.exists():
        return Catalog(locale="en", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="en")


def key_of(message: Message) -> Key:
    """The identity of a catalogue's message."""
    return message.context, message.id if isinstance(message.id, str) else tuple(message.id)


def faults(package: Path) -> list[str]:
    """What is wrong with the English catalogue of a package: missing, empty, fuzzy, unused, or with other placeholders."""
    wanted, known = used(package), {key_of(message): message for message in catalogue(package) if message.id}
    lines = [f"{package.name}: missing: {_show(key)} ({wanted[key][0]})" for key in wanted if key not in known]
    for key, message in known.items():
        if key not in wanted:
            lines.append(f"{package.name}: no longer used: {_show(key)}")
        elif not _translated(message):
            lines.append(f"{package.name}: empty: {_show(key)}")
        elif message.fuzzy:
            lines.append(f"{package.name}: fuzzy: {_show(key)}")
        else:
            lines += [f"{package.name}: {_show(key)}: {error}" for error in message.check(Catalog(locale="en"))]
    return lines


def _translated(message: Message) -> bool:
    return bool(message.string) and all(message.string if isinstance(message.string, tuple) else (message.string,))


def _show(key: Key) -> str:
    return key[1] if isinstance(key[1], str) else " / ".join(key[1])


def update(package: Path) -> int:
    """The catalogue names exactly what is used; translations are kept. Returns how many messages are still empty."""
    wanted = used(package)
    if not wanted and not po(package).exists():
        return 0
    old = {key_of(message): message for message in catalogue(package) if message.id}
    fresh = Catalog(locale="en", project="tiantou", charset="utf-8", fuzzy=False)
    for key, where in wanted.items():
        before = old.get(key)
        text: Any = before.string if before is not None else ("" if isinstance(key[1], str) else ("", ""))
        fresh.add(
            key[1],
            text,
            locations=[(name, 0) for name in where],
            context=key[0],
            flags=set(before.flags if before else ()),
        )
    path = po(package)
    path.parent.mkdir(parents=True, exist_ok=True)
    out = BytesIO()
    write_po(out, fresh, width=0, omit_header=True, include_lineno=False)
    head = b'msgid ""\nmsgstr ""\n"Language: en\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    path.write_bytes(head + out.getvalue().strip() + b"\n")
    return sum(not _translated(message) for message in fresh if message.id)


def compile_all() -> int:
    """Every .mo file is as new as its .po file. Returns how many were written."""
    written = 0
    for package in packages():
        source, target = po(package), po(package).with_suffix(".mo")
        if not source.exists() or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
            continue
        part = target.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            write_mo(file, catalogue(package))
        part.replace(target)  # whole or not at all: another process may be reading
        written += 1
    return written


def main(arguments: list[str]) -> int:
    """Do what the command line asks; the exit status."""
    command, names = (arguments or ["check"])[0], set(arguments[1:])
    chosen: Iterable[Path] = [package for package in packages() if not names or package.name in names]
    if command == "check":
        lines = [line for package in chosen for line in faults(package)]
        print("\n".join(lines) or "the catalogues are complete")
        return 1 if lines else 0
    if command == "update":
        for package in chosen:
            empty = update(package)
            print(f"{package.name}: {empty} to translate") if empty else None
        return 0
    if command == "compile":
        print(f"{compile_all()} catalogues compiled")
        return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
