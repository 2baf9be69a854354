"""Documents as weighted terms: counted once, weighted again for every subset that is learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, diags_array
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from triage.classify.tokens import TERM_PATTERN

_MOST_TERMS = 30_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Vectors:
    """Fitted counting and weighting (tf-idf, sublinear, length 1).

    Attributes:
        terms: The term of each column.
    """

    counter: Any
    weighter: Any
    terms: tuple[str, ...]

    def of(self, documents: Sequence[str]) -> csr_array:
        """Return the weighted terms, one row a document."""
        return csr_array(self.weighter.transform(self.counter.transform(documents)))


def count(documents: Sequence[str]) -> tuple[tuple[str, ...], csr_array]:
    """Return the terms of the documents and their counts, one row a document."""
    counter = CountVectorizer(lowercase=False, token_pattern=TERM_PATTERN, max_features=_MOST_TERMS)
    counts = csr_array(counter.fit_transform(documents)).astype(np.float64)
    return tuple(str(term) for term in counter.get_feature_names_out()), counts


def as_vectors(terms: tuple[str, ...], weighter: Any) -> Vectors:  # noqa: ANN401 (untyped library)
    """Return what turns new documents into rows of these columns."""
    counter = CountVectorizer(lowercase=False, token_pattern=TERM_PATTERN, vocabulary=terms)
    return Vectors(counter=counter, weighter=weighter, terms=terms)


def weigh(counts: csr_array) -> tuple[Any, csr_array]:
    """Return a fitted weighter and the weighted counts."""
    weighter = TfidfTransformer(sublinear_tf=True)
    return weighter, csr_array(weighter.fit_transform(counts))


def weigh_apart(counts: csr_array, known: csr_array) -> tuple[csr_array, csr_array]:
    """Return the weighted rows of ``known``, and of ``counts`` as seen by who knows only ``known``.

    Terms that are not in ``known`` are left out, as they would be in a new message.
    """
    weighter, weighted = weigh(known)
    is_known = diags_array((np.asarray(known.sum(axis=0)).ravel() > 0).astype(np.float64))
    return weighted, csr_array(weighter.transform(csr_array(counts @ is_known)))
