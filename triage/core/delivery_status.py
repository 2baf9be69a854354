"""Delivery status and disposition notifications: groups of fields, one group a recipient.

Source: RFC 3464 section 2, RFC 6533, RFC 8098 section 3.
"""

import re
from dataclasses import dataclass

_MAX_RECIPIENTS = 200
_SUCCESSES = frozenset({"delivered", "relayed", "expanded"})
_FIELD = re.compile(r"^([!-9;-~]+)[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)
_GROUPS = re.compile(r"\n[ \t]*\n")
_ADDRESS = re.compile(r"<?([^\s<>;]+@[^\s<>;]+)>?")
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryStatus:
    """What a status part says.

    Attributes:
        actions: ``failed``, ``delayed``, ``delivered``, ``relayed``, ``expanded``; each once.
        failed: Addresses that were not reached, in order, each once.
        codes: Enhanced status codes (RFC 3463), each once.
    """

    actions: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def is_success(self) -> bool:
        """Tell whether every recipient was reached as far as this says."""
        return bool(self.actions) and _SUCCESSES.issuperset(self.actions)


def read_delivery_status(text: str) -> DeliveryStatus:
    """Read the text of one or more status parts."""
    actions: dict[str, None] = {}
    failed: dict[str, None] = {}
    codes: dict[str, None] = {}
    for group in _GROUPS.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        fields: dict[str, str] = {}
        for name, value in _FIELD.findall(group):
            fields.setdefault(name.lower(), value)
        recipient = _recipient(fields)
        action = fields.get("action", "").strip().lower().partition(" ")[0]
        if not recipient and not action:
            continue
        action = action or "failed"
        actions[action] = None
        codes |= dict.fromkeys(_ENHANCED.findall(fields.get("status", "")))
        if action not in _SUCCESSES and recipient and len(failed) < _MAX_RECIPIENTS:
            failed[recipient] = None
    return DeliveryStatus(actions=tuple(actions), failed=tuple(failed), codes=tuple(codes))


def _recipient(fields: dict[str, str]) -> str:
    """Return the address that the sender of the mail had written to, in preference."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        match = _ADDRESS.search(fields.get(name, "").replace("\n", " "))
        if match:
            return match.group(1).strip(".,").lower()
    return ""
