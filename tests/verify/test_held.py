"""A limit that the proposed settings did not hold is said before the gain that they proved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from workbench.show.verdict_table import verdict_table
from workbench.trial_records import TrialLimit
from workbench.verify.held import is_broken, limits_broken, not_held_words

from .conftest import Trialled


@pytest.fixture
def loose(run_trial) -> Trialled:
    """A trial whose proposed settings break the limit in one hour of three, and the present ones never."""
    trial = run_trial().edit("loss", 2.0, pl.lit(True))
    third = (pl.col("time").dt.hour() % 3 == 0) & (pl.col("temperature") > 72.0)
    return trial.edit("loss", 6.0, third)


def test_a_limit_not_held_is_the_first_word_of_a_verified_gain(loose: Trialled):
    """No stop rule is met: six hours running would have been one."""
    verdict = loose.verdict()
    [limit] = verdict.limits
    assert (verdict.status, verdict.grade, limit.stopped, limit.broken) == ("verified", "B", False, True)
    assert (limit.held_present, limit.held_proposed) == (1.0, pytest.approx(2 / 3))
    assert verdict.reasons[0] == (
        "gain verified, but LIMIT not held: loss in 67 % of periods (present 100 %): go back or change it"
    )
    assert verdict.reasons[1].startswith("after block 20 of 20: p =")
    assert [d.kind for d in verdict.deviations] == ["limit not held"]
    assert "held in 67 % of periods at the proposed settings, clearly less often than promised (present 100 %)" in (
        verdict.deviations[0].text
    )
    shown = verdict_table(verdict).splitlines()
    assert shown[1].startswith("VERIFIED, grade B")
    assert shown[2].startswith("- gain verified, but LIMIT not held: loss in 67 % of periods")


def test_a_stop_rule_met_is_said_first_too_and_is_one_deviation(run_trial):
    trial = run_trial().edit("loss", 2.0, pl.lit(True))
    verdict = trial.edit("loss", 6.0, pl.col("temperature") > 72.0).verdict()
    assert verdict.status == "verified"
    assert [d.kind for d in verdict.deviations] == ["stop rule"]
    assert verdict.reasons[0] == (
        "gain verified, but LIMIT not held: loss in 0 % of periods (present 100 %), its stop rule met: go back or change it"
    )


def test_a_limit_not_held_is_said_before_anything_is_decided(loose: Trialled):
    verdict = loose.verdict(hours=12 * 24)
    assert verdict.status is None
    assert ". LIMIT not held: loss in 67 % of periods (present 100 %): go back or change it" in verdict.reasons[0]


def test_a_gain_that_is_not_verified_does_not_claim_one(run_trial):
    trial = run_trial(effect=0.0, seed=1).edit("loss", 6.0, pl.col("temperature") > 72.0)
    verdict = trial.verdict()
    assert verdict.status == "not_verified"
    assert not any("gain verified" in reason for reason in verdict.reasons)


def shares(present: list[float], proposed: list[float]) -> pl.DataFrame:
    arms = ["present"] * len(present) + ["proposed"] * len(proposed)
    return pl.DataFrame({"arm": arms, "held": [*present, *proposed]}, schema={"arm": pl.String, "held": pl.Float64})


@pytest.mark.parametrize(
    ("present", "proposed", "broken"),
    [
        ([1.0] * 5, [0.7, 0.6, 0.65, 0.7, 0.6], True),
        ([1.0] * 5, [0.95] * 5, False),  # as promised
        ([1.0] * 5, [1.0, 0.98, 0.9, 0.93, 0.92], False),  # 94.6 %, which chance gives as well
        ([0.7] * 5, [0.7, 0.6, 0.8, 0.7, 0.68], False),  # missed as often today
        ([0.7] * 5, [0.5, 0.4, 0.45, 0.5, 0.42], True),
        ([1.0] * 3, [0.5] * 3, False),  # too few blocks to know their noise
        ([1.0] * 8, [0.0] * 3 + [1.0] * 5, True),  # three of eight wholly outside: 0.6 % by chance where 95 % are held
        ([1.0] * 8, [0.0] * 2 + [1.0] * 6, False),  # two: 5.7 %
        ([0.0, 1.0] * 4, [0.0] * 6 + [1.0] * 2, False),  # 25 % against 50 %, and four blocks tell little of either
        ([], [0.5] * 5, True),  # nothing known of the present: what was promised
    ],
)
def test_a_limit_is_broken_where_it_is_held_less_often_than_chance_allows(
    present: list[float], proposed: list[float], broken: bool
):
    assert is_broken(shares(present, proposed)) is broken


def test_a_limit_that_is_held_as_promised_is_seldom_said_to_be_broken():
    """Blocks whose true share is 96 %, above the promised 95 %: at most one trial in fifty."""
    rng = np.random.default_rng(3)
    draws = [rng.beta(96.0, 4.0, size=(2, 10)) for _ in range(300)]
    assert np.mean([is_broken(shares(list(one), list(other))) for one, other in draws]) <= 0.02


def test_blocks_wholly_lost_as_seldom_as_promised_are_seldom_said_to_be_broken():
    """Each block outside throughout with 4 %: at most one trial in forty."""
    rng = np.random.default_rng(3)
    draws = (rng.random((1000, 2, 8)) > 0.04).astype(float)
    assert np.mean([is_broken(shares(list(one), list(other))) for one, other in draws]) <= 0.025


def test_a_limit_broken_in_a_few_whole_blocks_is_said(run_trial):
    """Three of ten proposed blocks wholly outside, and a stop rule that waits longer: their spread is no excuse."""
    trial = run_trial().edit("loss", 2.0, pl.lit(True))
    rules = (trial.plan.stop_rules[0].model_copy(update={"periods": 200}),)
    trial = replace(trial, plan=trial.plan.model_copy(update={"stop_rules": rules}))
    for number in [block.number for block in trial.plan.blocks if block.arm == "proposed"][:3]:
        trial = trial.edit("loss", 6.0, trial.rows(number))
    verdict = trial.verdict()
    [limit] = verdict.limits
    assert (limit.held_present, limit.held_proposed) == (1.0, pytest.approx(0.7, abs=0.01))
    assert (verdict.grade, limit.stopped, limit.broken) == ("B", False, True)
    assert verdict.reasons[0].startswith("gain verified, but LIMIT not held: loss in 70 % of periods (present 100 %)")


def test_every_limit_that_was_missed_is_named():
    def limit(name: str, broken: bool, held: float | None = 0.5) -> TrialLimit:
        return TrialLimit(name=name, bound="low", value=1, unit="-", held_present=None, held_proposed=held, broken=broken)

    limits = (limit("a", True), limit("b", False), limit("c", True))
    unknown = "present an unknown share"
    assert not_held_words(limits) == (
        f"LIMIT not held: a in 50 % of periods ({unknown}); c in 50 % of periods ({unknown}): go back or change it"
    )
    assert not_held_words(limits[1:2]) is None
    assert len(limits_broken(limits)) == 2


def test_a_stop_rule_met_once_while_the_limit_was_held_on_the_whole_is_not_called_a_limit_not_held():
    limit = TrialLimit(
        name="strength", bound="low", value=1, unit="%", held_present=0.937, held_proposed=0.953, stopped=True, broken=False
    )
    assert not_held_words([limit]) == (
        "STOP RULE met, though mostly held: strength in 95.3 % of periods (present 93.7 %): find out why before you keep it"
    )
    less = limit.model_copy(update={"held_proposed": 0.93})
    said = not_held_words([less, limit.model_copy(update={"name": "load"})])
    assert said is not None
    assert said.startswith(
        "LIMIT not held: strength in 93 % of periods (present 93.7 %), its stop rule met: go back or change it. "
    )
    assert "STOP RULE met, though mostly held: load" in said
