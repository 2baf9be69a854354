"""What uvicorn starts: the application over the configured database."""

from fastapi import FastAPI

from api.app import create_app
from api.context import ApiContext
from triage.app import App, utc_now


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
    return create_app(context)
