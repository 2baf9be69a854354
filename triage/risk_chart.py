"""Error over coverage as a small SVG drawing: how wrong suggestions would be if more were shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 640, 400
_LEFT, _TOP, _RIGHT, _BOTTOM = 60, 30, 150, 50
_COLOURS = ("#3b6ea5", "#c2571a", "#3f7d3f", "#7a4fa0")
#: More points than pixels are not seen.
_MOST_POINTS = 300
_LEAST_TOP = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """One line: coverage and error of each point, as shares."""

    name: str
    points: Sequence[tuple[float, float]]


def risk_chart(curves: Sequence[Curve], *, risk: float) -> str:
    """Return an SVG with a line for each curve, and a dashed one at the error that is allowed.

    Args:
        risk: The largest share of wrong suggestions.
    """
    highest = max((error for curve in curves for _, error in curve.points), default=0.0)
    top = max(_LEAST_TOP, highest)
    allowed = _y(risk, top)
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
            ' font-family="sans-serif" font-size="13">'
        ),
        "<title>Error of the suggestions over their coverage</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<path d="M{_LEFT},{_TOP}V{_HEIGHT - _BOTTOM}H{_WIDTH - _RIGHT}" fill="none" stroke="#444444"/>',
        *(_tick_x(share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)),
        *(_tick_y(top * part, top) for part in (0.0, 0.5, 1.0)),
        f'<path d="M{_LEFT},{allowed:.1f}H{_WIDTH - _RIGHT}" stroke="#b00020" stroke-dasharray="5 4"/>',
        f'<text x="{_LEFT + 5}" y="{allowed - 4:.1f}" fill="#b00020">allowed: {risk:.0%}</text>',
        f'<text x="{_LEFT}" y="{_HEIGHT - 10}">coverage: share of messages that get a suggestion</text>',
        f'<text x="{_LEFT}" y="{_TOP - 12}">error: share of wrong ones among them</text>',
    ]
    for number, curve in enumerate(curves):
        lines += _drawn(curve, number, top)
    return "\n".join([*lines, "</svg>", ""])


def _drawn(curve: Curve, number: int, top: float) -> list[str]:
    colour = _COLOURS[number % len(_COLOURS)]
    y = _TOP + 20 * number + 10
    name = f'<text x="{_WIDTH - _RIGHT + 12}" y="{y}" fill="{colour}">{escape(curve.name)}</text>'
    if not curve.points:
        return [name]
    step = max(1, len(curve.points) // _MOST_POINTS)
    some = [*curve.points[::step], curve.points[-1]]
    path = " ".join(f"{_x(coverage):.1f},{_y(error, top):.1f}" for coverage, error in some)
    return [name, f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']


def _tick_x(share: float) -> str:
    y = _HEIGHT - _BOTTOM + 18
    return f'<text x="{_x(share):.1f}" y="{y}" text-anchor="middle">{share:.0%}</text>'


def _tick_y(error: float, top: float) -> str:
    return f'<text x="{_LEFT - 6}" y="{_y(error, top) + 4:.1f}" text-anchor="end">{error:.1%}</text>'


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(error: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - error / top * (_HEIGHT - _TOP - _BOTTOM)
