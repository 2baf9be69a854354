"""The scan of a whole file gives the tree that a server's BODYSTRUCTURE gives."""

import pytest

from triage.mailbox.mime.structure import MAX_DEPTH, MAX_PARTS, read_structure
from triage.mailbox.words import BodyPart

NESTED = b"""Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary="in ner"

--in ner
Content-Type: text/plain; charset=latin1
Content-Transfer-Encoding: Quoted-Printable

plain
--in ner
Content-Type: text/html

<p>html</p>
--in ner--
--outer
Content-Type: application/pdf; name=a.pdf
Content-Disposition: attachment

%PDF
--outer--
"""


def leaves(part: BodyPart) -> list[BodyPart]:
    return [part] if not part.children else [leaf for child in part.children for leaf in leaves(child)]


def test_sections_types_and_bodies_are_those_of_the_parts() -> None:
    structure = read_structure(NESTED)

    found = [(one.section, one.content_type, one.encoding, one.charset) for one in leaves(structure.root)]
    assert found == [
        ("1.1", "text/plain", "quoted-printable", "latin1"),
        ("1.2", "text/html", "", ""),
        ("2", "application/pdf", "", ""),
    ]
    assert {key: NESTED[slice(*span)] for key, span in structure.bodies.items()} == {
        "1.1": b"plain",
        "1.2": b"<p>html</p>",
        "2": b"%PDF",
    }
    assert structure.defects == ()


def test_a_single_part_is_section_one() -> None:
    structure = read_structure(b"Subject: x\r\n\r\nbody")

    assert (structure.root.section, structure.root.size_bytes) == ("1", 4)


@pytest.mark.parametrize(
    ("raw", "types", "defect"),
    [
        (
            b"Content-Type: multipart/mixed; boundary=a\n\n--ab\n\nx\n--ab--\n",
            ["text/plain"],
            "structure:no_parts",
        ),
        (b"Content-Type: multipart/mixed\n\nbody", ["text/plain"], "structure:no_parts"),
        (b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx", ["text/plain"], "structure:no_end"),
        (b"Content-Type: multipart/digest; boundary=a\n\n--a\n\nFrom: x\n\ny\n--a--", ["message/rfc822"], ""),
        (b"Content-Type: multipart/mixed; boundary=a\n\n--a  \n\nx\n--a-- \n", ["text/plain"], ""),
        (b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n", ["text/plain"], ""),
    ],
)
def test_broken_structures_keep_their_text(raw: bytes, types: list[str], defect: str) -> None:
    structure = read_structure(raw)

    assert [one.content_type for one in leaves(structure.root)] == types
    assert structure.defects == ((defect,) if defect else ())


def test_depth_and_number_are_capped() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(200))
    wide = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 5_000

    deepest = max(one.section.count(".") for one in leaves(read_structure(deep).root))

    assert deepest < MAX_DEPTH
    assert "structure:too_deep" in read_structure(deep).defects
    assert len(leaves(read_structure(wide).root)) == MAX_PARTS
    assert "structure:too_many_parts" in read_structure(wide).defects
