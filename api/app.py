"""The application: routes, error table, headers and pages, made by one function."""

from fastapi import FastAPI

from api import problems
from api.context import ApiContext
from api.headers import BodyLimit, SecurityHeaders
from api.metrics import Measured, Metrics
from api.routes import coverage, decisions, health, learning, queue, reviews, search, sla, threads
from api.schemas import ProblemJson
from api.web import forms, pages
from api.web import learning as learning_page
from api.web import reviews as reviews_page
from api.web.assets import static_files
from triage import __version__

_PROBLEM = {"content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemJson"}}}}
_RESPONSES: dict[int | str, dict[str, object]] = {
    kind.status: {"description": kind.title, "model": ProblemJson}
    for kind in (problems.UNAUTHENTICATED, problems.NOT_FOUND, problems.INVALID_REQUEST)
}


def create_app(context: ApiContext) -> FastAPI:
    """Return the application.

    Args:
        context: Database, public address and clock.
    """
    app = FastAPI(
        title="Triage",
        version=__version__,
        summary="The queue of unanswered customer threads, each with its account, clock and reasons.",
        # The documentation pages of FastAPI load scripts from elsewhere, which our policy forbids.
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.context = context
    app.state.metrics = Metrics()
    problems.install(app)
    for resource in (queue, search, threads, decisions, sla, coverage, learning, reviews):
        app.include_router(resource.router, responses=_RESPONSES)
    app.include_router(threads.hot, responses=_RESPONSES)
    app.include_router(health.router)
    for part in (pages, forms, learning_page, reviews_page):
        app.include_router(part.router, include_in_schema=False)
    app.mount("/static", static_files(), name="static")
    app.add_middleware(BodyLimit)
    app.add_middleware(Measured, metrics=app.state.metrics)
    app.add_middleware(SecurityHeaders, is_secure=context.is_secure)
    return app
