"""Header fields as they stand on the wire."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from triage.mailbox.mime.header_block import MAX_FIELDS, read_header, unfold


@given(st.text(st.sampled_from("ab \t\r\n\v\f"), max_size=30).map(str.encode))
@example(b" a\r\n\tb\r\n")
@example(b"a\r\r\n b\rc\r")
@example(b"\v\r\n a \n")
def test_every_fold_becomes_one_blank_and_the_ends_have_none(value: bytes) -> None:
    assert unfold(value) == re.sub(rb"\r*\n[ \t]*|\r", b" ", value).strip()


def test_fields_beyond_the_cap_are_left_out_and_recorded() -> None:
    whole = read_header(b"X-A: 1\r\n" * MAX_FIELDS)
    cut = read_header(b"X-A: 1\r\n" * (MAX_FIELDS + 1))

    assert len(whole.every("x-a")) == len(cut.every("x-a")) == MAX_FIELDS
    assert (whole.defects, cut.defects) == ((), ("header:too_long",))
