"""Signatures found because a sender repeats them."""

from collections import Counter

from triage.core.message import ZoneKind
from triage.core.zones import MIN_REPETITIONS, line_hash, trailing_line_hashes, zone_text

QUOTE = "\n\nOn 5 May 2020, at 10:00, Ben Ode <ben@example.org> wrote:\n> Friday?\n"
ENDING = "Yours until the cows come home\nAna of the hills"


def _signature(text: str, repeated: frozenset[int]) -> str:
    zones = zone_text(text, repeated_lines=repeated).zones
    return "".join(text[zone.start : zone.end] for zone in zones if zone.kind is ZoneKind.SIGNATURE).strip()


def test_lines_under_three_earlier_mails_are_signature() -> None:
    earlier = [f"{word}.\n\n{ENDING}{QUOTE}" for word in ("Yes", "No", "On Monday then")]
    counts = Counter(
        hashed for mail in earlier for hashed in trailing_line_hashes(mail, zones=zone_text(mail).zones)
    )
    repeated = frozenset(hashed for hashed, count in counts.items() if count >= MIN_REPETITIONS)

    assert _signature(f"The plan is good.\n\n{ENDING}{QUOTE}", repeated) == ENDING


def test_repeated_question_is_never_cut() -> None:
    repeated = frozenset({line_hash("Any news?")})

    assert _signature("Hello.\n\nAny news?", repeated) == ""


def test_repeated_line_above_new_words_stays_new() -> None:
    repeated = frozenset({line_hash("Ana of the hills")})

    assert _signature("Ana of the hills\nis what they call me.", repeated) == ""


def test_mail_of_repeated_lines_only_stays_new() -> None:
    assert _signature("Thank you!", frozenset({line_hash("Thank you!")})) == ""


def test_caller_may_pass_a_test_instead_of_a_set() -> None:
    text = f"The plan is good.\n\n{ENDING}"
    known = {line_hash(line) for line in ENDING.split("\n")}

    zones = zone_text(text, repeated_lines=lambda hashed: hashed in known).zones

    assert [zone.kind for zone in zones] == [ZoneKind.NEW, ZoneKind.SIGNATURE]


def test_hashes_cover_the_signature_below_the_own_words_only() -> None:
    text = f"Yes.\n\n-- \nAna Lima{QUOTE}"

    hashes = trailing_line_hashes(text, zones=zone_text(text).zones)

    assert hashes == tuple(line_hash(line) for line in ("Yes.", "-- ", "Ana Lima"))


def test_hash_is_stable_and_blind_to_case_and_spacing() -> None:
    assert line_hash("Ana  Lima ") == line_hash("ana lima") == 7_817_168_826_277_591_384


def test_hashes_without_zones_are_those_of_the_last_lines() -> None:
    text = "\n".join(f"line {number}" for number in range(40))

    assert trailing_line_hashes(text) == tuple(line_hash(f"line {number}") for number in range(28, 40))
