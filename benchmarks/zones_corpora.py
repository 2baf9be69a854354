"""Zones over the public corpora: new words against the rest.

    python -m benchmarks.zones_corpora CORPORA

What is held against what is told in docs/zones.md.
"""

import ast
import email
import email.policy
import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from benchmarks.corpus_row import CorpusRow
from triage.core.message import Zone, ZoneKind
from triage.core.zones import zone_text
from triage.mailbox.html_text import html_to_text

_REST = frozenset({ZoneKind.QUOTED, ZoneKind.QUOTE_HEADER})
_OWN = frozenset({ZoneKind.NEW, ZoneKind.SIGNATURE, ZoneKind.DISCLAIMER})
_TALON_HTML_REPLY = "Hi. I am fine. Thanks, Alex"


def measure(path: Path) -> list[CorpusRow]:
    """Return every row that the corpora below a folder allow."""
    rows: list[CorpusRow] = []
    rows += _talon(path / "talon")
    for corpus, folder in (("ASF", "ASF/train"), ("Enron", "Enron/annotated_all/train")):
        rows += _quagga(corpus, path / "quagga" / folder)
    rows += _quagga_total(path / "quagga")
    rows += _labelled_lines(path / "quagga" / "Enron" / "annotated_lines")
    for name in ("erp-github", "erp-willdurand", "erp-zapier"):
        rows += _reply_parsers(name, path / name)
    rows += _quotequail(path / "quotequail")
    return rows


def _kept(text: str, zones: tuple[Zone, ...], dropped: frozenset[ZoneKind] = _REST) -> str:
    return " ".join("".join(text[start:end] for kind, start, end in zones if kind not in dropped).split())


# talon ------------------------------------------------------------------------------------------


def _talon(folder: Path) -> list[CorpusRow]:
    rows = []
    for name, cases in (
        ("plain-text tests", list(_talon_cases(folder))),
        ("client replies (.eml)", list(_talon_replies(folder / "standard_replies"))),
        ("client replies (.html)", list(_talon_html(folder / "html_replies"))),
    ):
        if cases:
            right = sum(expected == kept for _, expected, kept in cases)
            rows.append(CorpusRow(name, "talon", len(cases), right / len(cases), 1.0, "share right"))
    return rows


def _talon_cases(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Read the cases out of talon's own test file, where the folder holds it, without running it."""
    for file in sorted(folder.rglob("text_quotations_test.py")):
        for function in ast.parse(file.read_text("utf-8")).body:
            if isinstance(function, ast.FunctionDef):
                for number, (expected, body) in enumerate(_equalities(function)):
                    kept = _kept(body, zone_text(body).zones)
                    yield f"{function.name}.{number}", " ".join(expected.split()), kept


def _equalities(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Expected text and mail of each ``eq_(expected, quotations.extract_from_plain(mail))``."""
    names: dict[str, str] = {}
    for statement in function.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            value = _string(statement.value, names)
            if value is not None:
                names[statement.targets[0].id] = value
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        if call.func.id == "eq_" and len(call.args) == 2:
            expected, mail = _string(call.args[0], names), _string(call.args[1], names)
            if expected is not None and mail is not None:
                yield expected, mail
        elif call.func.id == "_check_pattern_original_message":
            phrase = _string(call.args[0], names)
            yield "Test reply", f"Test reply\n\n-----{phrase}-----\n\nTest"


def _string(node: ast.expr, names: dict[str, str]) -> str | None:
    if isinstance(node, ast.Call) and node.args:
        return _string(node.args[0], names)
    if isinstance(node, ast.Name):
        return names.get(node.id)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _talon_replies(folder: Path) -> Iterator[tuple[str, str, str]]:
    for file in sorted(folder.glob("*.eml")):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        part = message.get_body(preferencelist=("plain",))
        text = str(part.get_content()) if part is not None else ""
        expected = folder / f"{file.stem}_reply_text"
        reply = expected.read_text("utf-8") if expected.exists() else "Hello"
        text = text.replace("\r\n", "\n")
        yield file.name, " ".join(reply.split()), _kept(text, zone_text(text).zones)


def _talon_html(folder: Path) -> Iterator[tuple[str, str, str]]:
    for file in sorted(folder.glob("*.html")):
        body = html_to_text(file.read_bytes().decode("utf-8", "replace"))
        yield file.name, _TALON_HTML_REPLY, _kept(body.text, zone_text(body.text, marks=body.marks).zones)


# Quagga -----------------------------------------------------------------------------------------


@dataclass(kw_only=True, slots=True)
class _Counts:
    lines: int = 0
    right: int = 0
    new: int = 0
    found: int = 0

    def add(self, *, is_new: bool, called_new: bool) -> None:
        self.lines += 1
        self.right += is_new is called_new
        self.new += is_new
        self.found += is_new and called_new

    def rows(self, corpus: str, reading: str, *, is_target: bool) -> list[CorpusRow]:
        return [
            CorpusRow(
                f"lines right, {reading}",
                corpus,
                self.lines,
                self.right / self.lines,
                0.985 if is_target else None,
                "share",
            ),
            CorpusRow(
                f"new lines kept, {reading}",
                corpus,
                self.new,
                self.found / self.new,
                0.999 if is_target else None,
                "share",
            ),
        ]


class Reading(StrEnum):
    """How the annotation, which knows bodies, signatures and headers, is read as new against the rest."""

    OWN = "own words"
    SIGNATURES_REST = "own words, signatures as rest"
    STRICT = "new alone, signatures as rest"
    FIRST_BODY = "new alone, first body only"


#: The reading that the targets are held against.
_TARGETED = frozenset({Reading.OWN})


@dataclass(frozen=True, kw_only=True, slots=True)
class AnnotatedLine:
    """A line of an annotated mail that holds words: what it is and what the zoner calls it."""

    words: str
    is_body: bool
    is_signature: bool
    is_above: bool
    is_answer: bool
    kind: ZoneKind

    def truth(self, reading: Reading) -> tuple[bool, bool]:
        """Whether the line is new and whether it was called new, under a reading of the annotation."""
        is_own = self.is_body and (self.is_above or self.is_answer)
        if reading is Reading.OWN:
            return is_own, self.kind in _OWN
        if reading is Reading.SIGNATURES_REST:
            return is_own and not self.is_signature, self.kind in _OWN
        is_new = self.kind is ZoneKind.NEW
        if reading is Reading.FIRST_BODY:
            return self.is_body and self.is_above and not self.is_signature, is_new
        return is_own and not self.is_signature, is_new


def annotated_mails(folder: Path) -> Iterator[tuple[str, list[AnnotatedLine]]]:
    """Yield the annotated mails of a folder with their lines."""
    for file in sorted(folder.glob("*.ann")):
        record = json.loads(file.read_text("utf-8"))
        yield file.name, _annotated_lines(record["text"], record["denotations"])


def _annotated_lines(text: str, spans: list[dict[str, object]]) -> list[AnnotatedLine]:
    bodies, signatures, headers = (
        sorted((int(str(s["start"])), int(str(s["end"]))) for s in spans if s["type"] == kind)
        for kind in ("Body", "Body/Signature", "Header")
    )
    above = headers[0][0] if headers else len(text) + 1
    quotes_by_mark = bool(headers) and text[headers[0][1] :].lstrip().startswith(">")
    zones = zone_text(text).zones
    raws = text.splitlines(keepends=True)
    marked = [raw.lstrip().startswith(">") for raw in raws]
    lines = []
    position = number = 0
    for index, raw in enumerate(raws):
        at = position + len(raw) - len(raw.lstrip())
        position += len(raw)
        if not raw.strip():
            continue
        while zones[number].end <= at:
            number += 1
        # A line between two marked ones is what a wrap tore off, not an answer.
        is_torn = 0 < index < len(raws) - 1 and marked[index - 1] and marked[index + 1]
        lines.append(
            AnnotatedLine(
                words=raw.strip(),
                is_body=any(start <= at < end for start, end in bodies),
                is_signature=any(start <= at < end for start, end in signatures),
                is_above=at < above,
                is_answer=at >= above and quotes_by_mark and not marked[index] and not is_torn,
                kind=zones[number].kind,
            )
        )
    return lines


def _count(folder: Path, reading: Reading, counts: _Counts) -> None:
    for _, lines in annotated_mails(folder):
        for line in lines:
            is_new, called_new = line.truth(reading)
            counts.add(is_new=is_new, called_new=called_new)


def _quagga(corpus: str, folder: Path) -> list[CorpusRow]:
    rows = []
    for reading in Reading:
        counts = _Counts()
        _count(folder, reading, counts)
        if counts.new:
            rows += counts.rows(f"quagga {corpus}", reading, is_target=reading in _TARGETED)
    return rows


def _quagga_total(folder: Path) -> list[CorpusRow]:
    rows = []
    for reading in Reading:
        counts = _Counts()
        for name in ("ASF/train", "Enron/annotated_all/train"):
            _count(folder / name, reading, counts)
        if counts.new:
            rows += counts.rows("quagga", reading, is_target=reading in _TARGETED)
    return rows


_LABELLED = re.compile(r"^(?:([A-Z])>)?(.*)$")
_SUBJECT = re.compile(r"^Subject: (.*)$", re.MULTILINE)


def _labelled_lines(folder: Path) -> list[CorpusRow]:
    """Count the mails whose lines carry B, S or H in front: own is what stands above the first H."""
    counts = _Counts()
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        head, _, body = file.read_text("utf-8", errors="replace").partition("\n\n")
        subject = _SUBJECT.search(head)
        rows = [match.groups("") for line in body.split("\n") if (match := _LABELLED.match(line)) is not None]
        text = "\n".join(words for _, words in rows)
        zones = zone_text(text, subject=subject.group(1) if subject else "").zones
        is_own, position, number = True, 0, 0
        for label, words in rows:
            at = position + len(words) - len(words.lstrip())
            position += len(words) + 1
            is_own = is_own and label != "H"
            if not words.strip() or not label:
                continue
            while zones[number].end <= at:
                number += 1
            counts.add(is_new=is_own, called_new=zones[number].kind in _OWN)
    return counts.rows("enron, by line", Reading.OWN, is_target=False) if counts.new else []


# others -----------------------------------------------------------------------------------------

_MARKED = re.compile(r"^>", re.MULTILINE)


def _reply_parsers(name: str, folder: Path) -> list[CorpusRow]:
    """Fixtures without expected results: no marked line is left in the new text, and some is new."""
    right = total = 0
    for file in sorted(folder.glob("*.txt")):
        text = file.read_text("utf-8", errors="replace")
        zoning = zone_text(text)
        total += 1
        new = "".join(text[z.start : z.end] for z in zoning.zones if z.kind is ZoneKind.NEW)
        right += bool(new.strip()) and zoning.is_sure and _MARKED.search(new) is None
    return (
        [CorpusRow("no marked line left as new", name, total, right / total, None, "share")] if total else []
    )


def _quotequail(folder: Path) -> list[CorpusRow]:
    """Replies hold a quote, forwards hold a forwarded message, what was unwrapped is new."""
    right = total = 0
    for file in sorted(folder.glob("*.html")):
        body = html_to_text(file.read_text("utf-8", errors="replace"))
        subject = "Fwd: example" if "forward" in file.name else "Re: example"
        kinds = {z.kind for z in zone_text(body.text, marks=body.marks, subject=subject).zones}
        total += 1
        if "unwrapped" in file.name:
            right += ZoneKind.NEW in kinds or ZoneKind.FORWARDED in kinds
        else:
            right += (ZoneKind.FORWARDED if "forward" in file.name else ZoneKind.QUOTED) in kinds
    return (
        [CorpusRow("kind of quote found", "quotequail", total, right / total, None, "share")] if total else []
    )


def main() -> None:
    """Print the table for the folder given."""
    started = time.perf_counter()
    for row in measure(Path(sys.argv[1])):
        target = "" if row.target is None else f"{row.target:.4f}"
        print(f"{row.corpus:18} {row.name:48} {row.n:7} {row.value:.5f} {target:7} {row.unit}")
    print(f"{time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
