"""A problem that the checks of the configuration found."""

from dataclasses import dataclass

from triage.config.document import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A problem at a place of the configuration."""

    place: Place
    what: str
    mend: str
