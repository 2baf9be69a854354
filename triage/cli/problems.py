"""How commands say what is wrong with the configuration; light, for every command needs it."""

from rich.console import Console

from triage.cli.counted import counted
from triage.core.errors import ConfigError

#: Exit status when the configuration cannot be used.
CONFIG_STATUS = 2


def print_problems(error: ConfigError) -> None:
    """Print every problem on a line of its own, to standard error."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for problem in error.problems:
        console.print(str(problem), markup=False)
    console.print(f"{counted(len(error.problems), 'problem')} in the configuration.", style="bold red")
