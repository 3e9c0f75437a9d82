"""A proposal is judged under recent conditions: what it would break in other parts of the history is said, and only that."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.tuning import Tuned, tune
from workbench.tuning.elsewhere import _span_to, _Stretch

OUTCOME = '  recovery: {unit: "%"}\n'
N, RECENT = 1200, 360  # [periods] of 4 h: 60 days are 360 of them


@pytest.fixture(scope="module")
def tuned_in(
    line: Callable[..., Any], plant_of: Callable[..., Any], moves: Callable[..., Any], memory: Callable[..., Any]
) -> Callable[..., Tuned]:
    """Recovery and loss both rise with temperature, the loss with the feed too, which is 28 % now and was `before`."""

    def make(before: float, *, turns: bool = False, limit: str = ", high: 6", unit: str = "%") -> Tuned:
        columns = moves(0, N)
        columns["feed"] = np.where(np.arange(N) < N - RECENT, before, 28.0) + 0.3 * (columns["feed"] - 30)
        hot, feed = columns["temperature"] - 72, columns["feed"]
        recovery = 80 + (0.5 * hot * (29.5 - feed) if turns else 0.4 * hot) + memory(0, N, sd=0.3)
        loss = 5 + 0.3 * hot + (feed - 30) + 0.2 * memory(3, N)
        sheet = line(OUTCOME, f'{OUTCOME}  loss: {{unit: "{unit}"{limit}}}\n')
        plant = plant_of(sheet, columns | {"recovery": recovery, "loss": loss})
        return tune(plant.sheet, plant.surrogate, n_trials=20)

    return make


def found(tuned: Tuned) -> list[str]:
    assert tuned.proposed
    return [f.text for f in tuned.findings if f.code == "T111"]


def test_a_limit_that_would_break_under_a_richer_feed_is_said(tuned_in: Callable[..., Tuned]) -> None:
    """At 28 % feed the loss is 3 % and 4.5 % five degrees hotter; at 30 % it is 5 % now and would be 6.5, beyond 6."""
    tuned = tuned_in(30.0)
    assert min(line.probability_held or 0.0 for line in tuned.limits) > 0.95
    (text,) = found(tuned)
    assert text.startswith("under the conditions of ")
    assert " the high limit of loss, 6 %, would hold in only " in text
    share, now = (int(part.split("%")[0]) for part in (text.split("in only ")[1], text.split("settings (")[1]))
    assert share < 50 < 90 < now
    assert text.endswith("not in 95 % as asked: set `recent: 365d` in the sheet to judge under a year")


def test_a_limit_without_a_unit_reads_well(tuned_in: Callable[..., Tuned]) -> None:
    (text,) = found(tuned_in(30.0, unit=""))
    assert " the high limit of loss, 6, would hold in only " in text


def test_the_same_conditions_all_along_are_no_warning(tuned_in: Callable[..., Tuned]) -> None:
    assert found(tuned_in(28.0)) == []


def test_a_limit_that_no_setting_held_there_is_not_the_proposals_doing(tuned_in: Callable[..., Tuned]) -> None:
    """At 36 % feed the loss is 11 % whatever is set."""
    assert found(tuned_in(36.0)) == []


def test_a_gain_that_would_be_a_loss_is_said(tuned_in: Callable[..., Tuned]) -> None:
    """Hotter is better below 29.5 % feed and worse above."""
    (text,) = found(tuned_in(31.0, turns=True, limit=""))
    told = re.search(r"the proposed settings are expected to lose (\S+) .* \(90 % interval (\S+) to (\S+) ", text)
    assert told is not None
    loss, low, high = (float(number) for number in told.groups())
    assert loss > 0.0
    assert low < loss < high
    assert " %-points): set `recent: 365d` in the sheet" in text


def test_what_to_write_reaches_the_stretch(line: Callable[..., Any], history_of: Callable[..., Any]) -> None:
    """A year where that is longer than now and reaches it, else all days to it; a count for batches."""
    sheet = line("period: 4h", "period: 1d")
    times = pl.Series(pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2026, 1, 1), "1d", time_zone="UTC", eager=True))
    frame = pl.DataFrame({"time": times})
    last = frame["time"][-1]

    def span(start_days: int, recent_days: int, sheet: Any = sheet) -> str:
        start = frame.height - 1 - start_days
        return _span_to(
            sheet, frame, _Stretch(start, start + 20), frame.filter(pl.col("time") >= last - timedelta(recent_days))
        )

    assert span(200, 60) == "365d"
    assert span(500, 60) == "501d"
    assert span(700, 365) == "701d"
    assert span(99, 60, line("period: 4h", "batch: lot")) == "100"
