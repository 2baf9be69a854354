"""Which parts carry the words, by structure alone."""

import pytest

from triage.mailbox.words import MAX_WORDS_BYTES, BodyPart, attachment_of, choose_words


def leaf(
    section: str, content_type: str = "text/plain", size: int = 1_000, name: str = "", disposition: str = ""
) -> BodyPart:
    return BodyPart(
        section=section, content_type=content_type, size_bytes=size, name=name, disposition=disposition
    )


def multipart(kind: str, *children: BodyPart, section: str = "") -> BodyPart:
    return BodyPart(section=section, content_type=f"multipart/{kind}", children=children)


def wanted(root: BodyPart) -> list[str]:
    return [one.part.section for one in choose_words(root).wanted]


PLAIN, HTML = leaf("1"), leaf("2", "text/html", 5_000)
PDF = leaf("2", "application/pdf", 90_000, name="plan.pdf", disposition="attachment")


@pytest.mark.parametrize(
    ("root", "sections"),
    [
        (leaf("1"), ["1"]),
        (leaf("1", "text/html"), ["1"]),
        (leaf("1", name="all.txt", disposition="attachment"), ["1"]),
        (leaf("1", "application/pdf"), []),
        (multipart("alternative", PLAIN, HTML), ["1"]),
        (multipart("alternative", HTML), ["2"]),
        (multipart("alternative", leaf("1", size=0), HTML), ["2"]),
        (multipart("alternative", leaf("1", size=120), leaf("2", "text/html", 40_000)), ["2"]),
        (multipart("alternative", leaf("1", size=120), leaf("2", "text/html", 900)), ["1"]),
        (multipart("alternative", leaf("1", "text/enriched")), ["1"]),
        (multipart("mixed", PLAIN, PDF), ["1"]),
        (multipart("mixed", PLAIN, leaf("2", name="log.txt")), ["1"]),
        (multipart("mixed", PLAIN, leaf("2", "text/html")), ["1", "2"]),
        (multipart("mixed", leaf("1", disposition="attachment")), ["1"]),
        (multipart("signed", PLAIN, leaf("2", "application/pgp-signature")), ["1"]),
        (
            multipart(
                "mixed",
                multipart("alternative", leaf("1.1"), leaf("1.2", "text/html"), section="1"),
                leaf("2", "image/png"),
            ),
            ["1.1"],
        ),
        (
            multipart(
                "alternative",
                leaf("1", size=0),
                multipart("related", leaf("2.1", "text/html"), leaf("2.2", "image/png"), section="2"),
            ),
            ["2.1"],
        ),
        (multipart("alternative", PLAIN, HTML, leaf("3", "text/calendar")), ["1", "3"]),
        (
            multipart(
                "report", PLAIN, leaf("2", "message/delivery-status"), leaf("3", "text/rfc822-headers")
            ),
            ["1", "2", "3"],
        ),
        (multipart("mixed", PLAIN, leaf("2", "message/rfc822")), ["1", "2"]),
        (multipart("mixed"), []),
    ],
)
def test_the_parts_with_words_are_wanted(root: BodyPart, sections: list[str]) -> None:
    assert wanted(root) == sections


def test_everything_else_is_an_attachment() -> None:
    root = multipart(
        "mixed", multipart("alternative", leaf("1.1"), leaf("1.2", "text/html"), section="1"), PDF
    )

    assert [one.section for one in choose_words(root).attachments] == ["2"]


def test_words_are_capped_together_and_flagged() -> None:
    root = multipart("mixed", leaf("1", size=MAX_WORDS_BYTES - 10), leaf("2", size=500), leaf("3"))

    words = choose_words(root)

    assert [(one.part.section, one.max_bytes) for one in words.wanted] == [("1", MAX_WORDS_BYTES), ("2", 10)]
    assert words.has_more_text


def test_words_within_the_cap_are_not_flagged() -> None:
    assert not choose_words(multipart("mixed", PLAIN, HTML)).has_more_text


def test_many_small_parts_are_capped_in_number() -> None:
    words = choose_words(multipart("mixed", *(leaf(str(number)) for number in range(1, 500))))

    assert len(words.wanted) < 20
    assert words.has_more_text


def test_nesting_does_not_recurse() -> None:
    root = leaf("1")
    for _ in range(5_000):
        root = multipart("mixed", root)

    assert len(choose_words(root).wanted) == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\plan.pdf", "plan.pdf"),
        ("plan\u202efdp.exe", "planfdp.exe"),
        ("a\r\nb.txt", "a b.txt"),
        ("..", ""),
        ("x" * 1_000, "x" * 255),
    ],
)
def test_the_name_of_an_attachment_is_safe(name: str, shown: str) -> None:
    assert attachment_of(leaf("2", "application/pdf", name=name)).name == shown
