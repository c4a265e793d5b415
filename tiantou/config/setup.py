"""What `serve` does before it serves: schema, static files, region pack, demonstration. Each step is quick the second time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM

Say = Callable[[str], object]

#: Number of the advisory lock under which one process at a time changes the schema or loads a region.
_SETUP_LOCK = 4_701_016_909


def prepare(*, demo: bool, say: Say) -> None:
    """The database schema is current, static files are collected, the region (and with `demo` the demonstration) is loaded."""
    _collect_static(say)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_SETUP_LOCK])
        try:
            call_command("migrate", verbosity=0)
            call_command("createcachetable", verbosity=0)
            load_region(say)
            if demo:
                load_demonstration(say)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_SETUP_LOCK])


def load_region(say: Say) -> None:
    """The region pack `TIANTOU_REGION` is loaded; nothing happens where it was."""
    from tiantou.areas.models import Area
    from tiantou.config import regions

    if Area.objects.exists():
        return
    say(f"正在载入地区包 / loading region pack: {settings.REGION} …")
    with transaction.atomic():  # a half-loaded region would pass for a loaded one
        regions.load(settings.REGION, by=SYSTEM, at=clock.now())


def load_demonstration(say: Say) -> None:
    """The demonstration's cast and its first crate are there; nothing happens where any person is enrolled."""
    from tiantou.demo import story
    from tiantou.people.models import Person

    if Person.objects.exists():
        return
    say("正在演示数据里走完第一箱脐橙 / walking the first crate of oranges through the demonstration …")
    with transaction.atomic():  # told wholly or not at all
        story.tell()


def welcome(address: str, *, demo: bool) -> str:
    """The lines that `serve` prints when the address answers."""
    lines = ["", f"田头 Tiantou  {address}", f"数据 data    {settings.DATA}"]
    if demo:
        from tiantou.demo import cast

        lines += ["", "三个演示登录 three demonstration logins（手机号 phone / 密码 password）:"]
        lines += [f"  {login.phone}  {cast.PASSWORD}  {login.who}" for login in cast.LOGINS]
    return "\n".join([*lines, "", "按 Ctrl-C 停止。Ctrl-C stops everything."])


def _collect_static(say: Say) -> None:
    """Static files lie compressed in the data folder; collected anew only when a source changed."""
    stamp = settings.DATA / "static.stamp"
    mark = _fingerprint([Path(settings.PACKAGE), *(Path(folder) for _, folder in settings.STATICFILES_DIRS)])
    if stamp.exists() and stamp.read_text() == mark:
        return
    say("正在准备静态文件 / collecting static files …")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(mark)


def _fingerprint(folders: list[Path]) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".css", ".js", ".svg", ".png", ".woff2", ".webmanifest", ".html"}:
                state = path.stat()
                digest.update(f"{path}:{state.st_size}:{state.st_mtime_ns}".encode())
    return digest.hexdigest()
