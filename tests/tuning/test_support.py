from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from workbench.models.surrogates.basis import Basis, VariableSpec
from workbench.tuning.support import SupportRegion, reach_of, support_of

VARIABLES = (VariableSpec("a", True), VariableSpec("b", True), VariableSpec("c", False))


def history(seed: int = 0, n: int = 500) -> pl.DataFrame:
    """Two settings that move together, the first of them following the condition."""
    rng = np.random.default_rng(seed)
    c = rng.normal(size=n)
    a = 50 + 2 * c + rng.normal(size=n)
    return pl.DataFrame({"a": a, "b": 10 + 0.5 * (a - 50 - 2 * c) + 0.2 * rng.normal(size=n), "c": c})


def region(frame: pl.DataFrame, recent: pl.DataFrame | None = None) -> SupportRegion:
    return support_of(Basis.fit(VARIABLES, frame), frame, frame if recent is None else recent)


def inside(found: SupportRegion, a: float, b: float) -> bool:
    return bool(found.distance(pl.DataFrame({"a": [a], "b": [b]}))[0] <= 1.0)


def test_centre_is_inside_and_far_is_outside() -> None:
    found = region(history())
    assert inside(found, 50, 10)
    assert not inside(found, 70, 10)
    assert not inside(found, 50, 14)
    assert not inside(found, -1e6, 1e6)


def test_a_combination_never_run_is_outside() -> None:
    """Each value alone has been run often; the two have always moved together."""
    found = region(history())
    assert inside(found, 51.5, 10.75)
    assert not inside(found, 51.5, 9.25)


def test_support_moves_with_the_conditions() -> None:
    """50 is usual on average; where the condition stands at +2, the plant has always run near 54."""
    frame = history()
    found = region(frame, frame.with_columns(c=pl.lit(2.0)))
    assert inside(found, 54, 10)
    assert not inside(found, 46, 10)
    assert not inside(region(frame), 54.5, 10)


def test_hardly_any_of_the_history_s_own_periods_is_outside() -> None:
    frame = history(n=1000)
    found = region(frame)
    flat = frame.with_columns(a=pl.col("a") - 2 * pl.col("c")).select("a", "b")
    assert 0.0 < np.mean(found.distance(flat) > 1.0) < 0.01


@pytest.mark.parametrize("n", [150, 600])
def test_one_odd_period_does_not_widen_the_support(n: int) -> None:
    frame = history(n=n)
    odd = frame.with_columns(a=pl.when(pl.int_range(pl.len()) == n // 2).then(pl.col("a") + 30.0).otherwise(pl.col("a")))
    assert region(odd).edge < 1.1 * region(frame).edge


def test_nearest_periods_counts_those_within_the_radius() -> None:
    found = region(history(n=2000))
    centre = pl.DataFrame({"a": [50.0], "b": [10.0]})
    within = np.linalg.norm(found.tree.data - found._place(centre)[0], axis=1) <= found.radius
    assert found.nearest_periods(centre) == int(within.sum()) >= 10
    assert found.nearest_periods(pl.DataFrame({"a": [90.0], "b": [10.0]})) == 0


def test_rows_are_judged_each_alone() -> None:
    found = region(history())
    frame = pl.DataFrame({"a": [50.0, 53.0, 49.0], "b": [10.0, 10.0, 9.5]})
    assert found.distance(frame) == pytest.approx([found.distance(frame[i : i + 1])[0] for i in range(3)])


def test_choices_never_run_are_outside() -> None:
    variables = (VariableSpec("mode", True, ("strip", "keep", "family")), VariableSpec("c", False))
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"mode": rng.choice(["strip", "keep"], 300), "c": rng.normal(size=300)})
    found = support_of(Basis.fit(variables, frame), frame, frame)
    distance = found.distance(pl.DataFrame({"mode": ["strip", "keep", "family"]}))
    assert (distance[:2] <= 1.0).all()
    assert distance[2] > 1.0


def test_short_history_and_empty_condition() -> None:
    frame = history(n=6).with_columns(c=pl.lit(None, pl.Float64))
    found = region(frame)
    assert np.isfinite(found.distance(pl.DataFrame({"a": [50.0], "b": [10.0]}))).all()


def test_one_campaign_is_one_experience() -> None:
    """Three weeks of hourly periods at a setting are one try of it, however many periods they hold; two tries are enough."""
    usual = np.random.default_rng(1).normal(50.0, 1.0, size=2400)
    once, twice = usual.copy(), usual.copy()
    once[1100:1200] += 7.0
    for start in (300, 1900):
        twice[start : start + 100] += 7.0
    assert reach_of(pl.Series(once))[1] < 53.5
    over_a_border = usual.copy()
    over_a_border[1150:1250] += 7.0
    assert reach_of(pl.Series(over_a_border))[1] < 53.5
    assert reach_of(pl.Series(twice))[1] > 57.0
