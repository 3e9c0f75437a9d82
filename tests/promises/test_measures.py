"""Ratios, rates and the table, against numbers by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.benchmarks.promises.measures import bootstrap_ratio, rate, table
from tests.benchmarks.promises.targets import target_lines


def outcome(**given: object) -> dict[str, object]:
    return {
        "family": "a", "split": "development", "group": "long", "seed": 0, "method": "ours", "status": "proposed",
        "attainable": 2.0, "trial_error": 0.5, "real": 1.0, "promised": 1.5, "low_end": 0.5, "is_over": False,
        "is_over_strict": False, "warned": False, "seconds": 1.0,
    } | given  # fmt: skip


def test_ratio_of_sums() -> None:
    value, low, high = bootstrap_ratio(np.array([1.0, 0.0, 3.0]), np.array([2.0, 2.0, 4.0]))
    assert value == pytest.approx(4.0 / 8.0)
    assert 0.0 <= low <= value <= high <= 0.75


def test_no_ratio_over_nothing() -> None:
    assert all(np.isnan(bootstrap_ratio(np.array([1.0]), np.array([0.0]))))
    assert all(np.isnan(bootstrap_ratio(np.array([]), np.array([]))))


@pytest.mark.parametrize(("hits", "n", "low", "high"), [(0, 10, 0.0, 1.0 - 0.05**0.1), (10, 10, 0.05**0.1, 1.0)])
def test_rate_by_clopper_and_pearson(hits: int, n: int, low: float, high: float) -> None:
    # with no hit, or only hits, the beta quantile is a power of the tail: 0.05 ** (1 / n)
    assert rate(hits, n) == pytest.approx((hits / n, low, high))


def test_table_counts_by_hand() -> None:
    rows = [
        outcome(seed=0),  # 1 of 2 realised, promised 1.5, low end held
        outcome(seed=1, real=0.2, promised=1.0, low_end=0.3, is_over=True),  # low end missed, over a limit
        outcome(seed=2, status="no_change", real=0.0, promised=None, low_end=None),
        outcome(seed=3, attainable=0.1, real=-0.1, promised=0.3, low_end=-0.2),  # nothing is worth a trial here
    ]
    summary = table(pl.DataFrame(rows, infer_schema_length=None))
    row = summary.filter(pl.col("family") == "a").row(0, named=True)
    assert row["share"] == pytest.approx((1.0 + 0.2 + 0.0 - 0.1) / (2.0 * 3 + 0.1))
    assert row["promised_over_real"] == pytest.approx((1.5 + 1.0 + 0.3) / (1.0 + 0.2 - 0.1))
    assert row["low_held"] == pytest.approx(2 / 3)
    assert row["proposed"] == pytest.approx(3 / 4)
    assert row["pointless"] == pytest.approx(1.0)
    assert row["pointless_plants"] == 1
    assert row["over"] == pytest.approx(1 / 4)


def test_unmeasured_causes_stand_apart() -> None:
    rows = [outcome(), outcome(family="b", group="hidden", promised=9.0)]
    summary = table(pl.DataFrame(rows, infer_schema_length=None))
    promised = dict(summary.select("family", "promised_over_real").iter_rows())
    assert promised["all but unmeasured causes"] == pytest.approx(1.5)
    assert promised["all"] == pytest.approx(10.5 / 2.0)


def test_a_family_is_not_asked_more_than_its_oracle() -> None:
    rows = [outcome(real=1.1), outcome(method="oracle", real=1.2)]  # the oracle realises 0.6: 0.54 is asked, not 0.85
    lines = target_lines(table(pl.DataFrame(rows, infer_schema_length=None)))
    assert "development: gain realised, long 0.550, asked at least 0.54: met" in lines
