"""A sanitised HTML view of a mail, for a sandboxed frame of the page.

nh3 does the sanitising; before it stand the caps, because nesting alone can keep any tree builder busy
for minutes. Nothing in the result loads anything: no image, font, style or frame from elsewhere, and
no link that runs. Pictures are dropped, not fetched, for a fetched picture tells the sender who reads.
"""

import re

import nh3

from triage.core.display_text import display_text

MAX_CHARS = 256 * 1024
MAX_DEPTH = 200

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})([^<>]*)>?")
# Void elements, and those that their next sibling closes: they cannot nest by being left open.
_NOT_NESTING = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
        "track", "wbr", "p", "li", "td", "th", "tr", "tbody", "thead", "tfoot", "dt", "dd", "option",
        "colgroup",
    }
)  # fmt: skip
_TAGS = frozenset(
    {
        "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd",
        "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li",
        "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "table",
        "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
    }
)  # fmt: skip
_DROPPED_WITH_CONTENT = frozenset(
    {
        "script",
        "style",
        "svg",
        "math",
        "title",
        "template",
        "iframe",
        "object",
        "noscript",
        "textarea",
        "select",
    }
)
_ATTRIBUTES = {
    "*": {"dir", "title"},
    "a": {"href"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign"},
    "ol": {"start", "type"},
    "col": {"span"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_MAX_SPAN = 3
_MAX_LINK = 2_048


def safe_html(html: str) -> str | None:
    """Return HTML that is safe to show, or None when it is too long or too deep: show the text then.

    The result has no element, attribute or link by which a browser would load or run anything.
    """
    if len(html) > MAX_CHARS or _depth_exceeds(html, MAX_DEPTH):
        return None
    return nh3.clean(
        display_text(html),
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED_WITH_CONTENT),
        attributes=_ATTRIBUTES,
        attribute_filter=_filtered,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _filtered(_tag: str, name: str, value: str) -> str | None:
    """Drop attributes that could load something, and spans that would freeze a table layout."""
    if name == "href":
        # Relative links would point into our own page.
        is_absolute = value.lower().startswith(("http://", "https://", "mailto:", "tel:"))
        return value if is_absolute and len(value) <= _MAX_LINK else None
    if name in {"colspan", "rowspan", "span", "start"}:
        return value if value.isdecimal() and len(value) <= _MAX_SPAN else None
    return value


def _depth_exceeds(html: str, limit: int) -> bool:
    """Count open tags in one pass; a tag that is never closed counts as open to the end."""
    depth = 0
    for match in _TAG.finditer(html):
        closing, name, rest = match.groups()
        if name.lower() in _NOT_NESTING or rest.endswith("/"):
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > limit:
            return True
    return False
