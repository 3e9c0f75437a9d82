"""What is said about the clock change, and about a header that names another offset."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from workbench.loaders.clock_change import Resolution
from workbench.records import Finding
from workbench.wording import counted

__all__ = ["change_findings", "header_findings"]

_ZONE_IN_NAME = re.compile(r"(?<![A-Za-z])(?:UTC|GMT)\s*(?P<hours>[+-]\s*\d{1,2})?(?::?(?P<minutes>\d\d))?", re.IGNORECASE)


def change_findings(skipped: int, told: Resolution, zone: str, label: str) -> list[Finding]:
    """Return what happened to the times of the clock change.

    Parameters
    ----------
    skipped : int
        Rows at times that do not exist [rows].
    told : Resolution
        What became of the times that occur twice.
    zone, label : str
        The sheet's timezone, and the name of the source.
    """
    findings = []
    if skipped:
        sentence = (
            f"{counted(skipped, 'row')} of {label} at times that {zone} skips in spring set aside: "
            "if the logger keeps one offset all year, name that as `timezone`, such as Etc/GMT-1 for UTC+1"
        )
        findings.append(Finding(code="L107", text=sentence))
    if told.resolved:
        sentence = (
            f"{counted(told.resolved, 'row')} of {label} at times that {zone} repeats in autumn told apart by their order: "
            "first summer, then winter"
        )
        findings.append(Finding(code="L108", text=sentence))
    if told.unresolved:
        sentence = (
            f"{counted(len(told.unresolved), 'row')} of {label} at times that {zone} repeats in autumn set aside, since summer "
            "and winter time cannot be told apart: export stamps with an offset"
        )
        findings.append(Finding(code="L109", text=sentence))
    return findings


def header_findings(name: str, zone: str, first: datetime, label: str) -> list[Finding]:
    """Return a finding where the header of a time column speaks of another offset than the sheet's timezone has.

    Examples
    --------
    >>> header_findings("Local Time (GMT+8h)", "Asia/Singapore", datetime(2024, 1, 1), "x.csv")
    []
    """
    said = _ZONE_IN_NAME.search(name)
    if said is None:
        return []
    hours = int((said["hours"] or "0").replace(" ", ""))
    minutes = int(said["minutes"] or 0)
    offset = timedelta(hours=hours, minutes=minutes if hours >= 0 else -minutes)
    if offset == first.replace(tzinfo=ZoneInfo(zone)).utcoffset():
        return []
    sentence = (
        f"column '{name}' of {label} speaks of UTC{hours:+d}, but its stamps were read in the sheet's timezone {zone}: "
        "correct `timezone` if that is wrong"
    )
    return [Finding(code="L110", text=sentence)]
