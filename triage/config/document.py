"""A YAML document whose every value remembers where it was written."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from triage.core.errors import ConfigError, Problem

#: A way from the root of the document to a value: keys and list positions.
Place = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A value with its origin.

    Attributes:
        where: File and line, or the name of an environment variable.
        value: A scalar, or the children by key or in order.
    """

    where: str
    value: "dict[str, Node] | list[Node] | object"

    def plain(self) -> Any:  # noqa: ANN401 - the shape is what the model checks
        """Return the value without its origins."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def child(self, step: str | int) -> "Node | None":
        """Return the child under a key or at a position, or None."""
        if isinstance(self.value, dict):
            return self.value.get(str(step))
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None

    def find(self, place: Place) -> tuple["Node", Place]:
        """Return the deepest node on the way to a place, and the way that was found.

        Steps that name no child are skipped: validators add their own names to a place.
        """
        node, found = self, Place()
        for step in place:
            child = node.child(step)
            if child is not None:
                node, found = child, (*found, step)
        return node, found

    def without(self, place: Place) -> "Node":
        """Return a copy that lacks the value at a place; list positions after it move up."""
        step, rest = place[0], place[1:]
        if isinstance(self.value, dict):
            children = dict(self.value)
            if rest:
                children[str(step)] = children[str(step)].without(rest)
            else:
                del children[str(step)]
            return Node(where=self.where, value=children)
        if isinstance(self.value, list) and isinstance(step, int):
            items = list(self.value)
            items[step : step + 1] = [items[step].without(rest)] if rest else []
            return Node(where=self.where, value=items)
        return self

    def overlaid(self, other: "Node") -> "Node":
        """Return this node with the other's values on top; mappings are merged key by key."""
        if not isinstance(self.value, dict) or not isinstance(other.value, dict):
            return other
        merged = dict(self.value)
        for key, child in other.value.items():
            merged[key] = merged[key].overlaid(child) if key in merged else child
        return Node(where=self.where, value=merged)


def read(path: Path) -> Node:
    """Read a YAML file.

    Raises:
        ConfigError: If the file cannot be read or is not a YAML mapping.
    """
    try:
        loaded = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as err:
        raise _failure(
            str(path),
            "There is no such file.",
            "Write one with `triage init`, or name another with --config or TRIAGE_CONFIG.",
        ) from err
    except UnicodeDecodeError as err:
        raise _failure(str(path), "This is not a text in UTF-8.", "Save the file as UTF-8.") from err
    except OSError as err:
        raise _failure(
            str(path), f"The file cannot be read: {err.strerror}.", "Name a file that you may read."
        ) from err
    except MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else 1
        what = str(err.problem).partition(" with value")[0]
        raise _failure(
            f"{path}:{line}", f"This is not YAML: {what}.", "Check this line and the one above."
        ) from err
    except YAMLError as err:
        raise _failure(str(path), "This is not YAML.", "Check the file with a YAML editor.") from err
    if loaded is None:
        return Node(where=f"{path}:1", value={})
    if not isinstance(loaded, CommentedMap):
        raise _failure(f"{path}:1", "The file holds no keys.", "Start from config.example.yaml.")
    return _located(loaded, path=path, line=0)


def _located(value: object, *, path: Path, line: int) -> Node:
    where = f"{path}:{line + 1}"
    if isinstance(value, CommentedMap):
        children = {
            _key(key): _located(child, path=path, line=value.lc.key(key)[0]) for key, child in value.items()
        }
        return Node(where=where, value=children)
    if isinstance(value, CommentedSeq):
        items = [_located(child, path=path, line=value.lc.item(i)[0]) for i, child in enumerate(value)]
        return Node(where=where, value=items)
    return Node(where=where, value=value)


def _key(key: object) -> str:
    return key.isoformat() if isinstance(key, date) else str(key)


def _failure(where: str, what: str, mend: str) -> ConfigError:
    return ConfigError((Problem(where=where, what=what, mend=mend),))
