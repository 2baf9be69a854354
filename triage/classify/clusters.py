"""Threads that are about the same thing: a graph of their likeness, and what its parts speak of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from triage.classify.label import MailText
from triage.classify.tokens import CODE_MASK, document
from triage.classify.vectors import count, weigh

#: Cosine from which on two threads are about the same thing.
_ALIKE = 0.35
_SHOWN_TERMS = 5
#: Shorter words join others; they name nothing.
_SHORTEST_TERM = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """Threads about one thing.

    Attributes:
        members: Places in the sequence that was looked at.
        terms: What they have in common, strongest first.
    """

    members: tuple[int, ...]
    terms: tuple[str, ...]


def clusters(mails: Sequence[MailText]) -> list[Cluster]:
    """Return the connected parts of the graph of likeness; every mail is in exactly one.

    Only words count. Who takes part does not: one person may write about everything.
    """
    if not mails:
        return []
    words = (replace(mail, participants=(), list_id="") for mail in mails)
    documents = [document(mail) for mail in words]
    if not any(documents):
        return [Cluster(members=(number,), terms=()) for number in range(len(mails))]
    terms, counts = count(documents)
    _, vectors = weigh(counts)
    alike = csr_array(vectors @ vectors.T)
    alike.data = np.where(alike.data >= _ALIKE, alike.data, 0.0)
    alike.eliminate_zeros()
    number, parts = connected_components(alike, directed=False)
    return [_cluster(vectors, terms, np.flatnonzero(parts == part)) for part in range(number)]


def _cluster(vectors: csr_array, terms: Sequence[str], members: np.ndarray) -> Cluster:
    weights = np.asarray(vectors[members].mean(axis=0)).ravel()
    strongest = (terms[one] for one in np.argsort(-weights, kind="stable") if weights[one] > 0)
    named = (term for term in strongest if _names_something(term))
    return Cluster(members=tuple(int(one) for one in members), terms=tuple(islice(named, _SHOWN_TERMS)))


def _names_something(term: str) -> bool:
    return term.isalpha() and len(term) >= _SHORTEST_TERM and term != CODE_MASK.strip()
