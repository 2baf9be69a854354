import subprocess
import sys


def test_the_package_does_not_load_the_learning_library() -> None:
    code = "import sys, triage.classify, triage.classify.label; sys.exit('sklearn' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
