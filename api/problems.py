"""Every error as one table: problem documents for programs, pages for people (RFC 9457).

The ``type`` and ``code`` of a problem never change; ``detail`` is for reading. Nothing of a request's
or a message's content is repeated in an answer.
"""

import logging
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.headers import security_headers
from api.web.error_page import error_page, is_for_people, sign_in_first
from triage.core.errors import Conflict, InvalidCursor, InvalidQuery, NotFound, StoreError, UnknownToken

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of problem: its stable code, its status and its title."""

    code: str
    status: int
    title: str

    @property
    def type(self) -> str:
        """The identifier of the kind; a name, not an address to fetch."""
        return f"urn:triage:problem:{self.code}"


INVALID_CURSOR = Kind(code="invalid_cursor", status=400, title="The cursor cannot be used")
UNAUTHENTICATED = Kind(code="unauthenticated", status=401, title="A valid token is needed")
FOREIGN_ORIGIN = Kind(code="foreign_origin", status=403, title="Another site may not do this")
NOT_FOUND = Kind(code="not_found", status=404, title="There is no such object")
METHOD_NOT_ALLOWED = Kind(code="method_not_allowed", status=405, title="This method does not apply here")
CONFLICT = Kind(code="conflict", status=409, title="That cannot be as things are")
STALE = Kind(code="stale", status=412, title="The object changed since it was read")
TOO_LARGE = Kind(code="too_large", status=413, title="The request is too large")
INVALID_REQUEST = Kind(code="invalid_request", status=422, title="The request is not well formed")
UNCONDITIONAL = Kind(code="if_match_needed", status=428, title="Say which state you mean with If-Match")
INTERNAL = Kind(code="internal", status=500, title="The service failed")
UNAVAILABLE = Kind(code="unavailable", status=503, title="The database cannot be used now")

KINDS = (
    INVALID_CURSOR,
    UNAUTHENTICATED,
    FOREIGN_ORIGIN,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    CONFLICT,
    STALE,
    TOO_LARGE,
    INVALID_REQUEST,
    UNCONDITIONAL,
    INTERNAL,
    UNAVAILABLE,
)
_BY_STATUS = {kind.status: kind for kind in KINDS}


class Refused(Exception):
    """A request that is turned away before any work is done."""

    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


def install(app: FastAPI) -> None:
    """Map every error of the application to an answer."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(UnknownToken, _unauthenticated)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(Conflict, _conflict)
    app.add_exception_handler(InvalidCursor, _invalid_cursor)
    app.add_exception_handler(InvalidQuery, _invalid_query)
    app.add_exception_handler(StoreError, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _internal)


def answer(
    request: Request,
    kind: Kind,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    errors: list[dict[str, Any]] | None = None,
) -> Response:
    """Return the problem in the form that the caller reads."""
    if is_for_people(request):
        return error_page(
            request, status=kind.status, title=kind.title, detail=detail, errors=errors or (), headers=headers
        )
    body: dict[str, Any] = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "code": kind.code,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    return Response(orjson.dumps(body), status_code=kind.status, media_type=MEDIA_TYPE, headers=headers)


def _refused(request: Request, err: Exception) -> Response:
    assert isinstance(err, Refused)  # noqa: S101 - the handler table guarantees it
    return answer(request, err.kind, err.detail)


def _unauthenticated(request: Request, _err: Exception) -> Response:
    if is_for_people(request):
        return sign_in_first(request)
    detail = "Send a token as `Authorization: Bearer tri_...`."
    return answer(request, UNAUTHENTICATED, detail, headers={"WWW-Authenticate": 'Bearer realm="triage"'})


def _not_found(request: Request, _err: Exception) -> Response:
    return answer(request, NOT_FOUND, "There is no such object, or none that you may see.")


def _conflict(request: Request, err: Exception) -> Response:
    return answer(request, CONFLICT, f"{str(err)[:1].upper()}{str(err)[1:]}.")


def _invalid_cursor(request: Request, err: Exception) -> Response:
    return answer(request, INVALID_CURSOR, f"{str(err).capitalize()}.")


def _invalid_query(request: Request, err: Exception) -> Response:
    return answer(
        request,
        INVALID_REQUEST,
        "The question cannot be read; errors says why.",
        errors=[{"where": "query/q", "what": str(err), "code": "invalid_query"}],
    )


def _unavailable(request: Request, err: Exception) -> Response:
    log.error("database unavailable", extra={"error": type(err).__name__})
    detail = "The database cannot be read. The log of the service says why."
    return answer(request, UNAVAILABLE, detail, headers={"Retry-After": "10"})


def _invalid_request(request: Request, err: Exception) -> Response:
    assert isinstance(err, RequestValidationError)  # noqa: S101 - the handler table guarantees it
    errors = [
        {
            "where": "/".join(str(part) for part in one["loc"]),
            "what": str(one["msg"]),
            "code": str(one["type"]),
        }
        for one in err.errors()
    ]
    return answer(
        request,
        INVALID_REQUEST,
        "Some parts of the request have to be mended; errors lists them.",
        errors=errors,
    )


def _http(request: Request, err: Exception) -> Response:
    assert isinstance(err, HTTPException)  # noqa: S101 - the handler table guarantees it
    kind = _BY_STATUS.get(err.status_code, INVALID_REQUEST if err.status_code < INTERNAL.status else INTERNAL)
    detail = {
        NOT_FOUND: "There is nothing at this address.",
        METHOD_NOT_ALLOWED: "The address exists, with another method.",
    }.get(kind, kind.title + ".")
    return answer(request, kind, detail, headers=dict(err.headers or {}))


def _internal(request: Request, err: Exception) -> Response:
    log.error("request failed", exc_info=err, extra={"path": request.scope.get("path", "")})
    # This answer is made outside of every middleware, so it brings the headers itself.
    headers = security_headers(is_secure=request.app.state.context.is_secure)
    return answer(request, INTERNAL, "The fault was logged. Nothing was changed.", headers=headers)
