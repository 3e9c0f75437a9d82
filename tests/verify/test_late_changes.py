"""Changes that come late or go early, in hours and in longer periods: what they are called, and what they cost."""

from __future__ import annotations

import polars as pl
import pytest

from workbench.plant import read_sheet
from workbench.trial_records import Verdict
from workbench.verify.trial import Evidence, trial_verdict

from .conftest import LINEAGE, Trialled
from .test_trial import kinds


def other(arm: str) -> tuple[str, float]:
    return "temperature", 70.0 if arm == "proposed" else 74.0


def coarse(line_text: str, trial: Trialled, hours: int) -> Verdict:
    """The verdict on the same trial in periods of several hours."""
    sheet = read_sheet(line_text.replace("period: 1h", f"period: {hours}h"), "line.yaml")
    numbers = pl.col(pl.Float64).mean()
    frame = trial.frame.sort("time").group_by_dynamic("time", every=f"{hours}h").agg(numbers, pl.col("reason").first())
    return trial_verdict(sheet, trial.plan, Evidence(frame, float(hours), LINEAGE), "2026-06-01T00:00:00+00:00")


@pytest.mark.parametrize("arm", ["present", "proposed"])
def test_a_change_late_by_one_long_period_is_called_late_whatever_the_block_keeps(run_trial, line_text, arm):
    """Of the 12 h that should count 4 are lost: an interruption it is not, and of a long block it would be no tenth."""
    trial = run_trial()
    number = trial.block_of(arm)
    whole, late = (coarse(line_text, one, 4) for one in (trial, trial.edit(*other(arm), trial.rows(number, 0, 4))))
    assert (whole.grade, whole.deviations) == ("A", ())
    assert (late.grade, late.status) == ("B", "verified")
    assert kinds(late) == {"late change": [number]}
    [deviation] = late.deviations
    assert deviation.text == f"the {arm} settings were set about 4 h (as told by periods of 4 h) late"
    assert deviation.hours == 4.0
    left = coarse(line_text, trial.edit(*other(arm), trial.rows(number, 20, 24)), 4)
    assert kinds(left) == {"aborted": [number]}


def test_a_moment_s_departure_within_a_long_period_is_as_planned(run_trial, line_text):
    trial = run_trial()
    number = trial.block_of("proposed")
    verdict = coarse(line_text, trial.edit(*other("proposed"), trial.rows(number, 0, 1)), 4)
    assert (verdict.grade, verdict.deviations) == ("A", ())


def test_what_still_settles_is_not_called_late_where_no_change_was(run_trial):
    """An hour's grace is as planned, and the hour that it costs at the end of the washout is named as what it is."""
    trial = run_trial()
    number = trial.block_of("proposed")
    verdict = trial.edit("temperature", 70.0, trial.rows(number, 0, 1)).verdict()
    assert verdict.deviations == ()
    assert "late" not in " ".join(verdict.lineage.periods_set_aside)
