"""``triage search``: find messages by their words."""

import json
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from triage.app import App, utc_now
from triage.cli.counted import counted
from triage.cli.loading import ConfigOption, JsonOption
from triage.cli.progress import CountingBar
from triage.core.queue_entry import QueueEntry
from triage.core.scope import Scope
from triage.core.search_hit import Piece, SearchHit
from triage.services import search as service
from triage.services.search_index import index_all, rebuild

#: Who can read the database file may read all of it.
_EVERYTHING = Scope(accounts=frozenset(), sees_all=True, name="command line")
_MAX_ROWS = 200
#: Nothing was found, as with grep.
_NOTHING = 1


def search(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help='Words that all have to be there; "a phrase", beginn*, -not, OR, from: to: subject: file: '
            "account: project: before: after: has:attachment is:unanswered."
        ),
    ] = None,
    config: ConfigOption = None,
    *,
    account: Annotated[str | None, typer.Option("--account", help="Only this account.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MAX_ROWS, help="Rows to print.")] = 20,
    anew: Annotated[
        bool, typer.Option("--rebuild", help="Build the index anew from the stored mail first.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find messages: newest first, those in a message's own words before those it quotes.

    Words with a leading minus follow --, as in `triage search -- printer -floor`. Leaves with status 1
    when nothing was found.
    """
    app = App.open(config)
    app.database.check_version()
    if anew:
        _rebuild(app)
        if not words:
            app.database.close()
            return
    if not words:
        raise typer.BadParameter("write what to look for, such as: triage search printer from:mia")
    text = _asked(app, words, account)
    page = service.search(app.database, _EVERYTHING, text, zone=_local_zone(), limit=limit, now=utc_now())
    app.database.close()
    if as_json:
        typer.echo(json.dumps(_page(page), indent=2, ensure_ascii=False))
    else:
        _print(page, text)
    if not page.hits:
        raise typer.Exit(_NOTHING)


def _rebuild(app: App) -> None:
    with CountingBar("Indexing for search") as bar:
        count = rebuild(app.database)
        index_all(app.database, advance=bar.advance)
    typer.echo(f"The index was built anew from {counted(count, 'message')}.", err=True)


def _asked(app: App, words: list[str], account: str | None) -> str:
    # The shell took the quotation marks away that kept a phrase together.
    text = " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in words)
    if account is None:
        return text
    if account not in (known := sorted(one.key for one in app.config.accounts)):
        there = ", ".join(known) or "none"
        raise typer.BadParameter(f"there is no account {account}; there are: {there}")
    return f'{text} account:"{account}"'


def _local_zone() -> Any:  # noqa: ANN401 - whatever the system calls its zone
    return datetime.now().astimezone().tzinfo


def _print(page: service.SearchPage, text: str) -> None:
    console = Console(highlight=False)
    if page.hits:
        table = Table("Time", "Account", "From", "Subject and words", title=f"{text}", title_style="bold")
        for hit in page.hits:
            table.add_row(
                f"{hit.received_at.astimezone():%Y-%m-%d %H:%M}",
                Text(_account(hit.entry)),
                Text(hit.sender),
                _words(hit),
            )
        console.print(table)
        if page.next_cursor:
            console.print(f"There are more; --limit prints up to {_MAX_ROWS}.", markup=False)
    else:
        # As it was read: a shell's quotation marks make one phrase of what was meant as a whole question.
        console.print(f"Nothing was found for: {text}", markup=False)
        console.print(
            "All words have to be in one message: leave one out, or write its beginning and * (prin*).",
            markup=False,
        )
    if page.unknown:
        console.print(page.unknown_sentence, style="yellow", markup=False)
    if page.behind:
        console.print(page.behind_sentence, style="yellow", markup=False)


def _words(hit: SearchHit) -> Text:
    shown = Text(f"{hit.entry.thread_id} ", style="dim")
    shown.append_text(_marked(hit.subject) if hit.subject else Text("(no subject)"))
    if hit.is_quoted:
        shown.append(" (quoted)", style="dim")
    if hit.snippet:
        shown.append("\n")
        shown.append_text(_marked(hit.snippet))
    for name in hit.files:
        shown.append(f"\n{name}", style="italic")
    return shown


def _marked(pieces: tuple[Piece, ...]) -> Text:
    return Text.assemble(*((piece.text, "bold yellow" if piece.is_hit else "") for piece in pieces))


def _account(entry: QueueEntry) -> str:
    return entry.account_name if entry.account_state == "confirmed" else f"? ({entry.account_state})"


def _page(page: service.SearchPage) -> dict[str, Any]:
    return {
        "hits": [_hit(hit) for hit in page.hits],
        "has_more": page.next_cursor is not None,
        "behind": page.behind,
        "unknown": list(page.unknown),
        "as_of": page.as_of.isoformat(),
    }


def _hit(hit: SearchHit) -> dict[str, Any]:
    entry = hit.entry
    return {
        "message_id": hit.message_id,
        "thread_id": entry.thread_id,
        "received_at": hit.received_at.isoformat(),
        "account": {"key": entry.account_key, "name": entry.account_name, "state": entry.account_state},
        "direction": hit.direction,
        "sender": {"name": hit.sender_name, "email": hit.sender_email},
        "subject": _text(hit.subject),
        "snippet": [{"text": piece.text, "hit": piece.is_hit} for piece in hit.snippet],
        "files": list(hit.files),
        "quoted": hit.is_quoted,
        "pending": entry.is_pending,
    }


def _text(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces)
