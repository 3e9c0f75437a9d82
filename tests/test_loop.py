"""The whole loop on a simulated line: recommend, approve, plan, try with faults, verify, ledger; until nothing is proposed."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from tests.benchmarks import loop
from tests.benchmarks.loop import run_loop, steps_frame
from tests.benchmarks.loop_plants import Faults, QuickPlant, clumsy, what_was_set
from tests.test_proving import planned, recommended
from workbench.models.simulators.phosphoric_acid.history import history_truth
from workbench.show.climb import climb_figure
from workbench.switchback import stamp
from workbench.trial_records import Look, TrialPlan, Verdict
from workbench.verify.ledger import read_ledger
from workbench.verify.log import Log


def test_operators_follow_the_plan_but_for_the_faults() -> None:
    plan = planned(recommended(), "0" * 64)
    assert [arm for _, _, arm in what_was_set(plan, Faults(), stamp(plan.end))] == [block.arm for block in plan.blocks]
    faults = Faults(late={2: 5.0}, aborted={4: 8.0})
    stretches = what_was_set(plan, faults, stamp(plan.end))
    assert stretches[0][0] == stamp(plan.start)
    assert all(one[1] == other[0] for one, other in itertools.pairwise(stretches))
    hours = [(end - start).total_seconds() / 3600 for start, end, _ in stretches]
    assert hours[:6] == [24.0, 5.0, 19.0, 24.0, 16.0, 8.0]
    assert stretches[1][2] == plan.blocks[0].arm
    assert stretches[5][2] == "present"
    so_far = what_was_set(plan, faults, stamp(plan.blocks[2].start) + timedelta(hours=1))
    assert so_far == [*stretches[:3], (*stretches[3][:1], stretches[3][0] + timedelta(hours=1), stretches[3][2])]


def test_a_schedule_sets_the_simulated_line_and_leaves_the_rest() -> None:
    wanted = pl.Series([None] * 144 + [1.8] * 144 + [None] * 144, dtype=pl.Float64).fill_null(float("nan")).to_numpy()
    free, tried = (history_truth(3, 1, None, schedule).states for schedule in (None, {"free_sulfate": wanted}))
    assert tried["free_sulfate"][144 + 80 : 288].to_list() == [1.8] * 64  # ramped up from below 1.3 at 0.05 an hour
    assert tried["free_sulfate"][:144].to_list() == free["free_sulfate"][:144].to_list()
    assert tried["temperature"].to_list() == free["temperature"].to_list()


@pytest.mark.parametrize(("said", "ends"), [(("verified",), 8), ((None, "not_verified"), 16), ((None, None), 16)])
def test_a_trial_ends_with_the_look_that_decides(
    monkeypatch: pytest.MonkeyPatch, said: tuple[str | None, ...], ends: int
) -> None:
    class Recorder:
        source = Path("line.csv")
        lasted: list[datetime] = []  # noqa: RUF012

        def run_trial(self, _plan: TrialPlan, _faults: Faults, until: datetime) -> None:
            self.lasted.append(until)

        def write(self) -> None:
            assert self.lasted

    plan, plant = planned(recommended(), "0" * 64), Recorder()
    plan = plan.model_copy(update={"looks": (Look(after_block=8, alpha_spent=0.005), Look(after_block=16, alpha_spent=0.05))})
    left = iter(said)
    monkeypatch.setattr(loop, "verify_trial", lambda *_given, **_more: SimpleNamespace(status=next(left)))
    verdict, end = loop.try_on(plant, None, plan, Faults())  # type: ignore[arg-type]
    assert (verdict.status, end) == (said[-1], stamp(plan.blocks[ends - 1].end))
    assert plant.lasted == [stamp(plan.blocks[n - 1].end) + timedelta(days=1) for n in (8, 16)[: len(said)]]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_the_loop_climbs_to_the_optimum_and_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_STORE", str(tmp_path / "mlruns"))
    plant = QuickPlant(tmp_path)
    steps = list(run_loop(plant, tmp_path / "mlruns", say=lambda _text: None))
    assert [step.status for step in steps] == ["proposed"] * (len(steps) - 1) + ["no_change"]
    assert plant.centre == pytest.approx(QuickPlant.KNEE, abs=2.0)  # one max_step: records say less and less about the last one

    tried = steps[:-1]
    assert 0.0 < tried[0].true_gain <= 4 * QuickPlant.SLOPE  # type: ignore[operator]
    known = [step for step in tried if step.measured_low is not None]
    outside = [s for s in known if not s.measured_low <= s.true_gain <= s.measured_high]  # type: ignore[operator]
    assert len(outside) <= 1  # of 90 % intervals

    verdict_of = [step.verdict for step in tried]
    assert set(verdict_of) <= {"verified", "not_verified"}
    assert verdict_of.count("verified") >= 2  # the clumsy first trial may fail to show its step, which is then taken back
    log = Log.open(tmp_path / "mlruns")  # the chain is checked
    of_looks = [Verdict.from_json(row.payload["text"]) for row in log.rows(kind="verdict")]
    verdicts = list({verdict.recommendation: verdict for verdict in of_looks}.values())  # what each trial ended with
    assert {"late change", "aborted", "no result"} <= {deviation.kind for deviation in verdicts[0].deviations}
    plan = TrialPlan.from_json(log.rows(kind="plan")[0].payload["text"])
    seen = {kind: {d.block for d in verdicts[0].deviations if d.kind == kind} for kind in ("late change", "aborted")}
    assert seen == {"late change": set(clumsy(plan).late), "aborted": set(clumsy(plan).aborted)}
    assert verdicts[0].grade == "B"
    assert all(verdict.grade == "A" for verdict in verdicts[1:])

    ledger = read_ledger(log.rows(), datetime(2099, 1, 1, tzinfo=UTC))
    assert [line.recommendation for line in ledger.lines] == [step.recommendation for step in tried]
    assert [line.state for line in ledger.lines] == verdict_of
    [total] = ledger.totals
    assert total.measured == pytest.approx(sum(step.money or 0.0 for step in tried), rel=1e-5)
    assert total.earned > 0.0

    table = steps_frame(steps)
    assert table.height == len(steps)
    assert len(climb_figure(table).data) >= 3


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_the_loop_tells_what_it_would_try_next_when_its_steps_are_used_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_STORE", str(tmp_path / "mlruns"))
    tried, left = run_loop(QuickPlant(tmp_path), tmp_path / "mlruns", steps=1, say=lambda _text: None)
    assert tried.verdict is not None
    assert (left.step, left.status, left.verdict, left.promised) == (2, "proposed", None, None)
    assert left.moves.startswith("temperature 7")
    assert climb_figure(steps_frame([tried, left])).data
