"""The notebooks of the proof, run headlessly one after the other on the store of a simulated line."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.loop_plants import QuickPlant, clumsy
from tests.test_notebooks_run import figures, words
from workbench.run import run_notebook
from workbench.study import run_study
from workbench.switchback import stamp
from workbench.track import Store
from workbench.track.review import state_of

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

pytestmark = pytest.mark.filterwarnings("default")


def run(name: str, **parameters: Any) -> list[dict[str, Any]]:
    path = run_notebook(NOTEBOOKS / f"{name}.ipynb", parameters, f"{name}.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert [o for o in outputs if o["output_type"] in {"stream", "error"}] == []
    return outputs


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    return tmp_path


def test_an_empty_ledger_is_said_plainly(place: Path) -> None:
    Store.open(create=True, folder=place / "shelf")
    said = run("portfolio", store="shelf", out="answer")
    assert "**The ledger is empty**: nothing has been promised, nothing was put in, and nothing came out." in words(said)
    assert "Nothing waits for anybody." in words(said)
    assert figures(said) == []
    record = json.loads((place / "answer" / "portfolio.json").read_text(encoding="utf-8"))
    assert (record["head"], record["totals"], record["lines"]) == ("", [], [])


@pytest.mark.slow
def test_from_trial_to_portfolio(place: Path) -> None:
    plant = QuickPlant(place)
    plant.write()
    record = run_study(plant.sheet, plant.source, seed=1, n_trials=40).recommendation
    store = Store.open()

    said = run("trial", recommendation=record.id, approve_by="Li Wei", why="a small step", schedule=True, out="answer")
    assert f"{record.id} is approved, until " in words(said)
    assert "This plant needs" in words(said)
    assert figures(said) == ["Schedule of the trial"]
    assert (place / "answer" / "schedule.csv").exists()

    plan = state_of(store, record.id).plan
    assert plan is not None
    assert json.loads((place / "answer" / "plan.json").read_text(encoding="utf-8"))["id"] == plan.id
    plant.run_trial(plan, clumsy(plan), stamp(plan.end) + timedelta(days=1))
    plant.write()
    said = run("verify", out="answer")
    verdict = json.loads((place / "answer" / "verdict.json").read_text(encoding="utf-8"))
    assert "VERIFIED" in words(said)
    blocks, orders = figures(said)
    assert blocks == "Blocks of the trial: mean of each, pairs joined"
    assert orders.startswith("Could luck alone have done it?")

    said = run("portfolio", date="2099-12-31", out="answer")
    assert "1 recommendation, 1 measured by a trial, 1 of them verified." in words(said)
    assert figures(said) == ["Cumulative value", "Promised against measured"]
    book = json.loads((place / "answer" / "portfolio.json").read_text(encoding="utf-8"))
    assert book["totals"][0]["measured"] == pytest.approx(verdict["value_per_year"]["expected"], rel=1e-5)
