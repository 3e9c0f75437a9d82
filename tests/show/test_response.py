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


def test_no_setting_is_said(frame):
    figure = response_figure(response_data(frame.clear()))
    assert figure.layout.annotations[0].text == "No setting was varied."
