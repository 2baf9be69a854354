"""What mail programs mark in HTML: quotes, headers of quotes, forwards and signatures.

Tables of class names, ids and attributes by what they mean, and the reader that follows open elements
and keeps flat spans. A mark says only what the program said; which text stands in a quote without a
mark is the zoner's question: Outlook marks the header block alone, and what follows it is the quote.
Bare anchors that may stand above a reply's header (Outlook's ``appendonsend``, Zimbra's divider) are no
marks: the header behind them is, or its words tell.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from triage.core.message import Zone, ZoneKind
from triage.core.zones.lines import COLONS
from triage.core.zones.separators import is_forward_separator

#: Containers that hold the attribution first and the quote after it.
_REPLY_CONTAINERS = frozenset(
    {
        "gmail_quote", "gmail_quote_container", "gmail_extra_quote", "yahoo_quoted",
        "yahoo-quoted-begin", "protonmail_quote", "tutanota_quote", "front-blockquote", "zmail_extra",
        "freshdesk_quote", "zm_quoted", "aol_quoted", "aolmail_quoted", "mailbird_quote",
        "superhuman-quote", "missive_quote", "hey_quote", "infomaniak_quote", "hubspot_quote",
    }
)  # fmt: skip
_REPLY_NAMES = frozenset({"messageReplySection", "quote", "messagereplysection"})
_FORWARD_CONTAINERS = frozenset({"moz-forward-container"})
_HEADER_CLASSES = frozenset(
    {"moz-cite-prefix", "gmail_attr", "moz-email-headers-table", "protonmail_quote_header"}
)
_HEADER_IDS = frozenset(
    {"divrplyfwdmsg", "mac_outlook_attribution", "x_divrplyfwdmsg", "divtagdefaultwrapper_header"}
)
_QUOTE_IDS = frozenset({"mac_outlook_attribution_blockquote", "blockquote_zmail", "qt", "isreplycontent"})
_SIGNATURE_CLASSES = frozenset(
    {
        "gmail_signature", "gmail_signature_prefix", "moz-signature", "protonmail_signature_block",
        "yahoo_signature", "elementtoproof_signature", "tutanota_signature", "front-signature",
        "hs_signature", "zmail_signature",
    }
)  # fmt: skip
_SIGNATURE_IDS = frozenset(
    {
        "signature", "applemailsignature", "ms-outlook-mobile-signature", "applemailsignature-reply",
        "ymail_signature", "zimbra_signature", "linebreakatbeginningofsignature", "composer_signature",
        "mail-signature",
    }
)  # fmt: skip
_HEADER_COLOURS = (
    r"#e1e1e1|#b5c4df|#e5e5e5|windowtext|rgb\(181, ?196, ?223\)|rgb\(225, ?225, ?225\)|rgb\(229, ?229, ?229\)"
)
#: Outlook and Windows Mail draw a thin line above the header block and say no more.
_HEADER_BORDER = re.compile(
    rf"border-top\s*:\s*(?:1(?:\.0)?\s*p[tx]\s+solid\s+|solid\s+)(?:{_HEADER_COLOURS})"
    rf"|border-top-color\s*:\s*(?:{_HEADER_COLOURS})",
    re.IGNORECASE,
)
_ZIMBRA_MARKERS = {
    "__HEADERS__": ZoneKind.QUOTE_HEADER,
    "__QUOTED_TEXT__": ZoneKind.QUOTED,
    "__SIG_PRE__": ZoneKind.SIGNATURE,
    "__SIG_POST__": ZoneKind.SIGNATURE,
}
_MIN_HEADER_COLONS = 2
#: Gap in characters that separates two words of one span: a few line breaks and a quote mark.
_JOINED = 12


@dataclass(kw_only=True, slots=True)
class _Region:
    """An open element that means something.

    Attributes:
        kind: What its text is; None for a container whose text depends on where it stands.
        holds_header: Its first words are the attribution, up to a colon at the end of a line.
        had_quote: A quote element inside it was closed: what follows outside of one is an answer.
    """

    kind: ZoneKind | None = None
    holds_header: bool = False
    had_quote: bool = False
    is_quote: bool = False
    is_tentative: bool = False
    is_fresh: bool = True
    colons: int = 0
    first_span: int = 0


class MarkReader:
    """Follows the elements and keeps what their text is."""

    def __init__(self) -> None:
        self._open: list[_Region | None] = []
        self._regions: list[_Region] = []
        self._spans: list[Zone] = []

    def open(self, name: str, attrib: Mapping[str, str]) -> bool:
        """Follow an element that opens; return whether it is a quote in its own right."""
        region = self._region_for(name, attrib) if attrib else None
        if region is None and name == "blockquote" and any(item.kind is None for item in self._regions):
            region = _Region(kind=ZoneKind.QUOTED, is_quote=True)
        self._open.append(region)
        if region is not None:
            region.first_span = len(self._spans)
            self._regions.append(region)
        return region is not None and region.kind is ZoneKind.QUOTED

    def close(self) -> None:
        """Follow an element that closes."""
        region = self._open.pop() if self._open else None
        if region is None:
            return
        self._regions.pop()
        if region.is_tentative:
            self._confirm_header(region)
        if region.is_quote:
            for outer in self._regions:
                outer.had_quote = True

    def text(self, words: str, start: int, end: int) -> None:
        """Note the span of some words."""
        kind = self._kind(words)
        if kind is None:
            return
        last = self._spans[-1] if self._spans else None
        if last is not None and last.kind is kind and start - last.end <= _JOINED:
            self._spans[-1] = Zone(kind, last.start, end)
        else:
            self._spans.append(Zone(kind, start, end))

    def finish(self) -> tuple[Zone, ...]:
        """Return the spans, in order."""
        return tuple(span for span in self._spans if span.kind is not ZoneKind.NEW)

    def _kind(self, words: str) -> ZoneKind | None:
        found: ZoneKind | None = None
        for region in self._regions:
            kind = self._kind_in(region, words)
            if kind is ZoneKind.FORWARDED:
                return kind
            if found is None or found is ZoneKind.NEW:
                found = kind
        return found

    def _kind_in(self, region: _Region, words: str) -> ZoneKind | None:
        region.colons += words.count(":") + words.count(COLONS[1])
        if region.kind in {None, ZoneKind.QUOTED} and region.is_fresh:
            # The first words of a container tell a forward from a reply.
            region.is_fresh = False
            if is_forward_separator(words.strip()):
                region.kind = ZoneKind.FORWARDED
                return region.kind
        if region.kind is not None:
            return region.kind
        if region.had_quote:
            return ZoneKind.NEW
        if region.holds_header:
            region.holds_header = not words.rstrip().endswith(tuple(COLONS))
            return ZoneKind.QUOTE_HEADER
        return ZoneKind.QUOTED

    def _confirm_header(self, region: _Region) -> None:
        """Forget a header that only its looks told of, unless it reads like one."""
        if region.colons < _MIN_HEADER_COLONS:
            self._spans[region.first_span :] = [
                span for span in self._spans[region.first_span :] if span.kind is not ZoneKind.QUOTE_HEADER
            ]

    def _region_for(self, name: str, attrib: Mapping[str, str]) -> _Region | None:
        classes = frozenset(attrib.get("class", "").lower().split())
        ident = attrib.get("id", "").lower()
        kind = _told_kind(classes, ident, attrib)
        if kind is not None:
            return _Region(kind=kind)
        if name == "blockquote":
            is_cited = attrib.get("type", "").lower() == "cite" or "cite" in attrib or ident in _QUOTE_IDS
            # A quote with Gmail's class and nothing around it was made by the writer.
            is_named = not classes.isdisjoint(_REPLY_CONTAINERS)
            is_quote = is_cited or (is_named and ("gmail_quote" not in classes or bool(self._regions)))
            return _Region(kind=ZoneKind.QUOTED, is_quote=True) if is_quote else None
        if not classes.isdisjoint(_REPLY_CONTAINERS) or attrib.get("name") in _REPLY_NAMES:
            return _Region(holds_header=True)
        if _HEADER_BORDER.search(attrib.get("style", "")):
            return _Region(kind=ZoneKind.QUOTE_HEADER, is_tentative=True)
        return None


def _told_kind(classes: frozenset[str], ident: str, attrib: Mapping[str, str]) -> ZoneKind | None:
    """What a class, an id or another attribute says outright."""
    if not classes.isdisjoint(_FORWARD_CONTAINERS):
        return ZoneKind.FORWARDED
    if not classes.isdisjoint(_SIGNATURE_CLASSES) or ident in _SIGNATURE_IDS:
        return ZoneKind.SIGNATURE
    if attrib.get("data-smartmail") == "gmail_signature" or attrib.get("data-signatureblock") == "true":
        return ZoneKind.SIGNATURE
    if not classes.isdisjoint(_HEADER_CLASSES) or ident in _HEADER_IDS:
        return ZoneKind.QUOTE_HEADER
    return _ZIMBRA_MARKERS.get(attrib.get("data-marker", "").upper())
