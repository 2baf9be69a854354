"""``triage recompute``: derive everything anew from messages and people's decisions."""

import typer

from triage.app import App, utc_now
from triage.cli.loading import ConfigOption
from triage.cli.progress import CountingBar
from triage.logs import configure_logs
from triage.services import recompute as service
from triage.services import search_index


def recompute(config: ConfigOption = None) -> None:
    """Derive accounts, threads, turns, clocks and the search index anew.

    Messages and decisions stay as they are.
    """
    configure_logs()
    app = App.open(config)
    with CountingBar("Deriving anew") as bar:
        practice = app.prepare()
        service.recompute(app.database, practice, now=utc_now(), advance=bar.advance)
    with CountingBar("Indexing for search") as bar:
        search_index.rebuild(app.database)
        search_index.index_all(app.database, advance=bar.advance)
    app.database.close()
    typer.echo("Everything is derived anew from messages and decisions.")
