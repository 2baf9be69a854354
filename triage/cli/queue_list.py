"""How ``triage queue`` looks: a few lines a thread, readable at any width of the terminal."""

from datetime import datetime, timedelta

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from triage.core.queue_entry import QueueEntry
from triage.services.queue import Queue

#: Room for the number of a thread; what belongs to the thread stands below, behind it.
_INDENT = 7
_SOON = timedelta(hours=1)


def print_queue(page: Queue) -> None:
    """Print each thread with its time left, its subject and the reasons, then the age of the proof."""
    console = Console(highlight=False)
    if page.entries:
        console.print(_title(page), style="bold")
    else:
        console.print("No thread is pending in this view.")
    for entry in page.entries:
        console.print()
        console.print(_head(entry, page.as_of))
        for part in _body(entry, page.as_of):
            console.print(Padding(part, (0, 0, 0, _INDENT), expand=False))
    console.print()
    console.print(page.coverage.sentence, markup=False)
    for row in page.folders:
        if held := row.quarantined + row.unfetchable:
            line = f"{row.mailbox} / {row.folder}: {held:,} held back; see `triage quarantine list`"
            console.print(line, style="red", markup=False)
        if row.reason:
            console.print(f"{row.mailbox}: {row.reason}", style="red", markup=False)


def _title(page: Queue) -> str:
    counts = page.counts
    soon = counts.at_risk - counts.breached
    return f"{counts.pending} pending, {counts.breached} breached, {soon} more due within the hour"


def _head(entry: QueueEntry, now: datetime) -> Text:
    due, style = _due(entry, now)
    return Text.assemble(f"{entry.thread_id:>5}  ", (due, style), f"  {_account(entry)} / {_project(entry)}")


def _body(entry: QueueEntry, now: datetime) -> list[Text]:
    subject = Text.assemble((entry.subject or "(no subject)", "bold"), f" - {entry.last_sender}")
    return [subject, *(Text(reason.text, style="dim") for reason in entry.reasons(now))]


def _due(entry: QueueEntry, now: datetime) -> tuple[str, str]:
    if entry.due_at is None:
        return entry.clock_state(now) or "no clock", ""
    left = entry.due_at - now
    if left < timedelta():
        return f"{_span(-left)} late", "bold red"
    return f"due in {_span(left)}", "yellow" if left <= _SOON else ""


def _span(span: timedelta) -> str:
    """Return a length of time as a person says it: two units are enough."""
    minutes = int(span.total_seconds()) // 60
    hours, days = minutes // 60, minutes // (24 * 60)
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60:02} min" if hours else f"{minutes} min"


def _account(entry: QueueEntry) -> str:
    return entry.account_name if entry.account_state == "confirmed" else f"customer {entry.account_state}"


def _project(entry: QueueEntry) -> str:
    if entry.project_state == "suggested" and entry.project_probability is not None:
        doubt = "" if entry.project_is_proven else ", not proven"
        return f"{entry.project_name}? ({entry.project_probability:.2f}{doubt})"
    return entry.project_name or "project unknown"
