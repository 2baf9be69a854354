"""``triage audit``: compare every message with the server, and say what is missing."""

import json
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from triage.app import App, shared_parser, utc_now
from triage.cli.loading import ConfigOption, JsonOption
from triage.cli.progress import ReadingBars
from triage.core.audit_level import AuditLevel
from triage.core.canary import CanaryReport
from triage.logs import configure_logs
from triage.services.audit import MailboxAudit, Phantom, audit_mailbox, phantoms
from triage.services.canary import test_mail_report
from triage.services.lease_holder import worker_name
from triage.services.read_folder import Tools

#: Connections at once; more mailboxes wait for one another.
_AT_ONCE = 4
_NO_ACCOUNT = "no customer"


def audit(
    config: ConfigOption = None,
    *,
    mailbox: Annotated[
        list[str] | None, typer.Option("--mailbox", help="Only this mailbox; may be repeated.")
    ] = None,
    level: Annotated[
        list[AuditLevel] | None,
        typer.Option(
            "--level",
            help="recent: the newest 20,000 UIDs; all: every UID (the default); content: one message in a "
            "hundred is fetched again; parents: no server is asked. May be repeated.",
        ),
    ] = None,
    list_phantoms: Annotated[
        bool, typer.Option("--phantoms", help="List mails that others answer and that were never seen.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare the messages of all watched folders with the server, and fetch what is missing.

    `triage run` does all of it by itself: recent ones every 15 minutes, all every day, contents every week.

    Leaves with status 1 when a difference stays unexplained or a mailbox could not be compared.
    """
    configure_logs()
    app = App.open(config)
    # A misspelt name must not look like a proof.
    if unknown := sorted(set(mailbox or ()) - {job.name for job in app.jobs()}):
        raise typer.BadParameter(f"the configuration has no mailbox {', '.join(unknown)}")
    jobs = [job for job in app.jobs() if not mailbox or job.name in mailbox]
    levels = level or [AuditLevel.ALL]
    on_server = [one for one in levels if one is not AuditLevel.PARENTS]
    list_phantoms = list_phantoms or AuditLevel.PARENTS in levels
    practice = app.prepare()
    with ReadingBars() as bars, shared_parser() as parse:
        tools = Tools(
            database=app.database,
            practice=practice,
            parse=parse,
            owner=worker_name(),
            clock=utc_now,
            watcher=bars,
        )
        with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="audit") as threads:
            audits = list(
                threads.map(
                    lambda job: audit_mailbox(job, tools, levels=on_server), jobs if on_server else ()
                )
            )
    unseen = phantoms(app.database, clock=utc_now)
    canary = test_mail_report(app.database, now=utc_now())
    app.database.close()
    if as_json:
        typer.echo(
            json.dumps(
                _document(audits, unseen if list_phantoms else (), _by_account(unseen), canary), indent=2
            )
        )
    else:
        _print(audits, unseen, list_phantoms=list_phantoms)
        if canary is not None:
            style = "" if canary.is_well else "red"
            Console(highlight=False, soft_wrap=True).print(canary.sentence, style=style, markup=False)
        if not jobs:
            typer.echo("No mailbox is configured. Add one under `mailboxes` in the configuration.")
    if not all(one.is_proven for one in audits):
        raise typer.Exit(1)


def _document(
    audits: Sequence[MailboxAudit],
    unseen: Sequence[Phantom],
    counts: dict[str, int],
    canary: CanaryReport | None,
) -> dict[str, Any]:
    return {
        "mailboxes": [
            {
                "mailbox": one.mailbox,
                "proven": one.is_proven,
                "worker_reads": one.worker_reads,
                "error": str(one.error) if one.error else None,
                "folders": [
                    {"folder": folder.folder, "level": folder.level.value, **asdict(folder.figures())}
                    for folder in one.folders
                ],
            }
            for one in audits
        ],
        "canary": None
        if canary is None
        else {
            "mailbox": canary.mailbox,
            "state": canary.state.value,
            "round_trip_seconds": canary.round_trip_seconds,
            "sentence": canary.sentence,
        },
        "phantom_parents": counts,
        "phantoms": [
            {
                "account": one.account,
                "message_id": one.header_id,
                "thread_id": one.thread_id,
                "mentions": one.mentions,
                "last_at": one.last_at.isoformat(),
            }
            for one in unseen
        ],
    }


def _print(audits: Sequence[MailboxAudit], unseen: Sequence[Phantom], *, list_phantoms: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    table = Table("Mailbox", "Folder", "Compared")
    for heading in ("On the server", "Here", "Missing found", "Left the server", "Unexplained"):
        table.add_column(heading, justify="right")
    for one in audits:
        for folder in one.folders:
            numbers = (
                folder.server_messages,
                folder.here_messages,
                folder.missing,
                folder.departed,
                folder.unexplained,
            )
            table.add_row(
                folder.mailbox, folder.folder, folder.level.value, *(f"{number:,}" for number in numbers)
            )
    if table.rows:
        console.print(table)
    for one in audits:
        if one.worker_reads:
            console.print(
                f"{one.mailbox}: a worker reads it, so what is missing is left to it.", markup=False
            )
        if one.error:
            console.print(f"{one.mailbox}: {one.error}", style="red", markup=False)
    _print_phantoms(console, unseen, in_full=list_phantoms)


def _print_phantoms(console: Console, unseen: Sequence[Phantom], *, in_full: bool) -> None:
    if not unseen:
        console.print("Every mail that is answered here was seen.")
        return
    counts = ", ".join(f"{account} {count:,}" for account, count in _by_account(unseen).items())
    hint = "" if in_full else " List them with --phantoms."
    console.print(f"Mails that others answer and that were never seen: {counts}.{hint}", markup=False)
    if not in_full:
        return
    table = Table("Customer", "Message-ID", "Thread", "Named by", "Last")
    for one in unseen:
        table.add_row(
            one.account or _NO_ACCOUNT,
            one.header_id,
            str(one.thread_id),
            f"{one.mentions:,}",
            f"{one.last_at:%Y-%m-%d %H:%M} UTC",
        )
    console.print(table, markup=False)


def _by_account(unseen: Sequence[Phantom]) -> dict[str, int]:
    return dict(Counter(one.account or _NO_ACCOUNT for one in unseen))
