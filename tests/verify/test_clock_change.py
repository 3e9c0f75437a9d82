"""Trials over a clock change, from the calendar to the verdict: no period is lost where one is an hour shorter or longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from workbench.loaders import records_from_frame
from workbench.plant import read_sheet
from workbench.prepare import prepare_history
from workbench.prepare.measuring import may_be_finer, measuring_sheet
from workbench.switchback import draw_order
from workbench.trial_records import Look, PlanSetting
from workbench.trials.calendar import calendar_of
from workbench.verify.trial import Evidence, trial_verdict

from .conftest import LINEAGE

N_BLOCKS = 16
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("first", [datetime(2026, 3, 28), datetime(2026, 10, 24)])  # noqa: DTZ001  plant time
@pytest.mark.parametrize(("block", "washout"), [(8, 4), (12, 4), (24, 12)])
def test_a_trial_over_a_clock_change_loses_nothing(run_trial, line_text, first, block, washout):
    text = line_text.replace("period: 1h\ntimezone: UTC", "period: 4h\ntimezone: Europe/Berlin")
    sheet = read_sheet(text.replace("  feed:", "  steam: {unit: t, aggregate: sum}\n  feed:"), "line.yaml")
    assert not may_be_finer(sheet)
    calendar = calendar_of(sheet)
    moments = [calendar.to_utc(moment) for moment in calendar.boundaries(first, block * HOUR, N_BLOCKS)]
    arms = draw_order(N_BLOCKS, 0).tolist()
    trial = run_trial()
    blocks = tuple(
        old.model_copy(
            update={
                "start": moments[k].isoformat(),
                "washout_until": (moments[k] + washout * HOUR).isoformat(),
                "end": moments[k + 1].isoformat(),
                "arm": "proposed" if arms[k] else "present",
            }
        )
        for k, old in enumerate(trial.plan.blocks[:N_BLOCKS])
    )
    setting = PlanSetting(name="temperature", tag="temperature", unit="degC", present=70.0, proposed=74.0)
    plan = trial.plan.model_copy(
        update={
            "blocks": blocks,
            "start": blocks[0].start,
            "end": blocks[-1].end,
            "timezone": "Europe/Berlin",
            "settings": (setting,),
            "covariates": (),
            "washout_hours": washout,
            "looks": (Look(after_block=N_BLOCKS, alpha_spent=0.05),),
        }
    )
    start = moments[0] - 240 * HOUR
    times = [start + k * HOUR for k in range((moments[-1] - start) // HOUR + 8)]
    on = np.array([any(m <= t < n and arm for m, n, arm in zip(moments, moments[1:], arms, strict=False)) for t in times])
    rng = np.random.default_rng(0)
    wide = pl.DataFrame(
        {
            "time": [f"{t.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for t in times],
            "temperature": 70.0 + 4.0 * on,
            "flow": 15.0,
            "feed": 30.0 + rng.normal(size=len(times)),
            "steam": 1.0,
            "recovery": 80.0 + 1.0 * on + 0.3 * rng.normal(size=len(times)),
            "loss": 2.0,
        }
    )
    history = prepare_history(measuring_sheet(sheet, sheet.period), records_from_frame(sheet, wide, "by hand"))
    verdict = trial_verdict(sheet, plan, Evidence(history.frame, 4.0, LINEAGE), "2027-01-01T00:00:00+00:00")
    assert verdict.deviations == ()
    assert (verdict.grade, verdict.blocks_used, verdict.adherence) == ("A", N_BLOCKS, 1.0)
    assert verdict.lineage.periods_counted == N_BLOCKS * (block - washout) // 4
