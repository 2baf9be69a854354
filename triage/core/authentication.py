"""Whether the receiving server found the sender to be who it says it is (RFC 8601).

Anybody can write an Authentication-Results header into a mail, so only the topmost one of a
configured host is read. That host must remove forged headers with its own name, as RFC 8601
section 5 demands.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: Returns the part of a domain that somebody registered, or empty.
Registrable = Callable[[str], str]

#: Configured instead of a host name for Microsoft 365, whose header names no host.
UNNAMED_HOST = "-"

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s;"]+|;')
_INNER_COMMENT = re.compile(r"\([^()]*\)")
_FAILURES = frozenset({"fail", "hardfail", "softfail", "policy"})
#: The property that names the domain a method vouches for (RFC 8601 section 2.7).
_VOUCHED = {"spf": ("smtp.mailfrom",), "dkim": ("header.d", "header.i")}


class Verdict(StrEnum):
    """What the trusted results say about a domain."""

    PASS = "pass"  # noqa: S105 (a word of RFC 8601, no password)
    FAIL = "fail"
    ABSENT = "absent"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Result:
    method: str
    outcome: str
    properties: dict[str, str]


def verdict(
    values: Sequence[str],
    *,
    hosts: frozenset[str],
    domain: str,
    registrable: Registrable,
    is_author: bool = True,
) -> Verdict:
    """Return what the topmost header of a trusted host says about mail of the domain.

    DMARC decides where it was evaluated. Otherwise an SPF or DKIM pass counts only for the same
    registrable domain (RFC 7489 section 3.1, relaxed alignment): a pass for somebody else's domain
    is a failure to prove this one.

    Args:
        values: Raw Authentication-Results values, topmost first.
        hosts: Trusted authserv-ids in lower case.
        domain: Domain of the From address, or of another party that is to be proven.
        registrable: Returns the registered part of a domain.
        is_author: False for another party than the author: DMARC says nothing about it.
    """
    for value in values:
        host, results = _parsed(value)
        if host in hosts:
            kept = tuple(result for result in results if is_author or result.method != "dmarc")
            return _decided(kept, registrable(domain), registrable)
    return Verdict.ABSENT


def _decided(results: tuple[_Result, ...], domain: str, registrable: Registrable) -> Verdict:
    outcomes = {result.outcome for result in results if result.method == "dmarc"}
    if "fail" in outcomes:
        return Verdict.FAIL
    if "pass" in outcomes:
        return Verdict.PASS
    checks = [result for result in results if result.method in _VOUCHED]
    if domain and any(registrable(vouched) == domain for vouched in _passed(checks)):
        return Verdict.PASS
    if any(check.outcome == "pass" or check.outcome in _FAILURES for check in checks):
        return Verdict.FAIL
    return Verdict.ABSENT


def _passed(checks: Sequence[_Result]) -> Iterator[str]:
    for check in checks:
        if check.outcome == "pass":
            for name in _VOUCHED[check.method]:
                yield check.properties.get(name, "").rpartition("@")[2].strip(".")


def _parsed(value: str) -> tuple[str, Iterator[_Result]]:
    """Cut a header value into its host and its results (RFC 8601 section 2.2)."""
    sections: list[list[str]] = [[]]
    for word in _TOKEN.findall(_without_comments(value).lower()):
        if word == ";":
            sections.append([])
        else:
            sections[-1].append(word.strip('"'))
    first = sections[0][0] if sections[0] else ""
    if "=" in first:
        return UNNAMED_HOST, _results(sections)
    return first, _results(sections[1:])


def _results(sections: Sequence[Sequence[str]]) -> Iterator[_Result]:
    for section in sections:
        pairs = [(name, content) for name, equals, content in (t.partition("=") for t in section) if equals]
        if pairs:
            method, outcome = pairs[0]
            yield _Result(method=method.partition("/")[0], outcome=outcome, properties=dict(pairs[1:]))


def _without_comments(value: str) -> str:
    """Drop comments, which may nest and may hold anything (RFC 5322 section 3.2.2)."""
    if '"' not in value and "\\" not in value:
        # Twice: what servers write is nested once at most.
        bare = _INNER_COMMENT.sub(" ", _INNER_COMMENT.sub(" ", value))
        if "(" not in bare:
            return bare
    return _without_any_comments(value)


def _without_any_comments(value: str) -> str:
    """Drop comments letter by letter, however they nest; within quotes a parenthesis opens none."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in value:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"' and depth == 0:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
        elif character == ")" and not quoted and depth:
            depth -= 1
            kept.append(" ")
            continue
        if depth == 0:
            kept.append(character)
    return "".join(kept)
