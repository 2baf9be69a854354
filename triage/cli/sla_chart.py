"""The compliance of a report as a chart."""

from io import StringIO

from triage.core.errors import TriageError
from triage.services.sla import Report

_BAR_INCHES = 0.4
_WIDTH_INCHES = 8


def compliance_chart(report: Report) -> str:
    """Return an SVG with a bar for every line of the report.

    Raises:
        TriageError: If the charts of the ``reports`` extra are not installed.
    """
    try:
        from matplotlib import rc_context  # noqa: PLC0415 - an extra, and slow to import
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as err:
        raise TriageError(
            "charts need matplotlib: install the reports extra, or choose another format"
        ) from err

    lines = [line for line in report.lines if line.compliance is not None]
    figure = Figure(figsize=(_WIDTH_INCHES, 1 + _BAR_INCHES * max(len(lines), 1)), layout="constrained")
    axes = figure.add_subplot()
    labels = [f"{line.group or '(unknown)'}: {line.target}" for line in lines]
    shares = [100 * (line.compliance or 0) for line in lines]
    axes.bar_label(axes.barh(labels, shares, color="#3b6ea5"), fmt="%.1f %%", padding=3)
    axes.invert_yaxis()
    axes.set_xlim(0, 115)
    axes.set_xlabel("kept in time, percent")
    axes.set_title(f"Promises by {report.by}, {report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}")
    written = StringIO()
    # Without a date, and with ids that do not change, the same figures give the same file.
    with rc_context({"svg.hashsalt": "triage"}):
        figure.savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()
