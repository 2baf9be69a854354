"""What uvicorn starts: the application over the configured database."""

import gc

from fastapi import FastAPI

from api.app import create_app
from api.context import ApiContext
from triage.app import App, utc_now

#: Objects made and not yet freed until the collector looks; it finds at most so many in cycles.
_ALLOCATIONS = 50_000


def configured_app() -> FastAPI:
    """Return the application; the configuration is found as every command finds it.

    Raises:
        ConfigError: With every problem in the configuration.
        StoreError: If the database has another schema than this program needs.
    """
    app = App.open()
    app.database.check_version()
    context = ApiContext(
        database=app.database, public_url=app.config.base_url, clock=utc_now, practice=app.practice
    )
    made = create_app(context)
    spare_collections()
    return made


def spare_collections() -> None:
    """Let the garbage collector look less often, and never again at what is loaded now.

    A page of the queue makes some thousand short-lived objects without cycles; by default several
    collections fall into each answer and take a third of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, *gc.get_threshold()[1:])
