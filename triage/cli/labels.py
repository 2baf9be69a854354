"""``triage labels``, ``train`` and ``tag``: teaching the project models, and asking them."""

import getpass
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from triage.app import App, utc_now
from triage.cli.counted import counted
from triage.cli.loading import ConfigOption, JsonOption
from triage.cli.progress import CountingBar
from triage.core.errors import NotFound
from triage.core.proposal import Proposal
from triage.services.hints import forget_gone, hint_accounts, train_voices
from triage.services.label_file import export_labels, import_labels, read_lines
from triage.services.learn import Trained, go_back, suggest, tags
from triage.services.learn import train as train_models
from triage.services.practice import Practice
from triage.services.proposals import apply_proposal, open_proposals, refuse_proposal, take_proposal
from triage.services.questions import open_questions
from triage.services.refit import refit_wanted

app = typer.Typer(no_args_is_help=True, help="Labels of messages: what the project models learn from.")


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            readable=True,
            help="JSON lines: message_id or thread_id, account, project.",
        ),
    ],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Teach account and project of messages that are already stored.

    A line that cannot be used is told with its number, and the others count. Exit code 1 if there was one.
    """
    app_ = App.open(config)
    practice = app_.prepare()
    with file.open(encoding="utf-8", errors="replace") as lines, CountingBar("Reading labels") as bar:
        outcome = import_labels(
            app_.database,
            practice,
            read_lines(lines),
            actor=getpass.getuser(),
            now=utc_now(),
            advance=bar.advance,
        )
    refit_wanted(app_.database, practice, app_.models, now=utc_now())
    app_.database.close()
    if as_json:
        refused = [{"file": str(file), "line": one.number, "why": one.why} for one in outcome.refused]
        typer.echo(json.dumps({"threads": outcome.threads, "refused": refused}, ensure_ascii=False))
        raise typer.Exit(1 if refused else 0)
    for one in outcome.refused:
        typer.echo(f"{file}:{one.number}: {one.why}", err=True)
    typer.echo(
        f"{counted(outcome.threads, 'thread')} labelled, {counted(len(outcome.refused), 'line')} refused."
    )
    raise typer.Exit(1 if outcome.refused else 0)


@app.command("export")
def export(config: ConfigOption = None) -> None:
    """Write every label as a line of JSON."""
    app_ = App.open(config)
    app_.database.check_version()
    for label in export_labels(app_.database):
        row = {**asdict(label), "at": label.at.isoformat()}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    app_.database.close()


@app.command()
def proposals(
    config: ConfigOption = None,
    *,
    take: Annotated[str, typer.Option(help="Id of a proposal: keep it as a rule.")] = "",
    refuse: Annotated[str, typer.Option(help="Id of a proposal: never ask again.")] = "",
    as_json: JsonOption = False,
) -> None:
    """List contacts and domains that confirmed threads speak for, or take or refuse one."""
    app_ = App.open(config)
    practice = app_.prepare()
    actor, now = getpass.getuser(), utc_now()
    if take:
        taken = take_proposal(app_.database, practice, take, actor=actor, now=now)
        count = apply_proposal(app_.database, app_.practice(), taken, now=utc_now())
        typer.echo(
            f"{taken.value} now stands for {practice.account_key(taken.account)}; "
            f"{counted(count, 'thread')} read anew."
        )
    elif refuse:
        refuse_proposal(app_.database, practice, refuse, actor=actor, now=now)
        typer.echo(f"{refuse} is not proposed again.")
    else:
        found = open_proposals(app_.database, practice, now=now)
        _show_proposals(found, practice, as_json=as_json)
    app_.database.close()


def _show_proposals(found: Sequence[Proposal], practice: Practice, *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "id": one.id,
                "account": practice.account_key(one.account),
                "people": one.people,
                "since": one.since.isoformat(),
                "moved_from": practice.account_key(one.moved_from) or None,
                "question": one.question(practice.rules),
            }
            for one in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not found:
        typer.echo("Nothing is proposed.")
    for one in found:
        typer.echo(f"{one.id}\t{one.question(practice.rules)}")


@app.command()
def questions(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """List at most five questions a day about threads whose project nobody knows."""
    app_ = App.open(config)
    practice = app_.prepare()
    found = open_questions(app_.database, practice, app_.models, now=utc_now())
    app_.database.close()
    names = practice.directory.account_names
    if as_json:
        rows = [
            {
                "account": practice.account_key(one.account),
                "threads": one.threads,
                "messages": one.messages,
                "terms": one.terms,
                "code": one.code or None,
                "may_be_new_project": one.may_be_new,
                "value": one.value,
                "question": one.text(names[one.account]),
            }
            for one in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not found:
        typer.echo("Nothing to ask.")
    for one in found:
        threads = ", ".join(f"#{thread}" for thread in one.threads)
        typer.echo(f"{one.text(names[one.account])} {threads}")


def train(
    config: ConfigOption = None,
    *,
    back: Annotated[str, typer.Option(help="Key of an account: use its previous model again.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Learn from all labels: a project model for each account, and the words that tell accounts apart.

    A new model is used only if it tells no more of the later threads wrong than the one before.
    """
    app_ = App.open(config)
    practice = app_.prepare()
    folder = app_.models
    if back:
        account = practice.directory.account(back)
        if account is None:
            raise NotFound(f"there is no account {back!r}")
        shown = go_back(app_.database, practice, folder, account, now=utc_now())
        app_.database.close()
        typer.echo(f"The previous model of {back} is in use; threads with a suggested project: {shown:,}.")
        return
    forget_gone(app_.database, folder)
    trained = list(train_models(app_.database, practice, folder, now=utc_now()))
    shown = suggest(app_.database, practice, folder, now=utc_now())
    voices = train_voices(app_.database, practice, folder, now=utc_now())
    hinted = hint_accounts(app_.database, practice, folder, now=utc_now())
    app_.database.close()
    if as_json:
        rows = [_trained(one, practice) for one in trained]
        found = {"models": rows, "suggested_projects": shown, "voices": voices, "suggested_accounts": hinted}
        typer.echo(json.dumps(found))
        return
    if trained:
        table = Table("account", "messages", "projects", "model")
        for one in trained:
            numbers = (str(one.messages), str(one.projects))
            table.add_row(practice.account_key(one.account), *numbers, _verdict(one))
        Console().print(table)
    else:
        typer.echo(
            "No account has threads of two projects yet, so there is nothing to tell apart."
            " Confirm projects in the queue, or import labels: triage labels import FILE."
        )
    typer.echo(f"Threads with a suggested project: {shown:,}.")
    typer.echo(
        f"Accounts known by their words: {voices:,}; threads with an account suggested by them: {hinted:,}."
    )


def _trained(one: Trained, practice: Practice) -> dict[str, Any]:
    return {
        "account": practice.account_key(one.account),
        "messages": one.messages,
        "projects": one.projects,
        "promoted": one.is_promoted,
        "comparison": asdict(one.comparison) if one.comparison else None,
    }


def _verdict(one: Trained) -> str:
    """Return whether the new model is in use, and why."""
    if one.comparison is None:
        return "in use: the first one"
    told = (
        f"{one.comparison.wrong_now} of {one.comparison.compared} later threads wrong,"
        f" {one.comparison.wrong_before} with the one before"
    )
    return f"in use: {told}" if one.is_promoted else f"not used, the old one stays: {told}"


def tag(
    config: ConfigOption = None,
    *,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
) -> None:
    """Print account and project of every thread, how sure they are, and why."""
    app_ = App.open(config)
    practice = app_.prepare()
    suggest(app_.database, practice, app_.models, now=utc_now())
    hint_accounts(app_.database, practice, app_.models, now=utc_now())
    for one in tags(app_.database):
        if jsonl:
            row = {
                "thread_id": one.thread_id,
                "account": one.account,
                "account_state": one.account_state,
                "account_probability": one.account_probability,
                "project": one.project,
                "project_state": one.project_state,
                "probability": one.probability,
                "abstained": one.project is None,
                "reasons": [{"kind": kind, "text": text} for kind, text in one.reasons],
            }
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        else:
            account = f"{one.account or '-'} ({one.account_state})"
            typer.echo(f"{one.thread_id}\t{account}\t{one.project or '-'} ({one.project_state})")
    app_.database.close()
