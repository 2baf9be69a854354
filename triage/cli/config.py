"""``triage check-config`` and ``triage init``."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from triage.cli.loading import ConfigOption, JsonOption, load_or_exit
from triage.cli.problems import CONFIG_STATUS
from triage.config import find, load
from triage.config.render import as_json, as_yaml
from triage.config.starter import Answers, SignInWay, starter
from triage.config.value import WrongValueError, as_zone
from triage.core.errors import ConfigError

#: What ``init`` asks for: option name, question, and an example.
_QUESTIONS = {
    "host": ("IMAP server", "imap.example.com"),
    "user": ("User name at that server", "support@example.com"),
    "own_domain": ("Your own mail domain", "example.com"),
    "customer": ("Name of a first customer", "Acme Ltd"),
    "customer_domain": ("Mail domain of that customer", "acme.example"),
    "zone": ("Your time zone", "Europe/Berlin"),
}


def check_config(config: ConfigOption = None, *, as_json_: JsonOption = False) -> None:
    """Print the effective configuration with secrets masked, or every problem with its line.

    Leaves with status 2 when there is a problem.
    """
    loaded = load_or_exit(config)
    typer.echo(as_json(loaded) if as_json_ else as_yaml(loaded).rstrip("\n"))


def init(
    config: ConfigOption = None,
    *,
    host: Annotated[str, typer.Option(help="IMAP server.")] = "",
    user: Annotated[str, typer.Option(help="User name at the IMAP server.")] = "",
    own_domain: Annotated[str, typer.Option(help="Your own mail domain.")] = "",
    customer: Annotated[str, typer.Option(help="Name of a first customer.")] = "",
    customer_domain: Annotated[str, typer.Option(help="Mail domain of that customer.")] = "",
    zone: Annotated[str, typer.Option(help="Your time zone, such as Europe/Berlin.")] = "",
    sign_in: Annotated[
        SignInWay | None, typer.Option(help="How to sign in. Default: as is usual at that IMAP server.")
    ] = None,
) -> None:
    """Write a first config.yaml. Asks for what no option gives; never overwrites a file."""
    path = find(config)
    if path.exists():
        _leave(f"{path} exists already and stays as it is.")
    given = {
        "host": host,
        "user": user,
        "own_domain": own_domain,
        "customer": customer,
        "customer_domain": customer_domain,
        "zone": zone,
    }
    answers = Answers(**_completed(given), sign_in=sign_in)
    try:
        as_zone(answers.zone)
    except WrongValueError as err:
        _leave(f"--zone: {err} {err.mend}")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter(answers))
    except OSError as err:
        _leave(f"{path} cannot be written: {err.strerror}.")
    typer.echo(f"Wrote {path}.")
    _print_next_steps(path, answers)


def _completed(given: dict[str, str]) -> dict[str, str]:
    missing = [name for name, answer in given.items() if not answer]
    if missing and not sys.stdin.isatty():
        options = ", ".join(f"--{name.replace('_', '-')}" for name in missing)
        _leave(f"There is no terminal to ask at; give {options}.")
    for name in missing:
        question, example = _QUESTIONS[name]
        given[name] = typer.prompt(f"{question} (such as {example})").strip()
    return given


def _print_next_steps(path: Path, answers: Answers) -> None:
    try:
        load(path)
    except ConfigError as err:
        typer.echo("What is left to do:")
        for problem in err.problems:
            typer.echo(f"  {problem}")
    login = f"triage mailbox login {answers.mailbox}"
    typer.echo(f"Then: triage check-config, {login}, triage run")


def _leave(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(CONFIG_STATUS)
