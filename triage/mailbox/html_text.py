"""HTML bodies to text, with what mail programs mark as quote, header of a quote, forward or signature.

The parser reports tags one after the other; no tree is built and nothing recurses, so hostile nesting
costs no more than its length. Markup that is nested or repeated beyond reason is stripped by a plain
scan instead. What a reader would not see (scripts, styles, hidden elements) is left out. Cleaning the
text of control characters is the text boundary's work, not done here.
"""

import html as entities
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from triage.core.message import Zone
from triage.mailbox.html_marks import MarkReader

#: Characters of HTML that are read; what lies beyond is left out and flagged.
MAX_CHARS = 1024 * 1024
#: Nesting and number of tags beyond which the markup is only stripped.
MAX_DEPTH = 400
MAX_TAGS = 60_000

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})[^<>]*(>?)")
_INVISIBLE_BLOCK = re.compile(r"<(style|script|title|head)\b[^<>]*>[^<]*(?:<(?!/?\1)[^<]*)*", re.IGNORECASE)
#: An address that a program forgot to escape, which a parser would take for a tag.
_BARE_ADDRESS = re.compile(r"<((?:mailto:|https?:)?[^\s<>@\"'=]{1,64}@[^\s<>@\"'=]{1,255})>")
_ANY_TAG = re.compile(r"<[!/?a-zA-Z][^<>]*>?")
_BREAKING_TAG = re.compile(r"<(?:br|/?(?:p|div|tr|li|h[1-6]|table|blockquote|pre))\b[^<>]*>", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\f\v]+")
_MANY_BREAKS = re.compile(r"\n{4,}")

_VOID = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
        "track", "wbr",
    }
)  # fmt: skip
_INVISIBLE = frozenset(
    {
        "head", "script", "style", "title", "template", "object", "svg", "math", "iframe", "audio", "video",
        "xml",
    }
)  # fmt: skip
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset",
        "figure", "footer", "form", "header", "html", "li", "main", "nav", "ol", "section", "summary",
        "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "caption", "figcaption", "table",
        "blockquote", "pre",
    }
)  # fmt: skip
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)"
    r"|max-height\s*:\s*0(?:px)?\s*(?:;|$)",
    re.IGNORECASE,
)
_NO_MARGIN = re.compile(r"margin(?:-bottom)?\s*:\s*0", re.IGNORECASE)
_RULE = "-" * 40
_PARAGRAPH = 2
_MAX_BREAKS = 3
_MAX_LIST_DEPTH = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class HtmlText:
    r"""An HTML body as text.

    Attributes:
        text: Lines end with ``\n``.
        marks: Spans of ``text`` that the marks of mail programs tell about, in order, without overlap.
        is_whole: False when the body was longer than the cap, or its markup was only stripped.
    """

    text: str
    marks: tuple[Zone, ...] = ()
    is_whole: bool = True


def html_to_text(html: str) -> HtmlText:
    r"""Return the readable text of an HTML body and what mail programs marked in it.

    Total: it returns for every string, in time linear in its length.

    Args:
        html: The decoded body. Only the first ``MAX_CHARS`` characters are read.
    """
    is_whole = len(html) <= MAX_CHARS
    body = _BARE_ADDRESS.sub(r"&lt;\1&gt;", html[:MAX_CHARS].replace("\x00", ""))
    if not body.strip():
        return HtmlText(text="", is_whole=is_whole)
    if _is_excessive(body):
        return HtmlText(text=_strip(body), is_whole=False)
    target = _Writer()
    parser = etree.HTMLParser(
        target=target,  # type: ignore[arg-type]  # the stubs allow for bytes, which lxml gives only on Python 2
        huge_tree=True,
        recover=True,
        remove_comments=True,
        encoding="utf-8",
    )
    try:
        parser.feed(body.encode("utf-8", "replace"))
        parser.close()
    except etree.LxmlError:
        return HtmlText(text=_strip(body), is_whole=False)
    text, marks = target.body()
    return HtmlText(text=text, marks=marks, is_whole=is_whole)


def _is_excessive(body: str) -> bool:
    """Whether the markup is nested or repeated beyond what a mail program writes."""
    openings = body.count("<")
    if not MAX_DEPTH < openings <= 2 * MAX_TAGS:
        return openings > MAX_DEPTH
    depth = 0
    for tags, match in enumerate(_TAG.finditer(body), start=1):
        if match.group(1):
            depth = max(0, depth - 1)
        elif match.group(2).lower() not in _VOID and not match.group().endswith("/>"):
            depth += 1
        if depth > MAX_DEPTH or tags > MAX_TAGS:
            return True
    return False


def _without_comments(body: str) -> str:
    """Leave out closed comments; one that is never closed hides nothing. Found by search, in linear time."""
    pieces = []
    position = 0
    while (start := body.find("<!--", position)) >= 0 and (end := body.find("-->", start + 4)) >= 0:
        pieces.append(body[position:start])
        position = end + 3
    return " ".join((*pieces, body[position:]))


def _strip(body: str) -> str:
    """Leave out all tags, without understanding them."""
    plain = _INVISIBLE_BLOCK.sub(" ", _without_comments(body))
    plain = _ANY_TAG.sub("", _BREAKING_TAG.sub("\n", plain))
    lines = (_SPACES.sub(" ", line).strip() for line in entities.unescape(plain).split("\n"))
    return _MANY_BREAKS.sub("\n\n\n", "\n".join(lines)).strip("\n")


@dataclass(kw_only=True, slots=True)
class _Element:
    """An open element."""

    tag: str
    is_hidden: bool = False
    breaks: int = 0
    is_quoting: bool = False
    items: int = -1


class _Writer:
    """Parser target: turns the events of the parser into text and marks."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._open: list[_Element] = []
        self._hidden = 0
        self._verbatim = 0
        self._breaks = 0
        self._space = False
        self._depth = 0
        self._bullet = ""
        self._cell = ""
        self._cell_is_fresh = False
        self._row_has_text = False
        self._marks = MarkReader()

    def start(self, tag: str, attrib: Mapping[str, str]) -> None:
        """Open an element."""
        name = tag.lower()
        if name in _VOID:
            self._void(name)
            return
        element = _Element(tag=name, is_hidden=name in _INVISIBLE or _is_hidden(attrib))
        self._hidden += element.is_hidden
        element.breaks = _breaks_around(name, attrib)
        if name == "li":
            self._begin_item()
        elif name in {"ul", "ol"}:
            element.items = 0 if name == "ol" else -1
        elif name in {"td", "th"}:
            self._begin_cell()
        elif name == "tr":
            self._row_has_text = False
        elif name == "pre":
            self._verbatim += 1
        if element.breaks and name not in {"td", "th"}:
            self._break(element.breaks)
        is_marked = self._marks.open(name, attrib)
        if name == "blockquote" and not is_marked:
            element.is_quoting = True
            self._depth += 1
        self._open.append(element)

    def end(self, tag: str) -> None:
        """Close an element."""
        name = tag.lower()
        if name in _VOID or not self._open:
            return
        element = self._open.pop()
        self._marks.close()
        self._hidden -= element.is_hidden
        self._verbatim -= element.tag == "pre"
        if element.breaks:
            self._break(element.breaks)
        if element.is_quoting:
            self._depth -= 1

    def data(self, data: str) -> None:
        """Write text."""
        if self._hidden:
            return
        if self._verbatim:
            self._write_verbatim(data)
            return
        for number, piece in enumerate(data.split("\xa0")):
            if number:
                self._no_break_space()
            self._write(piece)

    def comment(self, text: str) -> None:
        """Leave out comments."""

    def close(self) -> None:
        """End the document; ``body`` holds the result."""

    def body(self) -> tuple[str, tuple[Zone, ...]]:
        """Return the text and the marks."""
        return "".join(self._parts), self._marks.finish()

    def _void(self, name: str) -> None:
        if self._hidden:
            return
        if name == "br":
            self._break_line()
        elif name == "hr":
            self._break(1)
            self._emit(_RULE)
            self._break(1)

    def _break(self, count: int) -> None:
        """Begin a new line, or with two a new paragraph, unless that has happened already."""
        if self._cell_is_fresh:
            return
        if self._length and self._breaks < count:
            self._breaks = count
        self._space = False

    def _break_line(self) -> None:
        self._cell_is_fresh = False
        if self._length:
            self._breaks = min(self._breaks + 1, _MAX_BREAKS)
        self._space = False

    def _no_break_space(self) -> None:
        if self._breaks:
            self._breaks = max(self._breaks, _PARAGRAPH)
        else:
            self._space = True

    def _write(self, data: str) -> None:
        words = data.split()
        if not words:
            self._space = self._space or bool(data)
            return
        self._emit(" ".join(words), lead=" " if self._space or data[0].isspace() else "")
        self._space = data[-1].isspace()

    def _write_verbatim(self, data: str) -> None:
        lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for number, line in enumerate(lines):
            if number:
                self._break_line()
            if line.strip():
                self._emit(line.rstrip(), lead="")

    def _emit(self, words: str, lead: str = "") -> None:
        """Write words on the current line, or on a new one when a break is due."""
        if self._breaks:
            prefix = "\n" * self._breaks + self._line_prefix()
        elif not self._length:
            prefix = self._line_prefix()
        elif self._cell:
            prefix = " " if self._parts[-1].endswith(":") else self._cell
        else:
            prefix = lead
        if self._breaks:
            self._row_has_text = self._row_has_text and self._cell_is_fresh
        self._breaks = 0
        self._cell = self._bullet = ""
        self._cell_is_fresh = False
        self._row_has_text = True
        self._put(prefix)
        start = self._length
        self._put(words)
        self._marks.text(words, start, self._length)

    def _put(self, piece: str) -> None:
        if piece:
            self._parts.append(piece)
            self._length += len(piece)

    def _line_prefix(self) -> str:
        quote = ">" * min(self._depth, _MAX_LIST_DEPTH)
        return f"{quote} {self._bullet}" if quote else self._bullet

    def _begin_item(self) -> None:
        lists = [element for element in self._open[-4 * _MAX_LIST_DEPTH :] if element.tag in {"ul", "ol"}]
        indent = "  " * min(max(len(lists) - 1, 0), _MAX_LIST_DEPTH)
        if lists and lists[-1].items >= 0:
            lists[-1].items += 1
            self._bullet = f"{indent}{lists[-1].items}. "
        else:
            self._bullet = f"{indent}- "

    def _begin_cell(self) -> None:
        if self._row_has_text and self._breaks <= 1:
            self._breaks = 0
            self._cell = " | "
        else:
            self._break(1)
        self._cell_is_fresh = True


def _is_hidden(attrib: Mapping[str, str]) -> bool:
    if "hidden" in attrib:
        return True
    style = attrib.get("style")
    return style is not None and _HIDDEN_STYLE.search(style) is not None


def _breaks_around(name: str, attrib: Mapping[str, str]) -> int:
    if name in _PARAGRAPHS:
        is_tight = attrib.get("class", "").startswith("Mso") or _NO_MARGIN.search(attrib.get("style", ""))
        return 1 if is_tight else _PARAGRAPH
    return 1 if name in _BLOCKS else 0
