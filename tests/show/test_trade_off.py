"""The front between two goals as figure, page and terminal table."""

from __future__ import annotations

import math
from dataclasses import replace

import polars as pl
import pytest

from workbench.plant import read_sheet
from workbench.show import trade_off_data, trade_off_figure, trade_off_page, trade_off_sentences, trade_off_table
from workbench.tuning.goals import Goal
from workbench.tuning.trade_off import TradeOff

SHEET = """\
name: line
period: 1h
settings:
  temperature: {unit: degC, low: 70, high: 90, max_step: 2}
  mode: {choices: [a, b]}
outcomes: {extraction: {unit: "%"}, acid_flow: {unit: m3/h}}
objective: {maximize: extraction, unit: "%"}
"""


@pytest.fixture
def front() -> TradeOff:
    points = pl.DataFrame(
        {
            "@point": [1, 2, None, None],
            "@kind": ["front", "front", "present", "proposed"],
            "temperature": [77.5, 79.0, 78.0, 78.6],
            "mode": ["a", "b", "a", "a"],
            "extraction.now": [96.0] * 4,
            "extraction.change": [-0.5, 0.4, 0.0, 0.2],
            "extraction.low": [-0.8, 0.1, 0.0, 0.1],
            "extraction.high": [-0.2, 0.7, 0.0, 0.3],
            "acid_flow.now": [math.nan] * 4,
            "acid_flow.change": [-1.2, 0.1, 0.0, 0.3],
            "acid_flow.low": [-1.9, -0.7, 0.0, -0.1],
            "acid_flow.high": [-0.5, 0.9, 0.0, 0.7],
        },
    )
    goals = (
        Goal("extraction", "extraction", "%", 1.0, "the sheet does not say otherwise", False),
        Goal("acid_flow", "acid_flow", "m3/h", -1.0, "it improves the objective", False),
    )
    return TradeOff(goals, points, 0.9)


def test_the_data_name_what_moves(front):
    data = trade_off_data(front)
    assert data["settings"].to_list() == ["temperature 77.5", "temperature 79.0, mode b", "as now", "temperature 78.6"]
    assert data["x_level"].to_list() == [95.5, 96.4, 96.0, 96.2]
    assert data["y_level"].null_count() == 4  # not known now


def test_the_figure_marks_present_and_proposed(front):
    figure = trade_off_figure(trade_off_data(front), front.goals)
    assert [t.name for t in figure.data] == ["front, with intervals", "present", "proposed"]
    line = figure.data[0]
    assert list(line.error_x.array) == pytest.approx([0.3, 0.3])
    assert list(line.error_y.arrayminus) == pytest.approx([0.7, 0.8])
    assert figure.layout.title.text == "Trade-off between extraction and acid flow"
    assert figure.layout.xaxis.title.text == "change of extraction [%-points], more is better"
    assert figure.layout.yaxis.title.text == "change of acid flow [m3/h], less is better"
    assert line.customdata[1].split("<br>") == [
        "extraction: +0.40 (+0.10 to +0.70) %-points, then 96.40 %",
        "acid_flow: +0.10 (-0.70 to +0.90) m3/h",
        "temperature 79.0",
        "mode b",
    ]
    assert figure.data[1].customdata[0].split("<br>")[0] == "extraction: 0.00 %-points, then 96.00 %"


def test_the_hover_text_gives_the_units_of_settings(front):
    figure = trade_off_figure(trade_off_data(front, read_sheet(SHEET)), front.goals)
    assert figure.data[0].customdata[1].endswith("<br>temperature 79.0 degC<br>mode b")
    assert figure.data[1].customdata[0].endswith("<br>as now")
    assert "temperature 78.6 degC" in trade_off_page(front, read_sheet(SHEET))
    bare = read_sheet(SHEET.replace("unit: degC", 'unit: "-"'))
    assert trade_off_data(front, bare)["settings"][0] == "temperature 77.5"


def test_settings_are_shown_with_all_that_people_type(front):
    """On a grid of 0.05, 77.55 must not be shown as 77.6; the present mean keeps no more digits than they have."""
    points = front.points.with_columns(temperature=pl.Series([77.55, 79.0, 78.012345, 78.6]))
    fine = TradeOff(front.goals, points, 0.9)
    assert trade_off_data(fine)["settings"].to_list() == [
        "temperature 77.55",
        "temperature 79.00, mode b",
        "as now",
        "temperature 78.60",
    ]
    lines = trade_off_table(fine).splitlines()
    assert [line.split()[1] for line in lines[11:15]] == ["77.55", "79.00", "78.01", "78.60"]


def test_the_table_holds_changes_intervals_and_settings(front):
    text = trade_off_table(front)
    lines = text.splitlines()
    assert lines[0] == "Trade-off of extraction against acid_flow"
    assert lines[4].split() == ["1", "-0.50", "-0.80", "to", "-0.20", "-1.20", "-1.90", "to", "-0.50"]
    assert lines[6].split() == ["present", "0.00", "-", "0.00", "-"]
    assert lines[11].split() == ["1", "77.5", "a"]
    assert "acid_flow: less is better (it improves the objective; `acid_flow:max` turns it)." in text
    assert all(len(line) <= 100 for line in lines)


def test_settings_have_their_units(front):
    assert "settings  temperature [degC]  mode" in trade_off_table(front, read_sheet(SHEET))
    assert "temperature [degC]" in trade_off_page(front, read_sheet(SHEET))
    assert "settings  temperature  mode" in trade_off_table(front, read_sheet(SHEET.replace("unit: degC", 'unit: "-"')))
    assert "settings  temperature  mode" in trade_off_table(front)


def test_many_settings_stand_in_several_tables(front):
    more = pl.DataFrame({f"setting_with_a_name_{k}": [1.0, 2.0, 1.0, 1.0] for k in range(9)})
    columns = front.points.columns
    wide = pl.concat([front.points, more], how="horizontal").select(*columns[:4], *more.columns, *columns[4:])
    text = trade_off_table(TradeOff(front.goals, wide, 0.9))
    assert all(len(line) <= 100 for line in text.splitlines())
    assert all(f"setting_with_a_name_{k}" in text for k in range(9))


def test_one_point_says_that_the_goals_agree(front):
    alone = front.points.filter((pl.col("@point") == 2) | (pl.col("@kind") != "front"))
    said = trade_off_sentences(TradeOff(front.goals, alone, 0.9))
    assert any("One point is best for both" in s for s in said)
    assert not any("One point" in s for s in trade_off_sentences(front))


def test_the_page_is_self_contained_and_names_are_text(front):
    hostile = front.points.with_columns(pl.Series("mode", ["<script>x</script>", "b", "a", "a"]))
    page = trade_off_page(TradeOff(front.goals, hostile, 0.9), read_sheet(SHEET))
    assert "<script>x</script>" not in page
    assert "&lt;script&gt;x" in page
    assert "default-src 'none'" in page
    assert 'src="http' not in page
    assert page.count("Plotly.newPlot(") == 1


@pytest.mark.parametrize("name", ["kind", "point", "x", "settings"])
def test_a_setting_may_have_any_name(front, name):
    renamed = TradeOff(front.goals, front.points.rename({"temperature": name}), 0.9)
    data, usual = trade_off_data(renamed), trade_off_data(front)
    assert data.drop("settings").equals(usual.drop("settings"))
    assert data["settings"][1] == f"{name} 79.0, mode b"
    assert name in trade_off_table(renamed)


def test_numbers_of_points_stand_clear_of_the_front(front):
    """More extraction and less acid are better: the front rises, and what lies to the lower right of it is out of reach."""
    assert trade_off_figure(trade_off_data(front), front.goals).data[0].textposition == "bottom right"
    both = (front.goals[0], replace(front.goals[1], sign=1.0))
    assert trade_off_figure(trade_off_data(front), both).data[0].textposition == "top right"
