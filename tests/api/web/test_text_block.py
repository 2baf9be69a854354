from hypothesis import given
from hypothesis import strategies as st

from api.web.text_block import Look, text_blocks
from triage.core.message import Zone, ZoneKind


def test_new_words_are_plain_quotes_fold_and_signatures_dim() -> None:
    text = "Hello\n> On Monday\n> we said\n-- \nMia"
    zones = (
        Zone(ZoneKind.NEW, 0, 6),
        Zone(ZoneKind.QUOTE_HEADER, 6, 18),
        Zone(ZoneKind.QUOTED, 18, 28),
        Zone(ZoneKind.SIGNATURE, 28, len(text)),
    )

    blocks = text_blocks(text, zones)

    assert [(block.look, block.text) for block in blocks] == [
        (Look.PLAIN, "Hello"),
        (Look.QUOTED, "> On Monday\n> we said"),
        (Look.DIM, "-- \nMia"),
    ]
    assert blocks[1].lines == 2


def test_text_without_zones_is_shown_whole() -> None:
    assert [(block.look, block.text) for block in text_blocks("Hello", ())] == [(Look.PLAIN, "Hello")]


def test_no_text_gives_no_block() -> None:
    assert text_blocks("", ()) == ()
    assert text_blocks("\n\n", (Zone(ZoneKind.NEW, 0, 2),)) == ()


@given(st.lists(st.tuples(st.sampled_from(ZoneKind), st.text(max_size=8)), max_size=12))
def test_no_word_is_lost(parts: list[tuple[ZoneKind, str]]) -> None:
    text = "".join(part for _, part in parts)
    zones, at = [], 0
    for kind, part in parts:
        zones.append(Zone(kind, at, at + len(part)))
        at += len(part)

    blocks = text_blocks(text, zones)

    assert "".join(block.text for block in blocks).replace("\n", "") == text.replace("\n", "")
