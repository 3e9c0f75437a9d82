import polars as pl
import pytest

from workbench.show import effects_data, effects_figure


@pytest.fixture
def effects() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "setting": ["wash_ratio", "temperature", "mode<b>", "still"],
            "unit": ["t/t", "degC", "", "bar"],
            "choice": [None, None, "keep", None],
            "step": [0.0073, 0.63, None, 0.0],
            "gain": [-55.0, 12.0, 80.0, None],
            "low": [-110.0, -30.0, 20.0, None],
            "high": [-2.0, 54.0, 140.0, None],
        }
    )


def test_largest_first_and_what_never_moved_is_left_out(effects):
    data = effects_data(effects)
    assert data["gain"].to_list() == [80.0, -55.0, 12.0]
    assert data["clear"].to_list() == [True, True, False]
    assert data["step_text"].to_list() == ["at keep", "+0.0073 t/t", "+0.63 degC"]


def test_figure_says_unit_and_escapes_names(effects):
    figure = effects_figure(effects_data(effects), unit="CNY/h")
    assert figure.layout.xaxis.title.text == "improvement, with its 90 % interval [CNY/h]"
    assert "<b>" not in figure.layout.yaxis.ticktext[0]
    assert [list(trace.x) for trace in figure.data] == [[80.0, -55.0], [12.0]]


def test_a_plain_number_has_no_dash_for_a_unit(effects):
    data = effects_data(effects.with_columns(unit=pl.lit("-")))
    assert data["step_text"].to_list() == ["at keep", "+0.0073", "+0.63"]


def test_nothing_to_show_is_said(effects):
    assert "No setting moved" in effects_figure(effects_data(effects.tail(1))).layout.annotations[0].text
