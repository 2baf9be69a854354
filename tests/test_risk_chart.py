from xml.etree import ElementTree as ET

from triage.risk_chart import Curve, risk_chart

_SVG = "{http://www.w3.org/2000/svg}"


def lines(*curves: Curve) -> list[list[tuple[float, float]]]:
    root = ET.fromstring(risk_chart(curves, risk=0.02))  # noqa: S314 (our own)
    return [
        [(float(x), float(y)) for x, y in (pair.split(",") for pair in line.attrib["points"].split())]
        for line in root.iter(f"{_SVG}polyline")
    ]


def test_more_coverage_goes_right_and_more_error_goes_up() -> None:
    (line,) = lines(Curve(name="10 taught", points=[(0.1, 0.0), (0.5, 0.01), (1.0, 0.2)]))

    assert line == sorted(line)
    assert [y for _, y in line] == sorted((y for _, y in line), reverse=True)


def test_a_long_curve_is_thinned_and_keeps_its_end() -> None:
    long = Curve(name="x", points=[(number / 5000, 0.1) for number in range(1, 5001)])

    (line,) = lines(long)

    assert len(line) < 400
    assert line[-1] == lines(Curve(name="x", points=[(1.0, 0.1)]))[0][-1]


def test_a_curve_without_points_is_named_only_and_names_are_escaped() -> None:
    drawn = risk_chart([Curve(name="0 <taught>", points=[])], risk=0.02)

    assert "0 &lt;taught&gt;" in drawn
    assert "polyline" not in drawn
