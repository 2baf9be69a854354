"""What mail programs mark in HTML: quotes, headers of quotes, forwards and signatures.

Tables of class names, ids and attributes by what they mean, and the reader that follows open elements
and keeps flat spans. A mark says only what the program said; which text stands in a quote without a
mark is the zoner's question (Outlook marks the header block alone, and what follows it is the quote).
"""

import re
from dataclasses import dataclass

from triage.core.message import Zone, ZoneKind
from triage.core.zones.separators import is_forward_separator

#: Containers that hold the attribution first and the quote after it.
_REPLY_CONTAINERS = frozenset(
    {
        "gmail_quote", "gmail_quote_container", "gmail_extra_quote", "yahoo_quoted", "yahoo-quoted-begin",
        "protonmail_quote", "tutanota_quote", "front-blockquote", "zmail_extra", "freshdesk_quote", "zm_quoted",
        "aol_quoted", "aolmail_quoted", "mailbird_quote", "superhuman-quote", "missive_quote", "hey_quote",
        "infomaniak_quote", "hubspot_quote",
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
_BEFORE_HEADER_IDS = frozenset(
    {"appendonsend", "olk_src_body_section", "reply-intro", "mail-editor-reference-message-container"}
)
_SIGNATURE_CLASSES = frozenset(
    {
        "gmail_signature", "gmail_signature_prefix", "moz-signature", "protonmail_signature_block", "yahoo_signature",
        "elementtoproof_signature", "tutanota_signature", "front-signature", "hs_signature", "zmail_signature",
    }
)  # fmt: skip
_SIGNATURE_IDS = frozenset(
    {
        "signature", "applemailsignature", "ms-outlook-mobile-signature", "applemailsignature-reply", "ymail_signature",
        "zimbra_signature", "lineBreakAtBeginningOfSignature".lower(), "lineBreakAtBeginningOfMessage".lower() + "_signature",
        "composer_signature", "mail-signature",
    }
)  # fmt: skip
_HEADER_BORDER = re.compile(
    r"border-top\s*:\s*(?:1(?:\.0)?\s*p[tx]\s+solid\s+|solid\s+)(?:#e1e1e1|#b5c4df|#e5e5e5|windowtext|rgb\(181, ?196, ?223\)|rgb\(225, ?225, ?225\))"
    r"|border-top-color\s*:\s*rgb\(229, ?229, ?229\)",
    re.IGNORECASE,
)
_MIN_HEADER_COLONS = 2


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
        self._header_is_next = False

    def open(self, name: str, attrib: dict[str, str]) -> bool:
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

    def divider(self, attrib: dict[str, str]) -> None:
        """Note a drawn rule that a program puts above the quote header."""
        if (
            attrib.get("data-marker", "").upper() == "__DIVIDER__"
            or attrib.get("id", "").lower() == "stopspelling"
        ):
            self._header_is_next = True

    def text(self, words: str, start: int, end: int) -> None:
        """Note the span of some words."""
        kind = self._kind(words)
        if kind is None:
            return
        last = self._spans[-1] if self._spans else None
        if last is not None and last.kind is kind and start - last.end <= _JOINED:
            self._spans[-1] = last._replace(end=end)
        else:
            self._spans.append(Zone(kind, start, end))

    def finish(self) -> tuple[Zone, ...]:
        """Return the spans, in order."""
        while self._open:
            self.close()
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
        region.colons += words.count(":") + words.count("：")
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
            region.holds_header = not words.rstrip().endswith((":", "："))
            return ZoneKind.QUOTE_HEADER
        return ZoneKind.QUOTED

    def _confirm_header(self, region: _Region) -> None:
        """Forget a header that only its looks told of, unless it reads like one."""
        if region.colons < _MIN_HEADER_COLONS:
            self._spans[region.first_span :] = [
                span for span in self._spans[region.first_span :] if span.kind is not ZoneKind.QUOTE_HEADER
            ]

    def _region_for(self, name: str, attrib: dict[str, str]) -> _Region | None:
        classes = attrib.get("class", "").lower().split()
        ident = attrib.get("id", "").lower()
        if name == "blockquote" and (
            attrib.get("type", "").lower() == "cite" or "cite" in attrib or ident in _QUOTE_IDS
        ):
            return _Region(kind=ZoneKind.QUOTED, is_quote=True)
        if any(item in _REPLY_CONTAINERS for item in classes) or attrib.get("name") in _REPLY_NAMES:
            if name != "blockquote":
                return _Region(holds_header=True)
            if "gmail_quote" not in classes or self._regions:
                return _Region(kind=ZoneKind.QUOTED, is_quote=True)
            return None
        if any(item in _FORWARD_CONTAINERS for item in classes):
            return _Region(kind=ZoneKind.FORWARDED)
        if any(item in _SIGNATURE_CLASSES for item in classes) or ident in _SIGNATURE_IDS:
            return _Region(kind=ZoneKind.SIGNATURE)
        if attrib.get("data-smartmail") == "gmail_signature" or attrib.get("data-signatureblock") == "true":
            return _Region(kind=ZoneKind.SIGNATURE)
        if any(item in _HEADER_CLASSES for item in classes) or ident in _HEADER_IDS:
            return _Region(kind=ZoneKind.QUOTE_HEADER)
        marker = attrib.get("data-marker", "").upper()
        if marker:
            return _ZIMBRA.get(marker, lambda: None)()
        if ident in _BEFORE_HEADER_IDS:
            self._header_is_next = True
            return None
        if _HEADER_BORDER.search(attrib.get("style", "")):
            return _Region(kind=ZoneKind.QUOTE_HEADER, is_tentative=True)
        return None


#: Gap in characters that separates two words of one span: a few line breaks and a quote mark.
_JOINED = 12
_ZIMBRA = {
    "__HEADERS__": lambda: _Region(kind=ZoneKind.QUOTE_HEADER),
    "__QUOTED_TEXT__": lambda: _Region(kind=ZoneKind.QUOTED, is_quote=True),
    "__SIG_PRE__": lambda: _Region(kind=ZoneKind.SIGNATURE),
    "__SIG_POST__": lambda: _Region(kind=ZoneKind.SIGNATURE),
}
