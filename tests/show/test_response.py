import plotly.graph_objects as go
import polars as pl
import pytest

from workbench.errors import WorkbenchError
from workbench.records import SettingLine
from workbench.show import card_html, response_data, response_figure, with_record


@pytest.fixture
def frame() -> pl.DataFrame:
    rows = [
        {
            "setting": name,
            "unit": unit,
            "value": 20.0 + i,
            "gain": 0.1 * i,
            "low": 0.1 * i - 0.2,
            "high": 0.1 * i + 0.2,
            "supported": 2 <= i <= 5,
            "now": 21.0,
            "proposed": 24.0,
        }
        for name, unit in (("wash_water", "m3/h"), ("free_sulfate", "g/L"))
        for i in reversed(range(8))
    ]
    return pl.DataFrame(rows)


def test_settings_keep_their_order_and_values_are_sorted(frame):
    data = response_data(frame)
    assert data["setting"].unique(maintain_order=True).to_list() == ["wash_water", "free_sulfate"]
    assert data.filter(pl.col("setting") == "free_sulfate")["value"].to_list() == [20.0 + i for i in range(8)]
    assert response_data(data).equals(data)


def test_a_missing_column_is_named(frame):
    with pytest.raises(WorkbenchError, match="lacks supported, proposed"):
        response_data(frame.drop("supported", "proposed"))


@pytest.fixture
def lines(make) -> list[SettingLine]:
    sulfate, temperature, wash, *_, mode = make.settings()
    return [
        sulfate.model_copy(update={"supported": (22.0, 25.7)}),
        wash.model_copy(update={"supported": (21.3, 26.0)}),
        temperature,
        mode.model_copy(update={"name": "<b>mode"}),
    ]


def shades(figure) -> set[tuple[str, str, float, float]]:
    return {(s.xref, s.yref, s.x0, s.x1) for s in figure.layout.shapes if s.type == "rect"}


def test_the_shade_is_the_range_of_the_record_to_its_ends(frame, lines):
    plain_figure = response_figure(response_data(frame))
    figure = with_record(plain_figure, lines)
    assert shades(figure) == {("x", "y domain", 21.3, 26.0), ("x2", "y2 domain", 22.0, 25.7)}
    assert shades(plain_figure) == set()
    assert (figure.layout.xaxis.title.text, figure.layout.xaxis2.title.text) == ("wash water [m3/h]", "free sulfate [g/L]")


def test_settings_without_a_curve_are_named(frame, lines):
    [note] = with_record(response_figure(response_data(frame)), lines).layout.annotations
    assert note.text == "Not drawn: reactor temperature (not varied), &lt;b&gt;mode (choices)."
    assert not with_record(response_figure(response_data(frame)), lines[:2]).layout.annotations


def test_the_card_shades_what_the_record_says(frame, make, lines):
    page = card_html(make.proposed(settings=tuple(lines)), [response_figure(response_data(frame))])
    assert '"x0":22.0,"x1":25.7' in page
    assert "Not drawn: reactor temperature (not varied)" in page
    other = go.Figure(go.Scatter(x=[1], y=[1]))
    assert with_record(other, lines) is other


def test_the_figure_marks_now_and_proposed(frame):
    figure = response_figure(response_data(frame), objective="recovery", unit="%")
    marks = [(t.x[0], round(t.y[0], 6)) for t in figure.data if t.mode == "markers" and t.x[0] is not None]
    assert marks == [(21.0, 0.1), (24.0, 0.4)] * 2
    titles = {figure.layout.xaxis.title.text, figure.layout.xaxis2.title.text}
    assert titles == {"wash water [m3/h]", "free sulfate [g/L]"}
    assert figure.layout.yaxis.title.text == "expected improvement [%-points]"


def test_choices_are_points_with_their_names():
    rows = [
        {
            "setting": "mode",
            "unit": "",
            "value": float(i),
            "gain": 0.1 * i,
            "low": -0.1,
            "high": 0.3,
            "supported": True,
            "now": 0.0,
            "proposed": 1.0,
            "label": text,
        }
        for i, text in enumerate(("<b>strip", "keep"))
    ]
    figure = response_figure(response_data(pl.DataFrame(rows)), unit="t/h")
    assert figure.layout.xaxis.ticktext == ("&lt;b&gt;strip", "keep")
    assert figure.data[0].error_y.array[1] == pytest.approx(0.2)


def with_choices(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The curves, and a setting with choices behind them: the first was never set, 7 periods were at each other one."""
    n = len(names)
    gains = [None, *[0.1] * (n - 1)]
    choices = pl.DataFrame(
        {"setting": ["mode"] * n, "unit": [""] * n, "value": [float(i) for i in range(n)], "label": names,
         "gain": gains, "low": gains, "high": gains, "supported": [gain is not None for gain in gains],
         "now": [1.0] * n, "proposed": [1.0] * n, "periods": [0, *[7] * (n - 1)]},
        schema_overrides={"gain": pl.Float64, "low": pl.Float64, "high": pl.Float64},
    )  # fmt: skip
    return pl.concat([frame, choices], how="diagonal")


def test_choices_say_how_many_periods_were_at_each(frame):
    figure = response_figure(response_data(with_choices(frame, ["family", "keep", "strip"])))
    assert figure.layout.xaxis3.ticktext == ("family<br>never", "keep<br>7 periods", "strip<br>7 periods")
    points = next(trace for trace in figure.data if trace.error_y.array is not None)
    assert list(points.y) == pytest.approx([float("nan"), 0.1, 0.1], nan_ok=True)


@pytest.mark.parametrize(("names", "angle"), [(["a", "b", "c", "d"], 0), (["a", "b", "c", "d", "e"], 30)])
def test_names_of_choices_have_room_below_their_panel(frame, lines, names, angle):
    bare, figure = (response_figure(response_data(one)) for one in (frame, with_choices(frame, names)))
    assert figure.layout.xaxis3.tickangle == angle
    deeper = figure.layout.margin.b - bare.layout.margin.b
    assert deeper >= 14 + 40 * (angle > 0)  # a second line of 11 px, or names at a slant
    gap = figure.layout.yaxis.domain[0] - figure.layout.yaxis3.domain[1]
    assert gap * (figure.layout.height - figure.layout.margin.b - figure.layout.margin.t) >= 48 + deeper
    [note] = with_record(figure, lines).layout.annotations
    assert note.yshift == -(48 + deeper)


def test_no_setting_is_said(frame):
    figure = response_figure(response_data(frame.clear()))
    assert figure.layout.annotations[0].text == "No setting was varied."
