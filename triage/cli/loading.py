"""How every command gets its configuration, and how it says what is wrong with it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from triage.config import Config, load
from triage.core.errors import ConfigError

#: Exit status when the configuration cannot be used.
CONFIG_STATUS = 2

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="Configuration file. Default: $TRIAGE_CONFIG, else ./config.yaml."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def load_or_exit(path: Path | None) -> Config:
    """Return the configuration, or print every problem and leave with status 2."""
    try:
        return load(path)
    except ConfigError as err:
        print_problems(err)
        raise typer.Exit(CONFIG_STATUS) from err


def print_problems(error: ConfigError) -> None:
    """Print every problem on a line of its own, to standard error."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for problem in error.problems:
        console.print(str(problem), markup=False)
    count = len(error.problems)
    console.print(f"{count} problem{'s' if count > 1 else ''} in the configuration.", style="bold red")
