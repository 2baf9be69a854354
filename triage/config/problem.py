"""Turning what the model refuses into sentences with file, line and mend."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from triage.config.document import Node, Place
from triage.config.value import WrongValueError
from triage.core.errors import Problem

_TEXT_FIRST = ("is not text.", "Put the value in quotes.")
_LIST_FIRST = ("is not a list.", "Write a list, such as [one, two].")
_KEYS_FIRST = ("holds a single value.", "Write keys below it, as in config.example.yaml.")

#: What is said of a value of the wrong shape, and the mend, by the model's word for it.
_SHAPES = {
    "string_type": _TEXT_FIRST,
    "tuple_type": _LIST_FIRST,
    "dict_type": _KEYS_FIRST,
    "model_type": _KEYS_FIRST,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """One value that the model refuses.

    Attributes:
        place: What to cut out so that the rest can still be checked.
    """

    place: Place
    problem: Problem


def find_refusals(error: ValidationError, document: Node, model: type[BaseModel]) -> list[Refusal]:
    """Return one refusal for each value or missing key, in the order of the model."""
    refusals: dict[tuple[object, ...], Refusal] = {}
    for detail in error.errors(include_url=False, include_input=False):
        last = str(detail["loc"][-1]) if detail["loc"] else ""
        if last.startswith("literal["):  # "auto" or a list: the other shape says what is wrong
            continue
        node, place = document.find(detail["loc"])
        what, mend = _sentences(detail, place, model)
        refusals.setdefault(
            (*place, last) if detail["type"] == "missing" else place,
            Refusal(place=place, problem=Problem(where=node.where, what=what, mend=mend)),
        )
    return list(refusals.values())


def path_text(place: Place) -> str:
    """Return a place as it is said: ``mailboxes[0].port``."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _sentences(detail: ErrorDetails, place: Place, model: type[BaseModel]) -> tuple[str, str]:
    name = path_text(place)
    kind = detail["type"]
    if kind == "extra_forbidden":
        return f"Unknown key {name}.", _nearest(place, model)
    if kind == "missing":
        key = detail["loc"][-1]
        return f"{name} lacks the key {key}.", f"Add {key}: ..."
    if kind == "value_error":
        cause = detail["ctx"]["error"]
        return f"{name}: {cause}", cause.mend if isinstance(cause, WrongValueError) else ""
    if kind in _SHAPES:
        what, mend = _SHAPES[kind]
        return f"{name} {what}", mend
    return f"{name} is not valid.", f"{_mend(detail['msg'])}."


def _mend(message: str) -> str:
    """Say what the model asks for as one person says it to another."""
    for beginning in ("Input should", "String should"):
        if message.startswith(beginning):
            return f"It should{message.removeprefix(beginning)}"
    return message


def _nearest(place: Place, model: type[BaseModel]) -> str:
    keys = _known_keys(place[:-1], model)
    close = get_close_matches(str(place[-1]), keys, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known keys: {', '.join(keys)}."


def _known_keys(place: Place, model: type[BaseModel]) -> tuple[str, ...]:
    sections = [model]
    for step in place:
        if isinstance(step, str):
            fields = [section.model_fields[step] for section in sections if step in section.model_fields]
            sections = [section for field in fields for section in _sections(field.annotation)]
    return tuple(key for section in sections for key in section.model_fields)


def _sections(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401 - any type hint
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [section for part in get_args(annotation) for section in _sections(part)]
