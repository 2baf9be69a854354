"""``triage poll`` reads the mailboxes once; ``triage work`` goes on reading them."""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Console

from triage.app import App, shared_parser, utc_now
from triage.cli.loading import ConfigOption, JsonOption
from triage.cli.progress import CountingBar, ReadingBars
from triage.logs import configure_logs
from triage.services.deliver import deliver_due
from triage.services.lease_holder import worker_name
from triage.services.poll import MailboxJob, PollReport, poll_mailbox
from triage.services.practice import Practice
from triage.services.progress import Progressing, Tell, Together, kept_in, logged
from triage.services.read_folder import Parse, Tools, Watcher
from triage.services.reading_order import Pace
from triage.services.search_index import index_all
from triage.services.sweep import sweep
from triage.services.watch import run_worker
from triage.supervisor import stop_on_signals, stop_with_parent

#: Connections at once; more mailboxes wait for one another.
_AT_ONCE = 4


def poll(
    config: ConfigOption = None,
    *,
    once: Annotated[bool, typer.Option("--once", help="Read what is new and leave.")] = False,
    mailbox: Annotated[
        list[str] | None, typer.Option("--mailbox", help="Only this mailbox; may be repeated.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read what is new in all mailboxes.

    Without --once it goes on like `triage work`. Leaves with status 1 when a mailbox could not be
    read; the others are read all the same.
    """
    if not once:
        work(config)
        return
    configure_logs()
    app = App.open(config)
    jobs = [replace(job, pace=Pace.unhurried()) for job in app.jobs() if not mailbox or job.name in mailbox]
    if unknown := sorted(set(mailbox or ()) - {job.name for job in app.jobs()}):
        raise typer.BadParameter(f"the configuration has no mailbox {', '.join(unknown)}")
    with CountingBar("Deriving anew") as bar:
        practice = app.prepare(advance=bar.advance)
    with ReadingBars() as bars, shared_parser() as parse:
        watcher = Together(bars, Progressing(utc_now, kept_in(app.database), *_lines()))
        started_at = utc_now()
        tools = _tools(app, practice, parse, watcher)
        with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="poll") as threads:
            reports = list(threads.map(lambda job: poll_mailbox(job, tools), jobs))
        seconds = (utc_now() - started_at).total_seconds()
    sweep(app.database, practice, now=utc_now())
    deliver_due(app.database, app.channels(), now=utc_now)
    with CountingBar("Indexing for search") as bar:
        index_all(app.database, advance=bar.advance)
    app.database.close()
    _show(reports, jobs, seconds, as_json=as_json)
    if any(report.error for report in reports):
        raise typer.Exit(1)


def work(config: ConfigOption = None) -> None:
    """Watch the mailboxes, the clocks and the outbox until stopped."""
    configure_logs()
    app = App.open(config)
    stop = threading.Event()
    stop_on_signals(stop)
    stop_with_parent(stop.set)
    practice = app.prepare()
    with shared_parser() as parse:
        tools = _tools(app, practice, parse, Progressing(utc_now, kept_in(app.database), logged))
        run_worker(
            app.jobs(), tools, app.channels(), app.models, stop, reread=app.practice, canary=app.canary()
        )
    app.database.close()


def _tools(app: App, practice: Practice, parse: Parse, watcher: Watcher) -> Tools:
    return Tools(
        database=app.database,
        practice=practice,
        parse=parse,
        owner=worker_name(),
        clock=utc_now,
        watcher=watcher,
    )


def _lines() -> tuple[Tell, ...]:
    """Return what says in plain lines how reading goes where no bars can."""
    return () if sys.stderr.isatty() else (lambda progress: typer.echo(progress.line(), err=True),)


def _total(report: PollReport) -> int:
    return report.ingested.stored + report.ingested.known + report.ingested.not_read


def _show(reports: list[PollReport], jobs: list[MailboxJob], seconds: float, *, as_json: bool) -> None:
    if as_json:
        typer.echo(
            json.dumps(
                [
                    {
                        "mailbox": report.mailbox,
                        "new": report.ingested.stored,
                        "known": report.ingested.known,
                        "not_read": report.ingested.not_read,
                        "total": _total(report),
                        "per_second": round(_total(report) / seconds, 1) if seconds else None,
                        "error": str(report.error) if report.error else None,
                    }
                    for report in reports
                ]
            )
        )
        return
    if not jobs:
        typer.echo("No mailbox is configured. Add one under `mailboxes` in the configuration.")
    console = Console(highlight=False, soft_wrap=True)
    for report in reports:
        done = report.ingested
        line = f"{report.mailbox}: {done.stored} new, {done.known} seen before, {done.not_read} not read"
        console.print(line, markup=False)
        if report.error:
            console.print(f"  {report.error}", style="red", markup=False)
