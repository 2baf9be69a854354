"""Every fault of the list has a test that bears its number: none gets lost."""

import re
from pathlib import Path

TESTS = Path(__file__).parent.parent
#: The faults of mail, line, server and process. Those of the database (66 to 79), of alerts (93 to 96)
#: and of attackers (97 to 100) are tested beside the code that meets them.
LISTED = {*range(1, 66), *range(80, 89), 91, 92}

_NAME = re.compile(r"^ *(?:async )?def test_faults?_(\d+)_", re.MULTILINE)


def _tested() -> set[int]:
    sources = (path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    return {int(number) for source in sources for number in _NAME.findall(source)}


def test_every_fault_of_the_list_has_a_test_of_its_number() -> None:
    assert LISTED - _tested() == set()


def test_every_number_in_a_name_is_one_of_the_list() -> None:
    assert _tested() - LISTED <= {89, 90, *range(66, 80), *range(93, 101)}
