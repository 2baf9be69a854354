"""``triage queue``: the pending threads in the order in which they should be answered."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from triage.app import App, utc_now
from triage.cli.loading import ConfigOption, JsonOption
from triage.cli.queue_list import print_queue
from triage.config import Config
from triage.core.coverage import Coverage
from triage.core.message import Evidence
from triage.core.queue_entry import QueueEntry, QueueFilters, View
from triage.core.scope import Scope
from triage.services.queue import Queue
from triage.services.queue import queue as read_queue

#: Who can read the database file may read all of it.
_EVERYTHING = Scope(accounts=frozenset(), sees_all=True, name="command line")
_MAX_ROWS = 200


def queue(
    config: ConfigOption = None,
    *,
    view: Annotated[View, typer.Option(help="Which threads to list.")] = View.PENDING,
    account: Annotated[
        list[str] | None, typer.Option("--account", help="Only this account; may be repeated.")
    ] = None,
    project: Annotated[
        list[str] | None, typer.Option("--project", help="Only this project; may be repeated.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MAX_ROWS, help="Rows to print.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Print the pending threads: breached first, then by due time, with the reason for each."""
    app = App.open(config)
    app.database.check_version()
    _refuse_unknown(app.config, account or (), project or ())
    filters = QueueFilters(view=view, accounts=tuple(account or ()), projects=tuple(project or ()))
    page = read_queue(app.database, _EVERYTHING, filters, limit=limit, now=utc_now())
    app.database.close()
    if as_json:
        typer.echo(json.dumps(_page(page), indent=2))
    else:
        print_queue(page)


def _refuse_unknown(config: Config, accounts: Sequence[str], projects: Sequence[str]) -> None:
    """A misspelt name must not look like an empty queue."""
    keys = {account.key for account in config.accounts}
    below = {project.key for account in config.accounts for project in account.projects}
    for names, known, what in ((accounts, keys, "account"), (projects, below, "project")):
        if unknown := sorted(set(names) - known):
            there = ", ".join(sorted(known)) or "none"
            raise typer.BadParameter(f"there is no {what} {', '.join(unknown)}; there are: {there}")


def _page(page: Queue) -> dict[str, Any]:
    return {
        "entries": [_entry(entry, page.as_of) for entry in page.entries],
        "counts": {view.value: page.counts.of(view) for view in View} | {"breached": page.counts.breached},
        "coverage": _coverage(page.coverage, page.as_of),
        "as_of": page.as_of.isoformat(),
    }


def _entry(entry: QueueEntry, now: datetime) -> dict[str, Any]:
    return {
        "id": entry.thread_id,
        "subject": entry.subject,
        "account": {
            "key": entry.account_key,
            "name": entry.account_name,
            "state": entry.account_state,
            "probability": entry.account_probability,
            "is_proven": entry.account_is_proven,
        },
        "project": {
            "key": entry.project_key,
            "name": entry.project_name,
            "state": entry.project_state,
            "probability": entry.project_probability,
            "is_proven": entry.project_is_proven,
        },
        "status": entry.status,
        "priority": entry.priority,
        "pending": entry.is_pending,
        "waiting_on": entry.waiting_on,
        "waiting_since": _instant(entry.waiting_since),
        "clock": {
            "target": entry.target,
            "state": entry.clock_state(now),
            "due_at": _instant(entry.due_at),
        },
        "last_sender": entry.last_sender,
        "message_count": entry.message_count,
        "last_message_at": _instant(entry.last_message_at),
        "flags": [flag.value for flag in entry.flags(now)],
        "reasons": [_reason(reason) for reason in entry.reasons(now)],
    }


def _reason(reason: Evidence) -> dict[str, str]:
    return {"kind": reason.kind, "text": reason.text}


def _coverage(coverage: Coverage, now: datetime) -> dict[str, Any]:
    age = None if coverage.since is None else int((now - coverage.since).total_seconds())
    return {
        "state": coverage.state.value,
        "since": _instant(coverage.since),
        "age_seconds": age,
        "sentence": coverage.sentence,
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
