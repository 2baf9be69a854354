"""A million inputs through the parser: ``python -m tests.fuzz.parse [COUNT]``.

Atheris mutates the fixtures of tests/messages under coverage of our own code. Each input must give a
message that holds the same promises as any other, within two seconds of processor time and 256 MB. An
input that breaks one is written to the temporary folder that is printed, and the run ends with 1.
"""

import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

DEFAULT_COUNT = 1_000_000
MAX_SECONDS = 2
MAX_MEMORY_MB = 256
#: What the program itself and the fuzzer's bookkeeping hold.
_BASE_MEMORY_MB = 512
_MAX_INPUT_BYTES = 4 * 1024
_REPORT_EVERY = 10_000
_SEEDS = Path(__file__).parents[1] / "messages"
_RECEIVED_AT = datetime(2026, 3, 2, 8, 31, tzinfo=UTC)


def main(arguments: list[str]) -> int:
    """Run the fuzzer; it ends the process by itself when an input breaks a promise."""
    try:
        import atheris  # noqa: PLC0415 - an optional package
    except ImportError:
        print("Fuzzing was skipped: atheris is not installed (it has no wheel for this Python).")  # noqa: T201
        return 0
    count = int(arguments[0]) if arguments else DEFAULT_COUNT
    with atheris.instrument_imports(include=["triage"]):
        from tests.fuzz.promises import check  # noqa: PLC0415 - instrumented while it is imported
        from triage.mailbox.parse import read_message  # noqa: PLC0415

    done = 0

    def one_input(data: bytes) -> None:
        nonlocal done
        done += 1
        if done % _REPORT_EVERY == 0:
            print(f"{done:,} inputs read", flush=True)  # noqa: T201
        started = time.process_time()
        message = read_message(data, received_at=_RECEIVED_AT)
        if time.process_time() - started > MAX_SECONDS:
            raise TimeoutError(f"more than {MAX_SECONDS} s of processor time")
        check(message)

    corpus = Path(tempfile.mkdtemp(prefix="triage-fuzz-"))
    for seed in _SEEDS.glob("*.eml"):
        shutil.copy(seed, corpus)
    print(f"{count:,} inputs; seeds from {_SEEDS.name}/, findings go to {corpus}")  # noqa: T201
    options = [
        f"-runs={count}",
        f"-max_len={_MAX_INPUT_BYTES}",
        f"-rss_limit_mb={_BASE_MEMORY_MB + MAX_MEMORY_MB}",
        f"-timeout={5 * MAX_SECONDS}",
        f"-artifact_prefix={corpus}/finding-",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one_input)
    # Fuzz ends the process: 0 when all inputs held, 77 or another number when one did not.
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
