"""What a user of the API sees: the only eyes of the checker.

It speaks HTTP with a token, to a service on a port or to the application itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx2

#: As many as one request may ask for.
_ROWS = 200
_IDS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenMessage:
    """A message as a thread shows it.

    Attributes:
        account: Key of the thread's customer; None when it is not known.
    """

    number: int
    message_id: str | None
    sender: str
    sent_at: datetime | None
    subject: str
    text: str
    thread: int
    account: str | None


@dataclass(slots=True)
class ApiReader:
    """Reads queue, threads and coverage.

    A thread is asked for again with its entity tag; what the service calls unchanged is not read twice.
    """

    client: httpx2.Client
    _kept: dict[int, tuple[str, list[SeenMessage]]] = field(default_factory=dict)

    @classmethod
    def at(cls, address: str, token: str) -> Self:
        """Read a service at an address such as ``http://127.0.0.1:8000``."""
        headers = {"Authorization": f"Bearer {token}"}
        return cls(httpx2.Client(base_url=address, headers=headers, timeout=60, trust_env=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def messages(self) -> list[SeenMessage]:
        """Return every message of every thread."""
        return [message for thread in self._threads() for message in self._thread(thread)]

    def coverage(self) -> Any:  # noqa: ANN401 - JSON
        """Return the coverage, folder by folder."""
        return self._get("/v1/coverage")

    def held_back(self) -> list[dict[str, Any]]:
        """Return the messages that could not be shown."""
        held: list[dict[str, Any]] = self.coverage()["held_back"]
        return held

    def known(self, message_ids: Sequence[str]) -> set[str]:
        """Return those of the Message-IDs that some thread holds."""
        found: set[str] = set()
        for start in range(0, len(message_ids), _IDS):
            asked = {"message_ids": list(message_ids[start : start + _IDS])}
            answer = self.client.post("/v1/lookup", json=asked)
            answer.raise_for_status()
            found.update(match["message_id"] for match in answer.json()["matches"])
        return found

    def _threads(self) -> Iterator[int]:
        cursor: dict[str, str] = {}
        while True:
            page = self._get("/v1/queue", view="all", limit=str(_ROWS), **cursor)
            yield from (entry["id"] for entry in page["entries"])
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    def _thread(self, thread: int) -> list[SeenMessage]:
        tag, kept = self._kept.get(thread, ("", []))
        answer = self.client.get(f"/v1/threads/{thread}", headers={"If-None-Match": tag} if tag else {})
        if answer.status_code == httpx2.codes.NOT_MODIFIED:
            return kept
        answer.raise_for_status()
        opened = answer.json()
        found = [_seen(message, opened) for message in opened["messages"]]
        self._kept[thread] = (answer.headers["ETag"], found)
        return found

    def _get(self, path: str, **parameters: str) -> Any:  # noqa: ANN401 - JSON
        answer = self.client.get(path, params=parameters)
        answer.raise_for_status()
        return answer.json()


def _seen(message: dict[str, Any], opened: dict[str, Any]) -> SeenMessage:
    sent_at = message["sent_at"]
    return SeenMessage(
        number=message["id"],
        message_id=message["message_id"],
        sender=message["sender"]["email"],
        sent_at=datetime.fromisoformat(sent_at) if sent_at else None,
        subject=message["subject"],
        text=message["text"],
        # A merged thread answers under its old id too: what counts is where it leads.
        thread=opened["id"],
        account=opened["account"]["key"],
    )
