"""BODYSTRUCTURE becomes the tree from which the words are chosen."""

import pytest

from triage.mailbox.answers import Node, values_of
from triage.mailbox.structure import MAX_DEPTH, MAX_PARTS, body_part
from triage.mailbox.words import BodyPart, choose_words

TEXT = b'("TEXT" "PLAIN" ("CHARSET" "UTF-8") NIL NIL "QUOTED-PRINTABLE" 120 4 NIL NIL NIL NIL)'
HTML = b'("TEXT" "HTML" ("CHARSET" "iso-8859-1") NIL NIL "BASE64" 900 12 NIL ("INLINE" NIL) NIL NIL)'
PDF = (
    b'("APPLICATION" "PDF" ("NAME" "old.pdf") "<id@x.example>" NIL "BASE64" 5000 NIL'
    b' ("ATTACHMENT" ("FILENAME*0*" "utf-8\'\'%C3%84ng" "FILENAME*1*" "ebot.pdf")) NIL NIL)'
)
FORWARDED = b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 700 ("date" "subject") %s 20 NIL ("ATTACHMENT" NIL) NIL)'


def tree(structure: bytes) -> BodyPart:
    (node,) = values_of(structure)
    root = body_part(node)
    assert root is not None
    return root


def test_a_single_part_is_section_1() -> None:
    root = tree(TEXT)

    assert root == BodyPart(
        section="1", content_type="text/plain", charset="UTF-8", encoding="quoted-printable", size_bytes=120
    )


def test_nested_multiparts_are_numbered_as_imap_numbers_them() -> None:
    root = tree(
        b'((%s%s "ALTERNATIVE" ("BOUNDARY" "b"))%s "MIXED" ("BOUNDARY" "a") NIL NIL)' % (TEXT, HTML, PDF)
    )

    assert root.content_type == "multipart/mixed"
    assert root.children[0].content_type == "multipart/alternative"
    assert [part.section for part in root.children[0].children] == ["1.1", "1.2"]
    assert root.children[1].section == "2"


def test_the_lists_behind_the_subtype_are_no_parts() -> None:
    root = tree(b'(%s "MIXED" ("BOUNDARY" "a") ("INLINE" NIL) ("EN" "DE"))' % TEXT)

    assert len(root.children) == 1


def test_a_continued_and_encoded_file_name_is_joined_and_decoded() -> None:
    root = tree(b'(%s%s "MIXED")' % (TEXT, PDF))

    pdf = root.children[1]
    assert (pdf.name, pdf.disposition, pdf.content_id) == ("Ängebot.pdf", "attachment", "id@x.example")


def test_a_forwarded_message_is_a_leaf_with_its_disposition() -> None:
    root = tree(b'(%s%s "MIXED")' % (TEXT, FORWARDED % TEXT))

    forwarded = root.children[1]
    assert (forwarded.content_type, forwarded.size_bytes) == ("message/rfc822", 700)
    assert forwarded.disposition == "attachment"
    assert forwarded.children == ()


def test_an_unknown_disposition_is_an_attachment() -> None:
    root = tree(b'("TEXT" "PLAIN" NIL NIL NIL "7BIT" 3 1 NIL ("strange" NIL))')

    assert root.disposition == "attachment"


def test_the_words_are_chosen_from_it() -> None:
    root = tree(b'((%s%s "ALTERNATIVE")%s "MIXED")' % (TEXT, HTML, PDF))

    words = choose_words(root)

    assert [wanted.part.section for wanted in words.wanted] == ["1.1"]
    assert [attachment.name for attachment in words.attachments] == ["Ängebot.pdf"]


@pytest.mark.parametrize(
    "node",
    [None, 3, b"text", (), ((),), (b"TEXT", b"PLAIN"), (b"TEXT", b"PLAIN", None, None, None, b"7BIT", b"x")],
)
def test_something_else_is_no_structure(node: Node) -> None:
    assert body_part(node) is None


def test_depth_and_number_are_capped() -> None:
    leaf: Node = values_of(TEXT)[0]
    deep = leaf
    for _ in range(MAX_DEPTH + 1):
        deep = (deep, b"MIXED")

    assert body_part(deep) is None
    assert body_part((*(leaf for _ in range(MAX_PARTS + 1)), b"MIXED")) is None
    assert body_part((*(leaf for _ in range(MAX_PARTS)), b"MIXED")) is not None
