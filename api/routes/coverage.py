"""Whether all mail is here."""

from fastapi import APIRouter
from starlette.responses import Response

from api import present
from api.deps import Caller, Context
from api.schemas import CoverageJson
from triage.services.queue import coverage_report

router = APIRouter(prefix="/v1", tags=["coverage"])


@router.get("/coverage", response_model=CoverageJson, summary="Prove that no mail is missing")
async def read_coverage(scope: Caller, context: Context) -> Response:
    """Folder by folder: what the server has, what is here, what is held back, and since when."""
    report = await context.run(coverage_report, context.database, scope, now=context.clock())
    return present.json_response(present.coverage_report(report))
