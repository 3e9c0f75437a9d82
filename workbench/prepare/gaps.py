"""Time in which nothing is known of a tag, and tags whose readings end early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.prepare.align import Aligned
from workbench.prepare.codes import span, stamp
from workbench.prepare.grid import DAY
from workbench.prepare.holding import max_gap_of
from workbench.prepare.readings import Readings
from workbench.records import Finding

__all__ = ["Gap", "early_end_findings", "find_gap", "gap_findings"]

LONG_GAP = DAY // 6  # a single gap is said from here on, and from one period on [us]
OFTEN_GAP = 0.01  # shorter gaps are said from this share of unknown time on [-]
OFTEN_UNKNOWN = 0.2  # from this share of unknown time on, a tag may be one that is recorded on change only [-]


@dataclass(frozen=True)
class Gap:
    """The longest time in which nothing is known of a tag.

    Parameters
    ----------
    tag : str
    start, length : int
        Since 1970-01-01 UTC, and from there [us].
    share : float
        All unknown time between the tag's first and last reading, as a share of it [-].
    hint : str
        What to do about it; empty where there is nothing to say.
    """

    tag: str
    start: int
    length: int
    share: float
    hint: str = ""


def find_gap(aligned: Aligned, readings: Readings, period: int) -> Gap | None:
    """Return a tag's longest gap where it is worth saying, else None.

    A gap counts where nothing is known for at least one period and four hours (or 1 % of the time), between the tag's first and
    last reading. Outcomes have no gaps of this kind: they are never held, and periods without a result are counted elsewhere.

    Parameters
    ----------
    aligned : Aligned
        When each good reading stands.
    readings : Readings
        Of the column's tag.
    period : int
        Length of a period [us].
    """
    start, end = aligned.start, aligned.end
    if aligned.column.role == "outcome" or start.size < 2:
        return None
    unknown: NDArray[np.int64] = start[1:] - end[:-1]
    worst = int(np.argmax(unknown))
    length, share = int(unknown[worst]), float(np.sum(unknown)) / float(end[-1] - start[0])
    if not (length >= max(period, LONG_GAP) or (length >= period and share >= OFTEN_GAP)):
        return None
    hint = ""
    if share >= OFTEN_UNKNOWN:
        hold = span(max_gap_of(aligned.column, readings.interval, period))
        hint = f"; a reading stands for {hold}: give max_gap if the tag is recorded on change"
    return Gap(readings.tag, int(end[worst]), length, share, hint)


def gap_findings(gaps: Sequence[Gap], timezone: str) -> list[Finding]:
    """Return one finding a gap, in plant time; tags that share it (the logger stood, or all were cut off) share the finding."""
    together: dict[tuple[int, int, str], list[Gap]] = {}
    for gap in gaps:
        together.setdefault((gap.start, gap.length, gap.hint), []).append(gap)
    findings = []
    for (start, length, hint), its in together.items():
        tags = sorted(gap.tag for gap in its)
        shares = list(dict.fromkeys(f"{100 * share:.1f} %" for share in sorted(gap.share for gap in its)))
        share = shares[0] if len(shares) == 1 else f"{shares[0]} to {shares[-1]}"
        of = "" if len(tags) == 1 else f" of {', '.join(tags[:-1])} and {tags[-1]}"
        text = f"nothing known{of} for {span(float(length))} from {stamp(start, timezone)}, {share} of the time in all{hint}"
        findings.append(Finding(code="D101", tag=tags[0] if len(tags) == 1 else None, text=text))
    return findings


def early_end_findings(aligned: Aligned, readings: Readings, period: int, data_end: int, timezone: str) -> list[Finding]:
    """Return a finding where a tag's last reading is more than a day, two periods and `max_gap` before the end.

    Parameters
    ----------
    aligned : Aligned
        The column, with its delay.
    readings : Readings
        Of the column's tag.
    period, data_end : int
        Length of a period; last stamp of all records [us].
    timezone : str
        Of the plant: times are told in it.
    """
    if not readings.time.size:
        return []
    late = data_end - int(readings.time[-1])
    reach = max(DAY, 2 * period, max_gap_of(aligned.column, readings.interval, period))
    if late <= reach + aligned.column.delay:
        return []
    text = f"the last reading is of {stamp(int(readings.time[-1]), timezone)}, {span(late)} before the records end"
    return [Finding(code="D116", tag=readings.tag, text=text)]
