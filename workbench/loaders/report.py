"""Findings that need a look at the records themselves: words in numeric tags, words that are no choice."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from workbench.errors import closest_hint
from workbench.loaders.rows import UNKNOWN_CHOICE
from workbench.loaders.wanted import Wanted
from workbench.records import Finding
from workbench.set_aside import TEXT_STATE
from workbench.wording import DECIMAL_COMMA, counted

__all__ = ["CODES", "word_findings"]

CODES = {
    "L101": "a text file is not UTF-8 and was read as Windows-1252",
    "L102": "a workbook has several sheets with data",
    "L103": "no date tells day from month",
    "L104": "stamps were not understood",
    "L105": "rows are not in time order",
    "L106": "some stamps carry an offset, some do not",
    "L107": "local times that the clock change skips",
    "L108": "local times that the clock change repeats were told apart by their order",
    "L109": "local times that the clock change repeats could not be told apart",
    "L110": "a time column's header speaks of another offset than the sheet's timezone",
    "L111": "the source's unit does not fit the sheet's",
    "L112": "a tag comes in several units",
    "L113": "the meaning of a quality column is not plain",
    "L114": "a tag holds text states where numbers belong",
    "L115": "no column is plainly the time of the batches",
    "L116": "a tag holds words that are none of its choices",
    "L117": "a point before three digits may part thousands",
}

_STATES_SAID = 3  # most frequent words in a finding


def word_findings(frame: pl.LazyFrame, wanted: Sequence[Wanted]) -> list[Finding]:
    """Return a finding for each tag with words that are set aside, with counts and the most frequent of them."""
    states = (
        frame.filter(pl.col("reason").is_in([TEXT_STATE, UNKNOWN_CHOICE]))
        .group_by(pl.col("tag").cast(pl.String), "reason", "text")
        .len()
        .collect(engine="streaming")
        .sort(["tag", "len", "text"], descending=[False, True, False])
    )
    findings = []
    by_tag = {one.tag: one for one in wanted}
    for (tag, reason), rows in states.group_by(["tag", "reason"], maintain_order=True):
        total = int(rows["len"].sum())
        said = ", ".join(f"'{word}' {n}" for word, n in rows.select("text", "len").head(_STATES_SAID).iter_rows())
        more = f" and {counted(rows.height - _STATES_SAID, 'other word')}" if rows.height > _STATES_SAID else ""
        if reason == TEXT_STATE:
            sentence = f"{counted(total, 'reading')} of '{tag}' with text instead of a number set aside: {said}{more}"
            sentence += _comma_hint(rows)
            findings.append(Finding(code="L114", tag=str(tag), text=sentence))
            continue
        choices = by_tag[str(tag)].choices or ()
        hint = closest_hint(str(rows["text"][0]), choices)
        others = f"other than its choices ({', '.join(choices)})"
        sentence = f"{counted(total, 'reading')} of '{tag}' {others} set aside: {said}{more}{hint}"
        findings.append(Finding(code="L116", tag=str(tag), text=sentence))
    return findings


def _comma_hint(rows: pl.DataFrame) -> str:
    """What to do where most of a tag's texts are numbers with a comma in a source of points."""
    commas = int(rows.filter(pl.col("text").str.contains(DECIMAL_COMMA))["len"].sum())
    if 2 * commas <= int(rows["len"].sum()):
        return ""
    return "; they look like numbers with a decimal comma, but this source has a decimal point: export all with the same mark"
