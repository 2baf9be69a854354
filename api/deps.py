"""Who is asking, and what may they see.

A program sends its token in ``Authorization: Bearer``. A browser holds the same token in a cookie that
no script can read and no other site can send (HttpOnly, SameSite=Strict); what it posts must come from
our own pages (Origin, Fetch Metadata).
"""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.responses import Response

from api.context import ApiContext
from api.problems import FOREIGN_ORIGIN, Refused
from triage.core.scope import Credential, Scope
from triage.services import access

COOKIE = "triage_session"
_COOKIE_SECONDS = 30 * 24 * 3600
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def context_of(request: Request) -> ApiContext:
    """Return the context that the application was made with."""
    context: ApiContext = request.app.state.context
    return context


async def credential(request: Request) -> Credential:
    """Return the token that the caller sent; an empty one if there is none.

    Raises:
        Refused: If a browser was made to post by another site.
    """
    token = _bearer(request)
    if token is None:
        token = request.cookies.get(COOKIE, "")
        if token and request.method not in _SAFE_METHODS:
            require_own_origin(request)
    return Credential(token=token)


async def caller(request: Request) -> Scope:
    """Return what the caller may see.

    Raises:
        UnknownToken: If there is no valid token.
        Refused: If a browser was made to post by another site.
    """
    sent, context = await credential(request), context_of(request)
    return await context.run(access.known, context.database, sent)


def require_own_origin(request: Request) -> None:
    """Refuse a form that another site made the browser send.

    Raises:
        Refused: If the Origin is missing or is neither the public address nor the one asked.
    """
    origin = request.headers.get("origin", "")
    asked = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if origin not in {context_of(request).origin, asked}:
        raise Refused(FOREIGN_ORIGIN, "Open the page of this service and send the form from there.")


def start_session(request: Request, response: Response, token: str) -> None:
    """Let the browser hold the token where no script and no other site can use it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=_COOKIE_SECONDS,
        httponly=True,
        samesite="strict",
        secure=context_of(request).is_secure,
    )


def end_session(request: Request, response: Response) -> None:
    """Make the browser forget the token."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=context_of(request).is_secure)


def local_path(target: str | None) -> str:
    """Return the target if it is a path of this service, else the queue (no open redirect)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    parts = urlsplit(target)
    is_local = not parts.scheme and not parts.netloc and target.isprintable() and "\\" not in target
    return target if is_local else "/"


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def _context(request: Request) -> ApiContext:
    # A dependency that is no coroutine is run in a thread, which costs more than all else here.
    return context_of(request)


Caller = Annotated[Scope, Depends(caller)]
#: For services that look the token up in their own transaction.
Sent = Annotated[Credential, Depends(credential)]
Context = Annotated[ApiContext, Depends(_context)]
