"""The `tiantou` command, for the people who operate the platform."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help="田头 Tiantou: operate a region's platform.")


def _data() -> Path:
    root = Path(__file__).resolve().parent.parent.parent
    return Path(os.environ.get("TIANTOU_DATA") or root / "data").resolve()


def _connect() -> None:
    """Django is set up on the database of this installation (the embedded one is started where none is named)."""
    from tiantou.config import embedded

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tiantou.config.settings")
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = embedded.start(_data())
        os.environ["TIANTOU_EMBEDDED"] = "1"
    import django

    django.setup()


def _manage(*arguments: str) -> None:
    from django.core.management import call_command

    call_command(*arguments)


def _fail(message: str, code: int = 1) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(code)


@app.command()
def serve(
    port: Annotated[int, typer.Option(envvar="PORT", help="TCP port")] = 8000,
    host: Annotated[str, typer.Option(envvar="TIANTOU_HOST", help="address to listen on")] = "127.0.0.1",
    demo: Annotated[bool, typer.Option(help="load the demonstration region into an empty database")] = True,
) -> None:
    """Serve the platform: database, schema, region, web server and worker; Ctrl-C stops everything."""
    from tiantou.config import embedded
    from tiantou.config import serve as serving

    os.environ["PORT"] = str(port)
    data = _data()
    try:
        with serving.hold(data, port):
            serving.ensure_port_free(host, port)
            if demo:
                os.environ.setdefault("TIANTOU_DEMO", "1")
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
    _manage("procrastinate", "worker")


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


@app.command()
def demo() -> None:
    """Load the demonstration region (an invented cast on real geography) into this installation."""
    _connect()
    from tiantou.config import setup

    setup.load_demonstration(say=typer.echo)


def main() -> None:
    """Entry point of `.venv/bin/tiantou`."""
    app()


if __name__ == "__main__":
    sys.exit(app())
