"""``triage thread``: one thread, why its messages are in it, and splitting and merging by hand."""

import getpass
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from triage.app import App, utc_now
from triage.cli.loading import ConfigOption, JsonOption
from triage.core.ids import MessageId, ThreadId
from triage.core.review import Review, ReviewSide, Settlement
from triage.core.scope import Scope
from triage.core.thread_history import Place, ThreadHistory
from triage.core.thread_view import MessageView
from triage.services.practice import Practice
from triage.services.queue import OpenedThread, open_thread
from triage.services.reviews import list_reviews, settle_review
from triage.services.thread_decisions import (
    Decided,
    explain_thread,
    merge_threads,
    split_thread,
    undo_thread_event,
)

app = typer.Typer(no_args_is_help=True, help="A thread: show it, say why it is so, split and merge it.")

ThreadArgument = Annotated[int, typer.Argument(help="Id of a thread.")]


@app.command()
def show(thread_id: ThreadArgument, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Print the tree of a thread: who wrote when, and what answers what."""
    opened, history = _read(config, thread_id)
    if as_json:
        _print_json(_shown(opened, history))
        return
    console = Console(highlight=False, soft_wrap=True)
    entry = opened.thread.entry
    console.print(f"Thread {entry.thread_id}: {entry.subject}", style="bold", markup=False)
    messages = {message.id: message for message in opened.messages}
    for place in history.places:
        console.print(_line(place, messages.get(place.message)), markup=False)


@app.command()
def explain(thread_id: ThreadArgument, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Say why each message is in the thread, which links were refused, and what was merged or split."""
    opened, history = _read(config, thread_id)
    if as_json:
        _print_json(_explained(history))
        return
    console = Console(highlight=False, soft_wrap=True)
    messages = {message.id: message for message in opened.messages}
    for place in history.places:
        console.print(_line(place, messages.get(place.message)), markup=False)
        console.print(f"{'  ' * (place.depth + 1)}{_why(place)}", style="dim", markup=False)
    for one in history.refused:
        console.print(f"Refused: {one.link}: {one.because}.", markup=False)
    for proposal in history.proposals:
        console.print(f"Proposed: {proposal.sentence}", markup=False)
    for event in history.events:
        undone = f", undone by event {event.undone_by}" if event.undone_by else ""
        count = len(event.messages)
        what = (
            f"{count} {'message' if count == 1 else 'messages'} from thread {event.origin} to {event.thread}"
            if count
            else f"thread {event.thread} and thread {event.origin}"
        )
        console.print(
            f"Event {event.id}, {event.at:%Y-%m-%d %H:%M} UTC: "
            f"{event.kind} by {event.actor or 'the machine'}, {what}{undone}.",
            markup=False,
        )


@app.command()
def split(
    message_ids: Annotated[list[int], typer.Argument(help="Ids of messages of one thread.")],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Take messages out of their thread into a new one; later mail does not bring them back."""

    def decide(app_: App, practice: Practice, now: datetime) -> Decided:
        chosen = [MessageId(one) for one in message_ids]
        return split_thread(app_.database, practice, _everything(), chosen, now=now)

    _decide(config, decide, as_json=as_json)


@app.command()
def merge(
    into: ThreadArgument,
    thread_id: ThreadArgument,
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Move the messages of the second thread into the first one; its id keeps leading there."""

    def decide(app_: App, practice: Practice, now: datetime) -> Decided:
        return merge_threads(
            app_.database, practice, _everything(), ThreadId(into), ThreadId(thread_id), now=now
        )

    _decide(config, decide, as_json=as_json)


@app.command()
def reviews(
    config: ConfigOption = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Items to print.")] = 50,
    before: Annotated[int | None, typer.Option(min=1, help="Go on behind this item.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List what was kept apart and waits for a person, newest first; `settle` decides."""
    app_ = App.open(config)
    app_.database.check_version()
    page = list_reviews(app_.database, _everything(), before=before, limit=limit, now=utc_now())
    app_.database.close()
    if as_json:
        _print_json(asdict(page) | {"reviews": [_reviewed(one) for one in page.reviews]})
        return
    console = Console(highlight=False, soft_wrap=True)
    if not page.reviews:
        console.print("Nothing to decide: no link between two threads was refused and is still open.")
    for one in page.reviews:
        console.print(f"Item {one.id}: {one.title}", style="bold", markup=False)
        console.print(f"  {one.sentence}", markup=False)
        for side in (one.child, one.parent):
            console.print(f"  {_side(side)}", markup=False)
    if page.reviews:
        console.print(
            "`triage thread settle ITEM apart` keeps the two threads apart, "
            "`triage thread settle ITEM join` makes them one."
        )
    if page.next:
        console.print(f"There are more: `triage thread reviews --before {page.next}`.")


@app.command()
def settle(
    item: Annotated[int, typer.Argument(help="Id of an item, as `reviews` prints it.")],
    decision: Annotated[Settlement, typer.Argument(help="apart: they stay two; join: they become one.")],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Decide about the two threads of an item of `reviews`; it leaves the list for good."""

    def decide(app_: App, practice: Practice, now: datetime) -> Decided:
        return settle_review(app_.database, practice, _everything(), item, decision, now=now)

    _decide(config, decide, as_json=as_json, is_apart=decision is Settlement.APART)


@app.command()
def undo(
    event_id: Annotated[int, typer.Argument(help="Id of the event, as `explain` prints it.")],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Take back a merge or a split, by a person or by the machine."""

    def decide(app_: App, practice: Practice, now: datetime) -> Decided:
        return undo_thread_event(app_.database, practice, _everything(), event_id, now=now)

    _decide(config, decide, as_json=as_json)


def _everything() -> Scope:
    """Return the scope of whoever can read the database file anyway."""
    return Scope(accounts=frozenset(), sees_all=True, name=getpass.getuser())


def _read(config: ConfigOption, thread_id: int) -> tuple[OpenedThread, ThreadHistory]:
    app_ = App.open(config)
    app_.database.check_version()
    opened = open_thread(app_.database, _everything(), thread_id, now=utc_now())
    history = explain_thread(app_.database, _everything(), ThreadId(thread_id))
    app_.database.close()
    return opened, history


def _decide(
    config: ConfigOption,
    decide: Callable[[App, Practice, datetime], Decided],
    *,
    as_json: bool,
    is_apart: bool = False,
) -> None:
    app_ = App.open(config)
    practice = app_.prepare()
    decided = decide(app_, practice, utc_now())
    app_.database.close()
    if as_json:
        typer.echo(json.dumps({"event_id": decided.event_id, "thread_id": decided.thread_id}))
    else:
        result = "the two threads stay two" if is_apart else f"the messages are in thread {decided.thread_id}"
        typer.echo(f"Done: {result}. `triage thread undo {decided.event_id}` takes it back.")


def _line(place: Place, message: MessageView | None) -> str:
    indent = "  " * place.depth
    if message is None:
        return f"{indent}{place.message}  (an older message)"
    sender = message.sender.name or message.sender.email
    return f"{indent}{place.message}  {message.received_at:%Y-%m-%d %H:%M} UTC  {sender}  {message.subject}"


def _why(place: Place) -> str:
    """Return why the message is here, with the id that says so."""
    return place.sentence if place.via is None else f"{place.sentence.removesuffix('.')}, {place.via}."


def _shown(opened: OpenedThread, history: ThreadHistory) -> dict[str, Any]:
    """Return a thread as a tree in reading order; what the newest messages do not hold is null."""
    entry = opened.thread.entry
    messages = {message.id: message for message in opened.messages}
    rows = []
    for place in history.places:
        message = messages.get(place.message)
        rows.append(
            {
                "message_id": place.message,
                "parent_id": place.parent,
                "depth": place.depth,
                "received_at": message.received_at if message else None,
                "from": asdict(message.sender) if message else None,
                "subject": message.subject if message else None,
            }
        )
    return {"thread_id": entry.thread_id, "subject": entry.subject, "messages": rows}


def _explained(history: ThreadHistory) -> dict[str, Any]:
    """Return the history with the sentences that a person is told."""
    found = asdict(history)
    for row, place in zip(found["places"], history.places, strict=True):
        row |= {"strength": place.strength, "sentence": place.sentence}
    for row, one in zip(found["refused"], history.refused, strict=True):
        row |= {"strength": one.kind.strength, "sentence": f"{one.link}: {one.because}."}
    for row, proposal in zip(found["proposals"], history.proposals, strict=True):
        row["sentence"] = proposal.sentence
    return found


def _side(side: ReviewSide | None) -> str:
    if side is None:
        return "A thread you may not see."
    return (
        f"Message {side.message_id}, {side.received_at:%Y-%m-%d %H:%M} UTC, {side.sender}: "
        f"{side.subject or '(no subject)'} ({side.account_name or 'customer not known'}, "
        f"thread {side.thread_id})"
    )


def _reviewed(one: Review) -> dict[str, Any]:
    found = asdict(one) | {"title": one.title, "sentence": one.sentence}
    return found | {"can_keep_apart": one.can_keep_apart, "can_join": one.can_join}


def _print_json(found: dict[str, Any]) -> None:
    def plain(value: object) -> Any:  # noqa: ANN401 - what json.dumps asks for
        return value.isoformat() if isinstance(value, datetime) else str(value)

    typer.echo(json.dumps(found, default=plain, indent=2, ensure_ascii=False))
