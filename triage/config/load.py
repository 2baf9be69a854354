"""From a path and the environment to a checked configuration, or to all of its problems."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, SettingsError

from triage.config.check import check
from triage.config.document import Node, Place, read
from triage.config.model import Config
from triage.config.problem import Refusal, find_refusals
from triage.core.errors import ConfigError, Problem

_PREFIX = "TRIAGE_"
_PATH_VARIABLE = "TRIAGE_CONFIG"
_SEPARATOR = "__"


class _Variables(Config, BaseSettings):
    """The same keys as variables: ``TRIAGE_SERVER__PORT`` is ``server.port``."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_nested_delimiter=_SEPARATOR)


def find(path: Path | None = None) -> Path:
    """Return the file to read: the given one, else ``TRIAGE_CONFIG``, else ``./config.yaml``."""
    return path or Path(os.environ.get(_PATH_VARIABLE) or "config.yaml")


def load(path: Path | None = None) -> Config:
    """Read the configuration and check it.

    Relative paths in it count from the folder of the file.

    Raises:
        ConfigError: With every problem that was found, in the order of the file.
    """
    source = find(path)
    environment, problems = _environment()
    document = read(source).overlaid(environment)
    return _parse(document, folder=source.parent.absolute(), problems=problems)


def _parse(document: Node, *, folder: Path, problems: list[Problem]) -> Config:
    config, usable, refused = _validated(document, folder=folder)
    found = problems + refused
    if config is not None:
        found += [
            Problem(where=usable.find(finding.place)[0].where, what=finding.what, mend=finding.mend)
            for finding in check(config, document)
        ]
    if config is None or found:
        raise ConfigError(tuple(sorted(found, key=_reading_order)))
    return config


def _validated(document: Node, *, folder: Path) -> tuple[Config | None, Node, list[Problem]]:
    """Return what can be used, cutting out what is refused, so that one mistake hides no other."""
    problems: list[Problem] = []
    cut: set[Place] = set()
    while True:
        try:
            config = Config.model_validate(document.plain(), context={"folder": folder})
        except ValidationError as err:
            refusals = find_refusals(err, document, Config)
        else:
            return config, document, problems
        problems += [refusal.problem for refusal in refusals if not _is_aftermath(refusal, cut)]
        places = {refusal.place for refusal in refusals}
        if () in places:
            return None, document, problems
        cut |= places
        document = _cut(document, places)


def _is_aftermath(refusal: Refusal, cut: set[Place]) -> bool:
    """Tell whether a part is refused only because something was cut out of it for another mistake."""
    return any(place[: len(refusal.place)] == refusal.place for place in cut)


def _cut(document: Node, places: Iterable[Place]) -> Node:
    # From the end, so that list positions before a cut stay what they were.
    for place in sorted(places, reverse=True):
        document = document.without(place)
    return document


def _environment() -> tuple[Node, list[Problem]]:
    """Return what ``TRIAGE_`` variables set, and the ones that set nothing."""
    problems = list(_unknown_variables())
    try:
        values = EnvSettingsSource(_Variables)()
    except SettingsError as err:
        cause = err.__cause__
        what = "A variable of the environment is not well formed"
        problem = Problem(
            where="environment", what=f"{what}: {err}.", mend=f"Lists are written as JSON. {cause}"
        )
        raise ConfigError((*problems, problem)) from err
    return _located(values, ()), problems


def _located(value: object, place: Place) -> Node:
    where = f"environment {_variable(place)}"
    if isinstance(value, dict):
        return Node(where=where, value={key: _located(child, (*place, key)) for key, child in value.items()})
    if isinstance(value, list):
        return Node(where=where, value=[_located(child, (*place, i)) for i, child in enumerate(value)])
    return Node(where=where, value=value)


def _variable(place: Place) -> str:
    """Return the variable that set a place: the longest name that is in the environment."""
    names = {name.upper() for name in os.environ}
    for length in range(len(place), 0, -1):
        name = _PREFIX + _SEPARATOR.join(str(step) for step in place[:length]).upper()
        if name in names:
            return name
    return _PREFIX + "*"


def _unknown_variables() -> Iterable[Problem]:
    # Without the separator it may be a secret that the file names; with it, it means a key.
    known = [name.upper() for name in Config.model_fields]
    for name in sorted(os.environ):
        if not name.upper().startswith(_PREFIX) or _SEPARATOR not in name:
            continue
        top = name.upper().removeprefix(_PREFIX).partition(_SEPARATOR)[0]
        if top not in known:
            close = get_close_matches(top, known, n=1)
            mend = f"Did you mean {_PREFIX}{close[0]}{_SEPARATOR}...?" if close else "Unset it."
            yield Problem(where=f"environment {name}", what=f"There is no key {top.lower()}.", mend=mend)


def _reading_order(problem: Problem) -> tuple[str, int]:
    file, _, line = problem.where.rpartition(":")
    return (file, int(line)) if line.isdigit() else (problem.where, 0)
