"""Templates and static files of the pages. An address names the content, so it may be cached for ever."""

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.web import when
from api.web.clock_bar import clock_bar
from api.web.text_block import text_blocks
from triage.core.ids import AccountId

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
#: How many colours the customer stripe has; the name always stands beside it.
_STRIPES = 12


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **values: Any,  # noqa: ANN401 - what the template names
) -> Response:
    """Return a page with the values filled in; everything in them is escaped."""
    zone = when.zone_named(request.cookies.get(when.ZONE_COOKIE))
    now = request.app.state.context.clock()
    body = _environment().get_template(template).render(zone=zone, now=now, **values)
    return HTMLResponse(body, status_code=status, headers=headers)


def static_files() -> StaticFiles:
    """Return the application that serves the static files."""
    return _Static(directory=_STATIC)


class _Static(StaticFiles):
    """Static files that are kept for ever when they were asked for by content, else asked about."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        is_named = scope["query_string"] == b"v=" + _digest(Path(full_path).name).encode()
        headers = MutableHeaders(raw=response.raw_headers)
        headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_named else "no-cache"
        return response


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        asset=_asset, stripe=_stripe, text_blocks=text_blocks, clock_bar=clock_bar, zone_named=when.zone_named
    )
    environment.filters.update(absolute=when.absolute, machine=when.machine, span=when.span, until=when.until)
    environment.filters.update(words=_words, seconds=when.seconds)
    return environment


def _asset(name: str) -> str:
    return f"/static/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:16]


def _stripe(account: AccountId | None) -> str:
    """Return the class of a customer's colour: the same one for ever, and twelve differ in a row."""
    return "stripe-none" if account is None else f"stripe-{account % _STRIPES}"


def _words(term: str | None) -> str:
    """Return a term of the vocabulary as words: ``first_reply`` as ``First reply``."""
    return (term or "").replace("_", " ").capitalize()
