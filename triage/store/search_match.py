"""A question in the words of the two engines: the same messages on both.

Every term is asked either anywhere, or in a message's own words only: subject, people, files and what
its author wrote. What a person excludes is excluded anywhere.
"""

from collections.abc import Iterable, Sequence

from triage.core.ids import AccountId
from triage.core.search_document import ANY, account_mark
from triage.core.search_query import Clause, Field, SearchQuery, Term
from triage.store.search_postgresql import MARK, PREFIXES

_MARKS = Field.MARKS.value
_EVERYTHING = f'({_MARKS} : "{ANY}")'


def has_stretch_of_quotes(query: SearchQuery) -> bool:
    """Tell whether quoted text can hold what is asked; if not, there is one stretch of hits only."""
    return any(term.field is None and not term.is_negated for clause in query.clauses for term in clause)


def fts5(query: SearchQuery, *, is_quoted: bool, accounts: Sequence[AccountId] | None) -> str:
    """Return the MATCH expression of a stretch of the hits.

    Args:
        is_quoted: The hits that need quoted words, instead of the others.
        accounts: At most these can be of interest, one at least; None: any.
    """
    own = _fts5(query, is_own=True)
    found = f"({_fts5(query, is_own=False)} NOT {own})" if is_quoted else own
    if accounts is None:
        return found
    marks = " OR ".join(f'"{account_mark(account)}"' for account in accounts)
    return f"({_MARKS} : ({marks})) AND {found}"


def tsquery(query: SearchQuery, *, is_quoted: bool) -> str:
    """Return the tsquery of a stretch of the hits."""
    own = _tsquery(query, is_own=True)
    return f"({_tsquery(query, is_own=False)}) & !({own})" if is_quoted else own


def _fts5(query: SearchQuery, *, is_own: bool) -> str:
    excluded = [clause[0] for clause in query.clauses if _is_exclusion(clause)]
    wanted = [clause for clause in query.clauses if not _is_exclusion(clause)]
    asked = " AND ".join(_fts5_clause(clause, is_own=is_own) for clause in wanted) or _EVERYTHING
    if not excluded:
        return f"({asked})"
    return f"(({asked}) NOT ({' OR '.join(_fts5_term(term, is_own=False) for term in excluded)}))"


def _fts5_clause(clause: Clause, *, is_own: bool) -> str:
    terms = (
        f"({_EVERYTHING} NOT {_fts5_term(term, is_own=False)})"
        if term.is_negated
        else _fts5_term(term, is_own=is_own)
        for term in clause
    )
    return f"({' OR '.join(terms)})"


def _fts5_term(term: Term, *, is_own: bool) -> str:
    spelled = " OR ".join(
        f'"{" ".join(words)}"{" *" if term.is_beginning else ""}' for words in term.spellings
    )
    if term.field is not None:
        columns = term.field.value
    else:
        columns = f"- {{{_MARKS} quoted}}" if is_own else f"- {_MARKS}"
    return f"({columns} : ({spelled}))"


def _tsquery(query: SearchQuery, *, is_own: bool) -> str:
    clauses = (_tsquery_clause(clause, is_own=is_own) for clause in query.clauses)
    return " & ".join(clauses) or f"'{MARK}{ANY}'"


def _tsquery_clause(clause: Clause, *, is_own: bool) -> str:
    terms = (
        f"!{_tsquery_term(term, is_own=False)}" if term.is_negated else _tsquery_term(term, is_own=is_own)
        for term in clause
    )
    return f"({' | '.join(terms)})"


def _tsquery_term(term: Term, *, is_own: bool) -> str:
    return f"({' | '.join(_tsquery_phrase(term, words, is_own=is_own) for words in term.spellings)})"


def _tsquery_phrase(term: Term, words: Iterable[str], *, is_own: bool) -> str:
    prefix = "" if term.field is None else MARK if term.field is Field.MARKS else PREFIXES[term.field.value]
    weights = "AB" if is_own and term.field is None else ""
    lexemes = [f"'{prefix}{word}'" for word in words]
    labels = [weights] * len(lexemes)
    if term.is_beginning:
        labels[-1] += "*"
    labelled = (f"{one}:{label}" if label else one for one, label in zip(lexemes, labels, strict=True))
    return f"({' <-> '.join(labelled)})"


def _is_exclusion(clause: Clause) -> bool:
    return len(clause) == 1 and clause[0].is_negated
