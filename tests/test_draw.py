"""What notebooks show in place of a figure, and what the figures of a plant with costs say."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import SmallPlant
from workbench.draw import draw_effects, draw_promise, draw_responses, draw_trends, tell_answer, tell_gain, tell_saved
from workbench.explore import explore_history
from workbench.plant import load_sheet
from workbench.saving import Result
from workbench.study import read_history, recommend


def test_a_plant_without_conditions_is_told_so(plant: SmallPlant) -> None:
    sheet = load_sheet(plant.sheet)
    told = draw_trends(sheet, read_history(sheet, None), [], title="Conditions")
    assert told == "**Conditions**: The sheet names none."


@pytest.fixture
def costly(plant: SmallPlant) -> Any:
    """The small plant where flow is dear: what more of it gains is less than what it costs."""
    plant.change_sheet("value_per_unit: 100000}", 'value_per_unit: 100000, costs: [{formula: "25*flow", unit: EUR/h}]}')
    sheet = load_sheet(plant.sheet)
    return sheet, read_history(sheet, None)


def test_responses_are_drawn_after_costs_and_say_so(costly: Any) -> None:
    sheet, history = costly
    study = recommend(sheet, history, n_trials=20)
    flow = next(s for s in study.recommendation.settings if s.name == "flow")
    change = next(c for c in study.recommendation.why.changes if c.setting == "flow")
    assert change.gain < 0 < change.net.expected  # less flow loses recovery, and saves more than that
    figure = draw_responses(study)
    assert figure.layout.title.text == "Improvement in recovery after costs when one setting moves alone"
    drawn = [  # between two points of the curve
        t.y[0] for t in figure.data if t.mode == "markers" and t.x is not None and list(t.x) == [flow.proposed]
    ]
    assert drawn == [pytest.approx(change.net.expected, rel=0.02)]
    assert draw_promise(study).layout.title.text == "Improvement in recovery before costs against zero"
    assert "It is net of running costs, which change by -" in tell_answer(study)


def test_a_first_look_says_that_it_counts_no_costs(costly: Any) -> None:
    exploration = explore_history(*costly)
    assert "**One standard deviation is worth something before costs** for " in tell_gain(exploration)
    assert draw_effects(exploration).layout.xaxis.title.text.startswith("improvement before costs, with its 90 % interval [")


def test_what_is_saved_of_a_plan_names_the_page_for_the_control_room(tmp_path: Path) -> None:
    told = tell_saved(tmp_path / "plan.json")
    assert f"`{tmp_path / 'schedule.html'}`" in told
    assert "schedule" not in tell_saved(tmp_path / "verdict.json")


@pytest.mark.parametrize(
    ("folder", "how"), [("mlruns", "in `{parent}`"), ("store", "with the environment variable `WORKBENCH_STORE`")]
)
def test_where_mlflow_is_opened_fits_the_store(tmp_path, folder, how):
    """`workbench ui` looks for `mlruns` in the current folder: any other store is found by its name alone."""
    record: Any = SimpleNamespace(id="line-1", status="proposed")
    store = tmp_path / folder
    told = tell_saved(Result(record, None, "http://127.0.0.1:5000/#/x", store, record))
    assert f"Tracked in `{store}`: type `workbench ui` {how.format(parent=tmp_path)}" in str(told)
