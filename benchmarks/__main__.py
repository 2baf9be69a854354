"""The short set: ``make bench``, or ``python -m benchmarks``. Each part alone has more to set."""

import subprocess
import sys

SHORT = (
    ("benchmarks.clocks",),
    ("benchmarks.sweep", "--large", "50000"),
    ("benchmarks.threading_scale", "--messages", "20000"),
    ("benchmarks.peers", "--messages", "1000"),
    ("benchmarks.scale", "--messages", "10000"),
    ("benchmarks.new_mail_latency", "30"),
    ("benchmarks.fresh_during_backfill", "3000"),
    ("benchmarks.search", "--messages", "5000", "--rounds", "5"),
    ("benchmarks.queue_page", "--threads", "20000", "--requests", "200", "--rounds", "3"),
)


def main() -> None:
    """Run the parts one after the other; a failing one does not keep the others from running."""
    failed = []
    for module, *arguments in SHORT:
        print(f"\n== python -m {' '.join([module, *arguments])}", flush=True)
        if subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode:
            failed.append(module)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
