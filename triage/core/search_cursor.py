"""Where a page of search results ends, as the opaque text that fetches the next one.

As with the queue's cursor, rights are checked on every page, whatever the cursor says.
"""

import base64
import json
from dataclasses import dataclass

from triage.core.errors import InvalidCursor

#: Longer ones are not ours.
_MAX_CHARACTERS = 100
_STRETCHES = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchCursor:
    """The last hit of a page.

    Attributes:
        stretch: 0 among the hits in a message's own words, 1 among those in quoted ones.
        place: Of the message in the index.
    """

    stretch: int
    place: int

    def encode(self) -> str:
        """Return the cursor as text for a URL."""
        packed = json.dumps([self.stretch, self.place], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def decode_search_cursor(text: str) -> SearchCursor:
    """Return the cursor behind the text.

    Raises:
        InvalidCursor: If the text is none.
    """
    if len(text) > _MAX_CHARACTERS:
        raise InvalidCursor("the cursor is too long; start again without one")
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        found = json.loads(packed)
    except ValueError as err:
        raise InvalidCursor("the cursor is not one of ours; start again without one") from err
    match found:
        # JSON's true is an integer to Python.
        case [int(stretch), int(place)] if (
            not isinstance(stretch, bool)
            and not isinstance(place, bool)
            and 0 <= stretch < _STRETCHES
            and 0 <= place < 2**63
        ):
            return SearchCursor(stretch=stretch, place=place)
        case _:
            raise InvalidCursor("the cursor is not one of ours; start again without one")
