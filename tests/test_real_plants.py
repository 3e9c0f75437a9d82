"""Real plants, from sheet and file to the answer, and the same with the link between settings and outcomes cut.

The data are read in place from ../shared/data and never copied; tests are skipped where they are absent.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from workbench.cli import main
from workbench.records import Recommendation
from workbench.study import Study, recommend, save_study

HERE = Path(__file__).parent
N_TRIALS = 40  # the first climb does most; enough to find an effect that is not there
SEEDS = range(4)


def load_benchmark() -> ModuleType:
    """`benchmarks/permuted_weeks.py`, which is a script and no package."""
    spec = importlib.util.spec_from_file_location("permuted_weeks", HERE / "benchmarks" / "permuted_weeks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


weeks = load_benchmark()
NAMES = tuple(weeks.SOURCES)


@pytest.fixture(scope="module", params=NAMES)
def plant(request: pytest.FixtureRequest):
    """A real plant: sheet and history."""
    source = weeks.DATA / weeks.SOURCES[request.param]
    if not source.is_file():
        pytest.skip(f"no real data at {source}")
    return weeks.read_plant(request.param)


@pytest.fixture(scope="module")
def study(plant) -> Study:
    """The plant's study."""
    return recommend(plant.sheet, plant.history, n_trials=N_TRIALS)


def test_rows_and_periods_are_accounted_for(plant) -> None:
    history = plant.history
    assert history.ledger.rows_in == history.ledger.rows_used + sum(history.ledger.set_aside.values())
    assert history.ledger.rows_in > 0
    assert history.periods.rows_in == history.frame.height
    assert history.periods.rows_used == history.usable.height
    assert history.refused == ()


def test_an_answer_is_given_and_its_record_is_whole(study: Study, tmp_path: Path) -> None:
    result = save_study(study, tmp_path, track=False)
    written = json.loads((tmp_path / "recommendation.json").read_text(encoding="utf-8"))
    record = result.recommendation
    assert record.status in {"proposed", "no_change", "refused"}
    assert written.keys() == {"schema", *Recommendation.model_fields}
    assert written["id"].startswith(f"{record.plant}-")
    assert (record.gain is None) == (record.status != "proposed")
    if record.gain is not None:
        assert 0.0 < record.gain.low <= record.gain.expected <= record.gain.high
    else:
        assert record.reasons
    used = record.lineage.records_used + sum(record.lineage.set_aside.values())
    assert used == record.lineage.records_read == study.history.ledger.rows_in
    assert record.lineage.periods_used == study.history.usable.height
    assert (tmp_path / "card.html").stat().st_size > 100_000  # plotly.js inside: it opens without a network


def test_no_setting_leaves_its_range_or_its_step(study: Study) -> None:
    candidate = study.recommendation.candidate
    for line in (*study.recommendation.settings, *(candidate.settings if candidate else ())):
        now, proposed = line.now, line.proposed
        if not isinstance(now, float) or not isinstance(proposed, float) or now == proposed:
            continue
        assert line.low is not None
        assert line.high is not None
        assert line.max_step is not None
        rounding = 1e-9 * max(abs(now), line.max_step)
        assert abs(proposed - now) <= line.max_step + rounding, line
        if line.low <= now <= line.high:
            assert line.low - rounding <= proposed <= line.high + rounding, line


def test_the_same_answer_twice(plant, study: Study) -> None:
    again = recommend(plant.sheet, plant.history, n_trials=N_TRIALS).recommendation
    created = study.recommendation.created
    assert again.model_copy(update={"created": created}).to_json() == study.recommendation.to_json()


def test_permuting_moves_outcomes_alone(plant) -> None:
    before, after = plant.history.frame, weeks.permuted(plant, seed=0).frame
    moving = {*plant.sheet.outcomes, "reason"}
    still = [name for name in before.columns if name not in moving and not name.startswith("@")]
    assert after.select(still).equals(before.head(after.height).select(still))
    assert before.height - after.height < weeks.block_length(plant)
    usable = before.head(after.height).filter(before.head(after.height)["reason"].is_null())
    # outcome and objective travel together: the pairs are those of the plant, in another order
    pairs = [*plant.sheet.outcomes, "@objective"]
    moved = after.filter(after["@objective"].is_not_null()).select(pairs)
    assert moved.sort(pairs).equals(usable.select(pairs).sort(pairs))
    assert after.filter(after["reason"].is_null())["@objective"].null_count() == 0


@pytest.mark.slow
@pytest.mark.parametrize("plant", [name for name in NAMES if name not in weeks.UNSTAMPED], indirect=True)
def test_nothing_is_proposed_where_the_link_is_cut(plant) -> None:
    answers = [recommend(plant.sheet, weeks.permuted(plant, seed), n_trials=N_TRIALS).recommendation for seed in SEEDS]
    assert sum(answer.status == "proposed" for answer in answers) <= 1
    assert all(answer.status != "refused" for answer in answers)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("name", "status"), [("chiller", None), ("gold_rougher", "no_change"), ("chem_yield", None)])
def test_command_and_headless_notebook_give_the_same_record(
    name: str, status: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gold plant's records forecast worse than nothing in time order (-0.14 in the facts): no proposal there."""
    source = weeks.DATA / weeks.SOURCES[name]
    if not source.is_file():
        pytest.skip(f"no real data at {source}")
    monkeypatch.chdir(tmp_path)
    sheet = str(HERE / "plants" / f"{name}.yaml")
    typed = ["tune", sheet, "--source", str(source), "--trials", str(N_TRIALS), "--out", "typed", "--no-track"]
    assert main(typed) == 0
    run = ["run", "tune", "-p", f"plant={sheet}", "-p", f"source={source}", "-p", f"n_trials={N_TRIALS}", "-p", "out=run"]
    assert main([*run, "-p", "track=false"]) == 0
    one, other = (json.loads((tmp_path / folder / "recommendation.json").read_text("utf-8")) for folder in ("typed", "run"))
    assert one | {"created": ""} == other | {"created": ""}
    assert status is None or one["status"] == status
