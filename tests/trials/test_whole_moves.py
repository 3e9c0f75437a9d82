"""Settings of whole numbers in the advice on the next small move."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.plant import read_sheet
from workbench.trials import next_move

CREW = """\
name: crew
period: 4h
settings:
  people: {unit: "-", low: 2, high: 6, max_step: 1, integer: true}
  a: {unit: degC, low: 60, high: 90, max_step: 4}
outcomes:
  y: {unit: "%"}
objective: {maximize: y}
"""


@pytest.mark.parametrize("last", [4.0, 4.25, 3.75])
def test_whole_numbers_stay_whole_after_periods_in_which_they_changed(records_of, last):
    """A period with 3 people, then 4, has a mean of 3.5, and the best of all results; nobody can set it."""
    sheet = read_sheet(CREW, "crew.yaml")
    rng = np.random.default_rng(5)
    rows = []
    for n in range(240):
        people, a = (3.0, 4.0, 3.5, 5.0)[n // 5 % 4], float(70 + 2 * rng.integers(-1, 2))
        rows.append({"people": people, "a": a, "y": 80.0 - 4.0 * (people - 3.6) ** 2 + 0.1 * a + 0.2 * rng.normal()})
    rows.append({**rows[-1], "people": last})
    for seed in range(10):
        step = next_move(sheet, records_of(sheet, rows), seed)
        people = next(s for s in step.settings if s.name == "people")
        assert people.now == 4.0
        assert [s.integer for s in step.settings] == [True, False]
        assert {people.next, people.best} <= {2.0, 3.0, 4.0, 5.0}
        assert abs(people.next - people.now) <= 1.0
