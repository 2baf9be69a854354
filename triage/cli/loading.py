"""How every command gets its configuration, and how it says what is wrong with it."""

from pathlib import Path
from typing import Annotated

import typer

from triage.cli.problems import CONFIG_STATUS, print_problems
from triage.config import Config, load
from triage.core.errors import ConfigError

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
