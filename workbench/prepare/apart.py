"""Values against the sheet: settings whose records never come near their range, and tags whose unit does not fit."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from workbench.plant import Sheet
from workbench.plant.variables import Setting
from workbench.prepare.codes import number
from workbench.prepare.columns import set_column
from workbench.records import Finding
from workbench.wording import TAKEN_AS_READ, counted, verb_for

__all__ = ["apart_findings", "apart_settings", "but_words", "with_values_seen"]

APART = "D102"
MISFIT = "L111"
NEVER = "never near low..high"
FAR = 2.0  # widths of its range that a setting is outside it: further is another unit; own assumption


def apart_settings(sheet: Sheet, usable: pl.DataFrame) -> tuple[str, ...]:
    """Return the numeric settings that stood outside their range by more than twice its width in every usable period.

    Their unit or their range is wrong, or what was learned of them says nothing of the range. One that comes nearer is moved
    towards its range.

    Parameters
    ----------
    sheet : Sheet
        Ranges and steps.
    usable : polars.DataFrame
        Usable periods.
    """
    return tuple(
        name for name, setting in sheet.settings.items() if _is_apart(usable[set_column(usable.columns, name)], setting)
    )


def apart_findings(sheet: Sheet, usable: pl.DataFrame, row: str, unmoved: Collection[str] = ()) -> list[Finding]:
    """Return D102 for each of `apart_settings`, with the values seen; where no other setting is left, it refuses.

    Parameters
    ----------
    sheet, usable
        As for `apart_settings`.
    row : str
        `period` or `batch`.
    unmoved : collection of str
        Settings that have not moved.
    """
    names, out = apart_settings(sheet, usable), []
    for name in names:
        setting = sheet.settings[name]
        assert setting.low is not None
        assert setting.high is not None
        seen = _seen(usable[set_column(usable.columns, name)], setting.unit)
        text = (
            f"{NEVER}: {seen} in all of {counted(usable.height, f'usable {row}')}, and the sheet has {number(setting.low)}.."
            f"{number(setting.high, setting.unit)}: {name} is left alone; correct its unit or its range in the sheet"
        )
        out.append(Finding(code=APART, tag=name, text=text, refuses={*names, *unmoved} >= set(sheet.settings)))
    return out


def but_words(findings: Sequence[Finding]) -> str:
    """Return what restricts data that can be tuned on: settings left alone, units that do not fit; empty where nothing does.

    Examples
    --------
    >>> but_words([Finding(code="D102", tag="air", text=f"{NEVER}: 48000 to 58000 kg/h")])
    ', but air is left alone (D102)'
    """
    alone = [f.tag for f in findings if f.code == APART and f.tag is not None and f.text.startswith(NEVER)]
    apart = f", but {' and '.join(alone)} {verb_for(len(alone), 'is', 'are')} left alone ({APART})" if alone else ""
    has_misfit = any(finding.code == MISFIT for finding in findings)
    return apart + (f"{';' if apart else ','} correct the units first ({MISFIT})" if has_misfit else "")


def with_values_seen(findings: list[Finding], sheet: Sheet, frame: pl.DataFrame) -> list[Finding]:
    """Return the findings, those of a unit that does not fit (L111) with the values that were read.

    Parameters
    ----------
    findings : list of Finding
        Of any kind.
    sheet : Sheet
        Whose tag each variable is.
    frame : polars.DataFrame
        History, a column a variable.
    """
    return [_with_values(finding, sheet, frame) if finding.code == MISFIT else finding for finding in findings]


def _with_values(finding: Finding, sheet: Sheet, frame: pl.DataFrame) -> Finding:
    head, taken, after = finding.text.partition(TAKEN_AS_READ)
    own = [name for name, variable in sheet.variables.items() if variable.tag == finding.tag and name in frame.columns]
    numeric = [name for name in own if frame.schema[name].is_numeric() and frame[name].count()]
    if not taken or not numeric:
        return finding
    name = numeric[0]
    ends = [getattr(sheet.variables[name], end, None) for end in ("low", "high")]
    range_ = "..".join("" if end is None else number(end) for end in ends)
    said = f"; {_seen(frame[name])} were read" + ("" if range_ == ".." else f", and the sheet has {range_}")
    return finding.model_copy(update={"text": f"{head}{said}{taken}{after}"})


def _is_apart(cells: pl.Series, setting: Setting) -> bool:
    if setting.low is None or setting.high is None or setting.max_step is None or not cells.dtype.is_numeric():
        return False
    lowest, highest = cells.min(), cells.max()
    if not isinstance(lowest, int | float) or not isinstance(highest, int | float):
        return False
    far = max(FAR * (setting.high - setting.low), setting.max_step)
    return bool(lowest > setting.high + far or highest < setting.low - far)


def _seen(cells: pl.Series, unit: str = "") -> str:
    """Lowest to highest value."""
    lowest, highest = cells.min(), cells.max()
    assert isinstance(lowest, int | float)
    assert isinstance(highest, int | float)
    return f"{number(lowest)} to {number(highest, unit)}"
