"""Time in which nothing is known of a tag, and tags whose readings end early."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.prepare.align import Aligned
from workbench.prepare.codes import span, stamp
from workbench.prepare.grid import DAY
from workbench.prepare.holding import max_gap_of
from workbench.prepare.readings import Readings
from workbench.records import Finding

__all__ = ["gap_findings"]

LONG_GAP = DAY // 6  # a single gap is said from here on, and from one period on [us]
OFTEN_GAP = 0.01  # shorter gaps are said from this share of unknown time on [-]
OFTEN_UNKNOWN = 0.2  # from this share of unknown time on, a tag may be one that is recorded on change only [-]


def gap_findings(aligned: Aligned, readings: Readings, period: int, data_end: int) -> list[Finding]:
    """Return findings on a tag's longest gap, and on readings that end before the records do.

    A gap counts where nothing is known for at least one period and four hours (or 1 % of the time), between the tag's first and
    last reading; readings end early when the last one is more than a day, two periods and `max_gap` before the end. Outcomes
    have no gaps of this kind: they are never held, and periods without a result are counted elsewhere.

    Parameters
    ----------
    aligned : Aligned
        When each good reading stands.
    readings : Readings
        Of the column's tag.
    period, data_end : int
        Length of a period; last stamp of all records [us].
    """
    findings = []
    start, end = aligned.start, aligned.end
    if aligned.column.role != "outcome" and start.size > 1:
        unknown: NDArray[np.int64] = start[1:] - end[:-1]
        worst = int(np.argmax(unknown))
        share = float(np.sum(unknown)) / float(end[-1] - start[0])
        if unknown[worst] >= max(period, LONG_GAP) or (unknown[worst] >= period and share >= OFTEN_GAP):
            hold = span(max_gap_of(aligned.column, readings.interval, period))
            hint = f"; a reading stands for {hold}: give max_gap if the tag is recorded on change"
            text = (
                f"nothing known for {span(float(unknown[worst]))} from {stamp(int(end[worst]))},"
                f" {share:.1%} of the time in all{hint if share >= OFTEN_UNKNOWN else ''}"
            )
            findings.append(Finding(code="D101", tag=readings.tag, text=text))
    if readings.time.size:
        late = data_end - int(readings.time[-1])
        reach = max(DAY, 2 * period, max_gap_of(aligned.column, readings.interval, period))
        if late > reach + aligned.column.delay:
            text = f"the last reading is of {stamp(int(readings.time[-1]))}, {span(late)} before the records end"
            findings.append(Finding(code="D116", tag=readings.tag, text=text))
    return findings
