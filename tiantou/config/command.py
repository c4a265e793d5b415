"""The `tiantou` command, for the people who operate the platform."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="田头 Tiantou: operate a region's platform.",
)

evidence = typer.Typer(no_args_is_help=True, help="The log that proves what the trace journal said, and since when.")
app.add_typer(evidence, name="evidence")


def _data() -> Path:
    root = Path(__file__).resolve().parent.parent.parent
    return Path(os.environ.get("TIANTOU_DATA") or root / "data").resolve()


def _connect() -> None:
    """Django is set up on the database of this installation (the embedded one is started where none is named)."""
    from tiantou.config import trial

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tiantou.config.settings")
    _start_database()
    trial.tell_settings(_data())
    import django

    django.setup()


def _start_database() -> str:
    from tiantou.config import embedded

    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = embedded.start(_data())
        os.environ["TIANTOU_EMBEDDED"] = "1"
    return os.environ["DATABASE_URL"]


def _in_use() -> None:
    """A folder that was used for something before the first `serve` is in real use from then on."""
    from tiantou.config import trial

    trial.settle(_data(), wanted=trial.remembered(_data()) is trial.Use.DEMONSTRATION, somebody_there=lambda: True)


def _manage(*arguments: str) -> None:
    from django.core.management import call_command

    call_command(*arguments)


def _fail(message: str, code: int = 1) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


@contextlib.contextmanager
def _refusals_told() -> Iterator[None]:
    """A refusal ends the command with its sentences on stderr, and status 1."""
    from django.db import ProgrammingError

    from tiantou.config.operator import told
    from tiantou.kernel.errors import Refused

    try:
        yield
    except Refused as refusal:
        problems = [asdict(problem) for problem in refusal.problems]
        _fail("\n".join([f"{refusal.reason} {refusal.remedy}".rstrip(), *told(problems)]))
    except ProgrammingError as fault:
        _fail(f"{fault}\nThe schema is not current: run tiantou migrate (or serve) first.")


@app.command()
def serve(
    port: Annotated[int, typer.Option(envvar="PORT", help="TCP port")] = 8000,
    host: Annotated[str, typer.Option(envvar="TIANTOU_HOST", help="address to listen on")] = "127.0.0.1",
    demo: Annotated[
        bool,
        typer.Option(envvar="TIANTOU_DEMO", help="make an empty folder the demonstration; in use, it stays as it is"),
    ] = True,
) -> None:
    """Serve the platform: database, schema, region, web server and worker; Ctrl-C stops everything."""
    from tiantou.config import embedded, trial
    from tiantou.config import serve as serving

    os.environ["PORT"] = str(port)
    data = _data()
    try:
        with serving.hold(data, port):
            serving.ensure_port_free(host, port)
            url = _start_database()
            use = trial.settle(data, wanted=demo, somebody_there=lambda: trial.somebody_enrolled(url))
            demo = use is trial.Use.DEMONSTRATION
            _connect()
            _prepare(demo=demo)
            serving.Supervisor(data, host, port, announce=lambda: _announce(port, demo=demo)).run()
            if "TIANTOU_EMBEDDED" in os.environ:
                embedded.stop(data)
            typer.echo("已停止。Stopped.")
    except serving.AlreadyServing as other:
        _fail(
            f"这个数据文件夹已经有田头在运行（{other}）；什么都没有改动。\nAlready serving {data} ({other}). Nothing was touched.\n"
            "要另开一个，请换数据文件夹和端口 / For a second one: TIANTOU_DATA=<folder> PORT=<port> make run"
        )
    except trial.IsDemonstration:
        _fail(
            f"{data} 里是演示数据，口令人人知道，不能正式使用。\n{data} holds the demonstration, whose password everybody knows.\n"
            "请换一个空文件夹 / Use an empty folder: TIANTOU_DATA=<folder> tiantou serve --no-demo"
        )
    except serving.PortTaken:
        _fail(f"端口 {port} 已被占用。Port {port} is taken. Try: PORT={port + 1} make run")


def _prepare(*, demo: bool) -> None:
    """Schema, static files, region pack and demonstration are there; each step is quick where it was done before."""
    from tiantou.config import setup

    setup.prepare(demo=demo, say=typer.echo)


def _announce(port: int, *, demo: bool) -> None:
    from tiantou.config import setup

    typer.echo(setup.welcome(f"http://localhost:{port}/", demo=demo))


@app.command()
def migrate() -> None:
    """Bring the database schema up to date."""
    _connect()
    _manage("migrate")


@app.command()
def worker() -> None:
    """Run background work until stopped (serve starts one)."""
    _connect()
    # Several at once: a slow receiver or the nightly look through the log holds nothing else up.
    _manage("procrastinate", "worker", "--concurrency", "4", "--shutdown-graceful-timeout", "10")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def django(context: typer.Context) -> None:
    """Run one of Django's own management commands on this installation."""
    _connect()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["tiantou", *context.args])


@app.command()
def backup(target: Annotated[Path, typer.Argument(help="file to write, for example tiantou-2026-11-24.tar")]) -> None:
    """Write database, files, lake and keys into one file, with checksums of every table and file."""
    _connect()
    from tiantou.config import backups

    try:
        summary = backups.backup(target)
    except FileExistsError:
        _fail(f"{target} exists already; a backup never overwrites.")
        return
    typer.echo(
        f"{target}: {summary.tables} tables, {summary.rows:,} rows, {summary.files} files. Keep it as safe as the keys it holds."
    )


@app.command()
def restore(source: Annotated[Path, typer.Argument(help="file written by backup", exists=True)]) -> None:
    """Bring a backup back into an empty data folder, and prove it by the checksum of every table."""
    from tiantou.config import backups

    try:
        backups.unpack(source, _data())
        _connect()
        summary = backups.restore_database(_data())
    except backups.Damaged as fault:
        _fail(f"{source} is not a whole backup: {fault}. Nothing was restored.")
        return
    except backups.NotEmpty as fault:
        _fail(f"{fault}. Restore into an empty folder: TIANTOU_DATA=<new folder> tiantou restore {source}")
        return
    typer.echo(
        f"Restored and verified: {summary.tables} tables, {summary.rows:,} rows, {summary.files} files, all checksums equal."
    )


@app.command()
def doctor() -> None:
    """Check fonts, database, disk, clock and settings, and say how to mend each."""
    from tiantou.config import doctor as examination

    findings = examination.examine(_data(), _connect)
    for finding in findings:
        typer.echo(
            f"{'ok ' if finding.ok else 'BAD'} {finding.what}: {finding.found}"
            + ("" if finding.ok else f"\n    -> {finding.remedy}")
        )
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@app.command("import")
def import_(
    what: Annotated[
        str, typer.Argument(metavar="REGISTER/KIND|orders", help="for example party/cooperative, or orders")
    ],
    rest: Annotated[
        list[str], typer.Argument(metavar="[PLATFORM] FILE", help="the file; for orders, the platform first")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would happen")] = False,
    all_or_nothing: Annotated[bool, typer.Option("--all-or-nothing", help="take no row where one is faulty")] = False,
) -> None:
    """Take a sheet into the register, or a platform's orders into the statistics; faults are listed by row and column."""
    names = ["PLATFORM", "FILE"] if what == "orders" else ["FILE"]
    if len(rest) != len(names):
        _fail(f"Usage: tiantou import {what} {' '.join(names)}", code=2)
    file = Path(rest[-1])
    if not file.is_file():
        _fail(f"{file} is no file.", code=2)
    _connect()
    _in_use()
    with _refusals_told():
        if what == "orders":
            _import_orders(rest[0], file)
        else:
            _import_sheet(what, file, dry_run=dry_run, all_or_nothing=all_or_nothing)


def _import_sheet(what: str, file: Path, *, dry_run: bool, all_or_nothing: bool) -> None:
    from tiantou.config import operator

    batch = operator.take_in(what, file, dry_run=dry_run, all_or_nothing=all_or_nothing)
    for line in operator.told(batch.problems):
        typer.echo(line, err=True)
    typer.echo(
        f"{'dry run, nothing taken: ' if dry_run else ''}{batch.total} rows: {batch.created} new, {batch.amended} changed, "
        f"{batch.same} the same, {batch.faulty} refused"
    )
    if batch.faulty:
        raise typer.Exit(1)


def _import_orders(platform: str, file: Path) -> None:
    from tiantou.config import operator

    receipt = operator.take_in_orders(platform, file)
    typer.echo(
        f"receipt {receipt.pk}, {receipt.status}: {receipt.rows_read} rows, {receipt.new_lines} new lines of {receipt.orders} orders, "
        f"{receipt.repeated_lines} known already, {receipt.duplicate_rows} twice in the file, {receipt.rejected_rows} refused"
    )
    if receipt.rejected_rows:
        raise typer.Exit(1)


@app.command()
def export(
    what: Annotated[str, typer.Argument(metavar="REGISTER/KIND", help="for example party/cooperative")],
    file: Annotated[Path, typer.Argument(help="file to write, ending in .xlsx or .csv")],
) -> None:
    """Write every record of a kind as Excel or CSV; never overwrites."""
    _connect()
    from tiantou.config import operator

    with _refusals_told():
        try:
            count = operator.hand_out(what, file)
        except FileExistsError:
            _fail(f"{file} exists already; export never overwrites.")
    typer.echo(f"{file}: {count:,} records")


@app.command()
def mission() -> None:
    """Say what of the opinion is served, tracked and not yet served, article by article."""
    _connect()
    from django.utils import translation

    from tiantou.config import operator

    with translation.override("en"):
        for line in operator.mission():
            typer.echo(line)


@app.command()
def token(
    role: Annotated[str, typer.Argument(help="for example district_officer, buyer, farmer")],
    party: Annotated[str, typer.Option(help="code of the party the service acts for")] = "",
    site: Annotated[str, typer.Option(help="code of the station or market")] = "",
    area: Annotated[str, typer.Option(help="code of the area an officer answers for")] = "",
    label: Annotated[str, typer.Option(help="what the token is for")] = "",
    days: Annotated[int, typer.Option(help="how long it is valid")] = 90,
) -> None:
    """Print an API token for a role, once; stdout is the token alone."""
    from tiantou.kernel.actor import Role

    given = set(Role) - {Role.STRANGER, Role.SYSTEM}
    if role not in given:
        _fail(f"{role} is no role. Roles: {', '.join(sorted(given))}", code=2)
    _connect()
    _in_use()
    from tiantou.config import operator

    with _refusals_told():
        made = operator.issue_token(Role(role), party=party, site=site, area=area, label=label, days=days)
    typer.echo(
        f"{role}, valid until {made.expires_at:%Y-%m-%d}. Shown this once; only its hash is kept.\n"
        "Send it as: Authorization: Bearer <token>",
        err=True,
    )
    typer.echo(made.plain)


@evidence.command("append")
def evidence_append() -> None:
    """Put every event into the log that is not in it yet (the worker does so every few seconds)."""
    _connect()
    from tiantou.config import operator

    with _refusals_told():
        typer.echo(f"{operator.evidence_append():,} events added to the log")


@evidence.command("checkpoint")
def evidence_checkpoint() -> None:
    """Log everything and sign a checkpoint now (the worker does so every hour); stdout is the signed note."""
    _connect()
    from tiantou.config import operator

    with _refusals_told():
        typer.echo(operator.evidence_checkpoint().note, nl=False)


@evidence.command("check")
def evidence_check() -> None:
    """Compute the whole log anew from the journal and compare it with every checkpoint; faults are named, and exit is 1."""
    _connect()
    from tiantou.config import operator

    with _refusals_told():
        lines = list(operator.evidence_check())
    for line in lines:
        typer.echo(line)
    if lines:
        raise typer.Exit(1)
    typer.echo("the log agrees with the journal and with every checkpoint")


@evidence.command("rotate-key")
def evidence_rotate_key(
    name: Annotated[
        str, typer.Option(help="a new name of the log, only after a restore that took back what was signed")
    ] = "",
) -> None:
    """Make a new signing key; the old ones stay to check what they signed. Publish the printed key."""
    _connect()
    from tiantou.config import operator

    with _refusals_told():
        typer.echo(operator.evidence_rotate_key(name))


@evidence.command("erase")
def evidence_erase(
    event_id: Annotated[str, typer.Argument(help="the event's identifier, ni:///sha-256;…")],
    ground: Annotated[str, typer.Option(help="request, expired, withdrawn, unlawful or ordered")],
) -> None:
    """Erase the personal facts and the salt of an event for ever; every proof stays valid, and a leaf tells that it was done."""
    _connect()
    from tiantou.config import operator

    with _refusals_told():
        typer.echo(f"erased; leaf {operator.evidence_erase(event_id, ground)} of the log says so")


@app.command()
def demo() -> None:
    """Load the demonstration region (an invented cast on real geography) into an installation that is not in use."""
    from tiantou.config import trial

    url = _start_database()
    if trial.settle(_data(), wanted=True, somebody_there=lambda: trial.somebody_enrolled(url)) is trial.Use.OPERATION:
        _fail(f"{_data()} is in real use and never becomes a demonstration. Use an empty folder: TIANTOU_DATA=<folder>")
    _connect()
    _prepare(demo=True)


def main() -> None:
    """Entry point of `.venv/bin/tiantou`."""
    app()


if __name__ == "__main__":
    sys.exit(app())
