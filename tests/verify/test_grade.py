"""Grades, from the best evidence to none."""

from __future__ import annotations

import pytest

from workbench.trial_records import Deviation
from workbench.verify.grade import GRADES, PROVING, trial_grade

LATE = Deviation(block=3, kind="late change", text="late", hours=2.0)


@pytest.mark.parametrize(
    ("deviations", "adherence", "blocks", "orders", "is_randomised", "grade", "why"),
    [
        ((), 1.0, 14, 128, True, "A", "run as planned"),
        ((), 0.94, 14, 128, True, "B", "at the planned settings in 94 % of the hours"),
        ((LATE,), 1.0, 14, 128, True, "B", "1 deviation from the plan"),
        ((LATE, LATE), 1.0, 14, 128, True, "B", "2 deviations from the plan"),
        ((), 1.0, 12, 64, True, "C", "12 blocks are left"),
        ((), 1.0, 14, 128, False, "C", "not the one that the plan's seed draws"),
        ((), 0.49, 14, 128, True, "E", "not really tried"),
        ((), None, 14, 128, True, "E", "no pair of blocks"),
        ((), 1.0, 0, 0, True, "E", "no pair of blocks"),
    ],
)
def test_each_grade_has_its_reason(deviations, adherence, blocks, orders, is_randomised, grade, why):
    found, said = trial_grade(deviations, adherence, blocks, orders, is_randomised=is_randomised)
    assert found == grade
    assert why in said
    assert found in GRADES


def test_only_randomised_trials_prove():
    assert PROVING == ("A", "B")
