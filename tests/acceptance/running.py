"""The service while it runs: started, asked over HTTP, stopped as a person would."""

import json
import signal
import subprocess
import time
import urllib.error
import urllib.request
from typing import Any

from tests.acceptance.program import Program
from tests.wait import until


class Running:
    """A command that stays, with its output in a file."""

    def __init__(self, program: Program, *arguments: str) -> None:
        self.output = program.folder / "output"
        with self.output.open("wb") as output, (program.folder / "errors").open("wb") as errors:
            self.process = subprocess.Popen(
                program.command(*arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                cwd=program.folder,
                env=program.environment(),
                start_new_session=True,
            )
        self._errors = program.folder / "errors"

    def wait_for_line(self, beginning: str, *, seconds: float = 60) -> str:
        """Return the first line of output that begins so."""

        def found() -> list[str]:
            assert self.process.poll() is None, self._errors.read_text()
            return [line for line in self.output.read_text().splitlines() if line.startswith(beginning)]

        until(found, f"a line {beginning!r}", seconds=seconds)
        return found()[0]

    def stop(self) -> tuple[int, float]:
        """Press Ctrl-C; return exit status and seconds that the end took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(20)
        return status, time.monotonic() - started

    def close(self) -> None:
        """End it whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def ask(url: str, token: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return what the API answers."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def status_of(url: str, token: str = "") -> int:
    """Return the status of an answer; 0 when nobody listens."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as err:
        with err:
            return err.code
    except urllib.error.URLError:
        return 0
