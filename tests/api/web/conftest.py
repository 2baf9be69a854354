"""The pages served over HTTP, and the distribution's Chromium to look at them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from api.app import create_app
from api.context import ApiContext
from tests.fakes.practice import practice_of
from tests.fakes.seed import NOW, Seed
from tests.servers.ports import eventually, free_port

#: A browser of a test speaks to this machine only.
_FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


@contextmanager
def serving(company: Seed) -> Iterator[str]:
    """Serve the company at the returned address until the end of the block."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    database = company.database
    app = create_app(
        ApiContext(
            database=database,
            public_url=address,
            clock=lambda: NOW,
            practice=lambda: practice_of(database),
        )
    )
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started, what="the API listens")
        yield address
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def address(company: Seed) -> Iterator[str]:
    """Where the shared company is served."""
    with serving(company) as address:
        yield address


@pytest.fixture(scope="module")
def chromium(chromium_path: Path) -> Iterator[Browser]:
    """One browser for all tests of a file."""
    # The machine of a build is noisy; what does not come at all still fails.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A reader in Berlin with an empty profile."""
    context = chromium.new_context(timezone_id="Europe/Berlin", viewport={"width": 1400, "height": 900})
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which nothing may go wrong: no fault of a script, nothing that our policy refused."""
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.on("console", lambda said: faults.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("request", lambda asked: None if _is_local(asked.url) else faults.append(asked.url))
    yield page
    assert [fault for fault in faults if "status of 4" not in fault and "ERR_FAILED" not in fault] == []


def _is_local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "http://localhost:", "data:"))
