"""The truth behind a table of settings by regime, as the benchmark judges it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.promises.adapter import Case, case_of
from tests.benchmarks.regimes import make_crossing, told
from workbench.records import Gain, Placebo, Recommendation, RegimeLine, RegimeTable, SettingLine, Support

PLACEBO = Placebo(false_alarms=0, runs=1, rate=0.0, high=0.95)


@pytest.fixture(scope="module")
def case() -> Case:
    return case_of(make_crossing(1))


def lines(case: Case, values: np.ndarray) -> tuple[SettingLine, ...]:
    return tuple(
        SettingLine(name=n, tag=n, unit="", now=float(a), proposed=float(b), low=None, high=None, max_step=None, supported=None)
        for n, a, b in zip(case.settings, case.now, values, strict=True)
    )


def gain(expected: float) -> Gain:
    return Gain(objective="y", unit="%", expected=expected, low=0.5, high=1.5, level=0.9)


def table(case: Case, middle: float, below: np.ndarray, above: np.ndarray) -> RegimeTable:
    def line(low: float | None, high: float | None, values: np.ndarray) -> RegimeLine:
        return RegimeLine(
            low=low, high=high, periods=20, share=0.5, settings=lines(case, values), gain=gain(1.0), limits=(),
            support=Support(nearest_periods=1, inside=True),
        )  # fmt: skip

    return RegimeTable(
        condition="c1", unit="%", lines=(line(None, middle, below), line(middle, None, above)), gain=gain(1.0),
        beyond=gain(0.8), beyond_per_year=None, placebo=PLACEBO,
    )  # fmt: skip


def test_each_period_counts_at_the_settings_of_its_regime(case: Case) -> None:
    shown = case.usable["c1"].to_numpy()[case.recent_usable]
    middle = float(np.nanmedian(shown))
    up, down = case.now + 0.5 * (case.high - case.now), case.now + 0.5 * (case.low - case.now)
    record = Recommendation.model_construct(status="no_change")
    said = told(case, record, table(case, middle, up, down))
    truth = case.plant.truth

    def gains(settings: np.ndarray, inside: np.ndarray) -> float:
        rows = case.recent[inside]
        pair = truth.objective(np.stack([case.now, settings]), rows)
        return float(pair[1] - pair[0]) * len(rows)

    wanted = (gains(up, shown < middle) + gains(down, shown >= middle)) / len(shown)
    assert said.real == pytest.approx(wanted)
    assert said.beyond_real == pytest.approx(wanted)  # no one setting for all is proposed
    assert (said.promised, said.beyond) == (1.0, 0.8)


def test_a_table_that_says_the_same_everywhere_gives_nothing_beyond_one_setting(case: Case) -> None:
    up = case.now + 0.5 * (case.high - case.now)
    record = Recommendation.model_construct(status="proposed", settings=lines(case, up))
    said = told(case, record, table(case, 10.0, up, up))
    pair = case.plant.truth.objective(np.stack([case.now, up]), case.recent)
    assert said.beyond_real == pytest.approx(0.0)
    assert said.real == pytest.approx(float(pair[1] - pair[0]))
