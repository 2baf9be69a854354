"""Where a queue page ends, as the opaque text that fetches the next one.

The cursor holds the sort key of the last row (keyset pagination), so a page costs the same however
deep it lies. It is not signed: rights are checked on every page, whatever the cursor says.
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from triage.core.errors import InvalidCursor
from triage.core.ids import ThreadId
from triage.core.queue_entry import View

#: Longer ones are not ours.
_MAX_CHARACTERS = 400
_DENSE = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """The last row of a page.

    Attributes:
        view: The view it belongs to.
        segment: Which stretch of the view's order the row lies in.
        instants: Its sort key in that stretch, without the id.
        thread_id: Its id, which ends every sort key.
    """

    view: View
    segment: int
    instants: tuple[datetime, ...]
    thread_id: ThreadId

    def encode(self) -> str:
        """Return the cursor as text for a URL."""
        instants = [instant.astimezone(UTC).isoformat() for instant in self.instants]
        packed = _DENSE.encode([self.view.value, self.segment, instants, self.thread_id])
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def decode_cursor(text: str, *, view: View) -> Cursor:
    """Return the cursor behind the text.

    Raises:
        InvalidCursor: If the text is not a cursor of this view.
    """
    if len(text) > _MAX_CHARACTERS:
        raise InvalidCursor("the cursor is too long; start again without one")
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        match json.loads(packed):
            case [str(name), int(segment), [*instants], int(thread_id)] if _is_key(segment, thread_id):
                cursor = Cursor(
                    view=View(name),
                    segment=segment,
                    instants=tuple(_instant(instant) for instant in instants),
                    thread_id=ThreadId(thread_id),
                )
            case _:
                raise InvalidCursor("the cursor is not one of ours; start again without one")
    except (ValueError, OverflowError) as err:
        raise InvalidCursor("the cursor is not one of ours; start again without one") from err
    if cursor.view is not view:
        raise InvalidCursor("the cursor belongs to another view; start again without one")
    return cursor


def _is_key(segment: int, thread_id: int) -> bool:
    # JSON's true is an integer to Python.
    return not isinstance(segment, bool) and segment >= 0 and 0 <= thread_id < 2**63


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("an instant is text")  # noqa: TRY004 - one kind of error for one bad cursor
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("an instant has a zone")
    return instant.astimezone(UTC)
