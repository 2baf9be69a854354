"""Errors as pages, for people with a browser."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.web.assets import page

_FOR_PROGRAMS = ("/v1/", "/livez", "/readyz", "/metrics", "/static/")


def is_for_people(request: Request) -> bool:
    """Tell whether the answer is read by a person."""
    path = request.scope.get("path", "")
    return "text/html" in request.headers.get("accept", "") and not path.startswith(_FOR_PROGRAMS)


def error_page(
    request: Request,
    *,
    status: int,
    title: str,
    detail: str,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the error as a page, with each part of the request that has to be mended."""
    return page(
        request, "error.html", status=status, headers=headers, title=title, detail=detail, errors=errors
    )


def sign_in_first(request: Request) -> Response:
    """Lead to the sign-in page, and back afterwards.

    A link from a chat or a mail program is a request from another site, for which a SameSite=Strict
    cookie is not sent. The first answer therefore is a page that opens the same address once more,
    this time from our own site.
    """
    if request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site":
        return page(request, "again.html")
    target = request.url.path
    if request.method != "GET" or target == "/":
        return RedirectResponse("/login", status_code=303)
    return RedirectResponse(f"/login?next={quote(target, safe='')}", status_code=303)
