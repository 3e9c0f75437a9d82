"""Settings that have left `now`: where results are few, its mean reaches back to where the plant stands no longer."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.plant import Setting
from workbench.records import Finding
from workbench.tuning.after_trial import STOOD_ROWS, last_run
from workbench.wording import shown_unit

__all__ = ["moved_on"]

AWAY = 0.5  # of max_step [-]: a setting that stands no further from `now` is there; own assumption


def moved_on(name: str, setting: Setting, values: Sequence[float], now: float, noun: str) -> list[Finding]:
    """Return a T114 where a setting has stood well away from `now` for the last three rows or more; else nothing.

    The gain counts from `now`, so that a part of it may have been gained by that move already.

    Parameters
    ----------
    name, setting
        Of numbers, with a largest step.
    values : sequence of float
        What was set in the last days, in time order.
    now : float
        Their mean.
    noun : str
        What a row is: a usable period or batch.
    """
    if setting.integer:  # T113 says what was run
        return []
    stands, rows = last_run(values, setting.max_step)
    if rows < STOOD_ROWS or setting.max_step is None or abs(stands - now) < AWAY * setting.max_step:
        return []
    unit = shown_unit(setting.unit or "-")
    where, mean = (f"{value:.4g} {unit}".rstrip() for value in (stands, now))
    text = (
        f"{name} has stood at {where} for the last {rows} {noun}, but now is {mean}, the mean of the last {len(values)}: the"
        f" gain counts from {mean}, and so would the present blocks of a trial; ask again when it has stood still for so long"
    )
    return [Finding(code="T114", tag=setting.tag, text=text)]
