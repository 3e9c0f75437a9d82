"""The notebooks, run headlessly: on good, refused and batch data, and with the same record as the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.conftest import SmallPlant, small_history
from workbench.plant import library
from workbench.run import run_notebook

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
FIGURE = "application/vnd.plotly.v1+json"

pytestmark = pytest.mark.filterwarnings("default")


def run(name: str, **parameters: Any) -> list[dict[str, Any]]:
    """The outputs of a run notebook."""
    path = run_notebook(NOTEBOOKS / f"{name}.ipynb", {"plant": "small.yaml", **parameters}, f"{name}.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert [o for o in outputs if o["output_type"] in {"stream", "error"}] == []
    return outputs


def words(outputs: list[dict[str, Any]]) -> str:
    data = [output.get("data", {}) for output in outputs]
    return "\n".join("".join(d.get("text/markdown", d.get("text/plain", ""))) for d in data if FIGURE not in d)


def figures(outputs: list[dict[str, Any]]) -> list[str]:
    """Title of each figure."""
    drawn = [output["data"][FIGURE] for output in outputs if FIGURE in output.get("data", {})]
    assert all(figure["data"] for figure in drawn)
    return [figure["layout"]["title"]["text"] for figure in drawn]


def legend(outputs: list[dict[str, Any]]) -> list[str]:
    """What the legends of all figures name."""
    drawn = [output["data"][FIGURE] for output in outputs if FIGURE in output.get("data", {})]
    return [trace["name"] for figure in drawn for trace in figure["data"] if trace.get("name")]


def test_explore_says_what_is_there_to_gain(plant: SmallPlant) -> None:
    said = run("explore", out="answer")
    assert "**These records can be tuned on.**" in words(said)
    assert "One standard deviation is worth something** for temperature up by" in words(said)
    assert len(figures(said)) == 7
    record = json.loads((plant.folder / "answer" / "exploration.json").read_text(encoding="utf-8"))
    assert record["can_be_tuned"] is True
    assert record["skill"] > 0.3
    assert sum(record["shares"].values()) == pytest.approx(1.0, abs=1e-5)
    assert [effect["setting"] for effect in record["effects"]] == ["temperature", "flow"]
    assert record["effects"][0]["value_per_year"] == pytest.approx(100000 * record["effects"][0]["gain"], rel=1e-5)


def test_tune_leaves_record_card_and_run(plant: SmallPlant) -> None:
    said = run("tune", out="answer", n_trials=30)
    assert "**Proposed**: " in words(said)
    assert "Improvement in recovery when one setting moves alone" in figures(said)
    assert len(figures(said)) == 4
    assert "**Limits**: The sheet has no limits." in words(said)
    record = json.loads((plant.folder / "answer" / "recommendation.json").read_text(encoding="utf-8"))
    found = re.findall(r"^\| ([A-Z]\d+) \|", words(said), re.MULTILINE)
    assert sorted(found) == sorted(finding["code"] for finding in record["findings"])
    assert found
    drawn = [n for name in legend(said) if name.startswith("placebo") for n in re.findall(r"\((\d+)\)", name)]
    assert sum(map(int, drawn)) == record["placebo"]["runs"]
    assert sorted(path.name for path in (plant.folder / "answer").iterdir()) == ["card.html", "recommendation.json"]
    assert (plant.folder / "mlruns" / "mlflow.db").exists()


def test_tune_says_which_limits_hold(plant: SmallPlant) -> None:
    plant.change_sheet("objective:", 'limits: [{name: sum, formula: "temperature + flow", high: 500}]\nobjective:')
    said = words(run("tune", n_trials=10, track=False))
    assert re.search(r"^\| sum \| at most 500 \|.* held \|$", said, re.MULTILINE)


@pytest.mark.parametrize("name", ["explore", "tune"])
def test_refused_data_make_a_readable_notebook(plant: SmallPlant, name: str) -> None:
    plant.write_history(small_history(hours=30))
    more: dict[str, Any] = {"track": False} if name == "tune" else {}
    said = run(name, out="answer", **more)
    assert ("**Refused**" if name == "tune" else "**These records cannot be tuned on.**") in words(said)
    assert len(figures(said)) == (2 if name == "tune" else 5)
    assert words(said).casefold().count("nothing was learned") == (6 if name == "tune" else 3)
    assert "{" not in words(said)


@pytest.mark.parametrize("name", ["explore", "tune"])
def test_batches_need_no_clock(plant: SmallPlant, name: str) -> None:
    plant.change_sheet("period: 1h", "batch: heat")
    frame = small_history()
    plant.write_history(frame.drop("time").insert_column(0, pl.Series("heat", [f"H{i}" for i in range(frame.height)])))
    more: dict[str, Any] = {"track": False, "n_trials": 20} if name == "tune" else {}
    assert len(figures(run(name, out="answer", **more))) == (4 if name == "tune" else 7)


@pytest.mark.slow
def test_notebook_and_command_write_the_same_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.study import run_study

    monkeypatch.chdir(tmp_path)
    text = library()["phosphoric_acid"].read_text(encoding="utf-8")
    short, changed = re.subn(r"days: \d+", "days: 60", text)  # a small history: the same way, sooner
    assert changed == 1
    sheet = tmp_path / "phosphoric_acid.yaml"
    sheet.write_text(short, encoding="utf-8")
    run_study(sheet.name, seed=1, n_trials=40, fix=["rock_p80"], out=tmp_path / "command", track=False)
    options = {"seed": 1, "n_trials": 40, "fix": ["rock_p80"], "out": "notebook", "track": False}
    run("tune", plant=sheet.name, **options)
    records = [(tmp_path / by / "recommendation.json").read_text(encoding="utf-8") for by in ("command", "notebook")]
    created = r'"created": "[^"]+"'
    assert re.findall(created, records[0])
    assert re.sub(created, "", records[0]) == re.sub(created, "", records[1])
