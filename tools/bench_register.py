"""Measures the register at its full size: 30,000 parties from one workbook, 11,270 villages, searches and list pages.

    .venv/bin/python tools/bench_register.py            # own throw-away data folder
    TIANTOU_BENCH_ROWS=3000 .venv/bin/python tools/bench_register.py

Prints one line a figure with its limit, and ends with 1 where one is missed. CPU seconds are those of this process and of
the database's processes together; search times are wall time at the 95th percentile.
"""

from __future__ import annotations

import io
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROWS = int(os.environ.get("TIANTOU_BENCH_ROWS", "30000"))
FAULTS = 300
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
MISSED: list[str] = []


def main() -> int:
    """Set up an empty installation, measure, and say what was missed."""
    with tempfile.TemporaryDirectory(prefix="tiantou-bench-") as folder:
        os.environ["TIANTOU_DATA"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "tiantou.config.settings"
        from tiantou.config import embedded

        os.environ["DATABASE_URL"] = embedded.start(Path(folder))
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        settings.ALLOWED_HOSTS.append("testserver")
        settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        try:
            _measure(_villages())
        finally:
            embedded.stop(Path(folder))
    return 1 if MISSED else 0


def figure(name: str, value: float, limit: float, unit: str) -> None:
    """One measured figure beside its limit."""
    ok = value <= limit
    if not ok:
        MISSED.append(name)
    print(f"{'ok  ' if ok else 'MISS'} {name}: {value:.1f} {unit} (limit {limit:g})")


def _villages() -> list[str]:
    """The region's areas are loaded; returns the codes of its villages."""
    from django.conf import settings

    from tiantou.areas import services
    from tiantou.areas.models import Area, Level
    from tiantou.kernel import clock
    from tiantou.kernel.actor import SYSTEM

    services.load_region(by=SYSTEM, at=clock.now(), region=settings.REGION)
    codes = list(Area.objects.filter(level=Level.VILLAGE, ends=None).order_by("code").values_list("code", flat=True))
    print(f"     villages: {len(codes):,}")
    return codes


def _measure(villages: list[str]) -> None:
    from django.db import connection

    from tiantou.kernel import clock
    from tiantou.kernel.actor import Actor, Role
    from tiantou.registry.models import Batch, Party
    from tiantou.registry.services import import_sheet

    by = Actor(role=Role.CITY_OFFICER, person_id=1, name="示例")
    content, planted = workbook(villages)
    print(f"     workbook: {ROWS:,} rows, {len(content) / 1e6:.1f} MB, {len(planted)} planted errors")

    def take() -> Any:
        return import_sheet(
            by=by, at=clock.now(), register="party", kind="cooperative", file_name="bench.xlsx", content=content,
            dry_run=False, accept="good",
        )  # fmt: skip

    batch, cpu = timed(take)
    figure("import, CPU seconds", cpu, 60, "s")
    found = {(problem["row"], problem["field"]) for problem in batch.problems}
    figure("planted errors not reported", len(planted - found), 0, "errors")
    figure("errors reported that were not planted", len(found - planted), 0, "errors")
    for row, field in sorted(found - planted)[:5]:
        print(
            f"     row {row}, {field}:", [p["reason"] for p in batch.problems if (p["row"], p["field"]) == (row, field)]
        )
    figure("good rows not registered", abs(ROWS - len(planted) - Party.objects.count()), 0, "rows")
    before = Party.objects.order_by("pk").values_list("version", flat=True)[:ROWS]
    again, cpu = timed(take)
    figure(
        "re-import, rows changed", again.created + again.amended + sum(version != 1 for version in before), 0, "rows"
    )
    figure("re-import, CPU seconds", cpu, 60, "s")
    Batch.objects.all().delete()
    Party.objects.update(status="confirmed")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    _search(by)
    _lists()


def workbook(villages: list[str]) -> tuple[bytes, set[tuple[int, str]]]:
    """The sheet as somebody would fill in the template, and where the planted errors are."""
    from openpyxl import Workbook
    from stdnum.cn.uscc import calc_check_digit

    chance = random.Random(2016)  # noqa: S311 - reproducible, not secret
    goods = ["脐橙", "榨菜", "茶叶", "柠檬", "花椒", "李子", "蔬菜", "生猪", "中药材", "水产"]
    names = [
        "code",
        "name",
        "area",
        "level",
        "products",
        "members",
        "land_mu",
        "online",
        "annual_sales_fen",
        "contact",
        "phone",
    ]
    book = Workbook(write_only=True)
    sheet = book.create_sheet("合作社")
    from tiantou.registry.kinds import kind

    titles = {field.name: field.label for field in kind("party", "cooperative").all_fields}
    sheet.append([f"{titles[name]['zh']}\n{titles[name]['en']}" for name in names])
    sheet.append(names)
    faulty = set(chance.sample(range(1, ROWS), min(FAULTS, ROWS // 10)))
    planted = set()
    first = ""
    for n in range(ROWS):
        body = f"91500236MA{n:07d}"
        good = chance.choice(goods)
        row: dict[str, Any] = {
            "code": body + calc_check_digit(body), "name": f"示例{good}第{n}农民专业合作社", "area": chance.choice(villages),
            "level": chance.choice(["国家级", "市级", "区县级", ""]), "products": good, "members": chance.randint(5, 400),
            "land_mu": chance.randint(10, 9000) / 10, "online": chance.choice(["是", "否"]),
            "annual_sales_fen": chance.randint(1000, 90000000) / 100, "contact": "示例联系人", "phone": f"138{n:08d}",
        }  # fmt: skip
        first = first or row["code"]
        if n in faulty:
            planted.add((n + 3, _plant(row, n % 10, first)))
        sheet.append([row[name] for name in names])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), planted


def _plant(row: dict[str, Any], which: int, first: str) -> str:
    """One error in a row; returns the field."""
    wrong: list[tuple[str, Any]] = [
        ("code", row["code"][:-1] + ("0" if row["code"][-1] != "0" else "1")), ("code", row["code"][:9]), ("name", ""),
        ("area", "509999"), ("area", "500228"), ("level", "世界级"), ("members", "若干"), ("phone", "12345"),
        ("annual_sales_fen", "1.234"), ("code", first),
    ]  # fmt: skip
    field, value = wrong[which]
    row[field] = value
    return field


def _search(by: Any) -> None:
    from tiantou.areas import queries as areas
    from tiantou.kernel.actor import STRANGER
    from tiantou.registry import queries

    words = ["脐橙", "榨菜", "合作社", "qicheng", "zhacai", "sl", "slqc", "第123", "示例茶叶第77农民专业合作社", "91500236MA0000123",
             "橙", "hezuoshe", "农民", "huajiao", "没有的名字", "zzzz", "第29999", "nmzyhzs", "中药", "示例"]  # fmt: skip
    for who in (by, STRANGER):
        times = []
        for word in words * 5:
            begin = time.perf_counter()
            queries.find("party", word, who)
            times.append((time.perf_counter() - begin) * 1000)
        figure(f"search of parties, p95 ({who.role})", percentile(times), 20, "ms")
    places = ["奉节", "草堂", "fengjie", "ct", "白帝", "wulong", "村", "yongchuan", "500236", "新民"]
    times = []
    for word in places * 10:
        begin = time.perf_counter()
        areas.find(word, limit=20)
        times.append((time.perf_counter() - begin) * 1000)
    figure("search of villages, p95", percentile(times), 20, "ms")


def _lists() -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tiantou.registry.models import Party

    client = Client()
    pages = [
        "",
        "?page=300",
        "?q=脐橙",
        "?q=hezuoshe",
        "?district=500236",
        "?level=municipal&sort=new",
        "?q=合作社&page=9",
    ]
    for tail in pages:
        path = "/register/party/cooperative/" + tail
        figure(f"list page {tail or '(first)'}, faults", abs(client.get(path).status_code - 200), 0, "")
        _response, cpu = timed(lambda path=path: [client.get(path) for _ in range(20)])
        figure(f"list page {tail or '(first)'}, CPU-ms with the database", cpu * 50, 40, "ms")
    with CaptureQueriesContext(connection) as many:
        client.get("/register/party/cooperative/")
    Party.objects.filter(pk__in=list(Party.objects.values_list("pk", flat=True)[10:])).update(kind="association")
    with CaptureQueriesContext(connection) as few:
        client.get("/register/party/cooperative/")
    figure("list page, queries", len(many), 10, "queries")
    figure("list page, queries more at full size than with 10 rows", abs(len(many) - len(few)), 0, "queries")


def timed(act: Any) -> tuple[Any, float]:
    """What came of `act`, and the CPU seconds that this process and the database's spent on it."""
    begin = cpu_seconds()
    result = act()
    return result, cpu_seconds() - begin


def cpu_seconds() -> float:
    """CPU of this process and of every process of the embedded database that lives in the bench's folder."""
    import psutil

    usage = resource.getrusage(resource.RUSAGE_SELF)
    total = usage.ru_utime + usage.ru_stime
    pid_file = Path(os.environ["TIANTOU_DATA"]) / "pg" / "postmaster.pid"
    postmaster = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
    for process in [postmaster, *postmaster.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def percentile(times: list[float], share: float = 0.95) -> float:
    """The value below which `share` of the times lie."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


if __name__ == "__main__":
    sys.exit(main())
