"""A sheet to start from: every tag of a source listed, and what to fill in said in words."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError
from workbench.plant import units
from workbench.plant.formula_check import FUNCTIONS
from workbench.plant.parts import LONGEST_NAME, ascii_name, name_fault
from workbench.plant.sheet import RESERVED
from workbench.plant.spans import format_duration
from workbench.wording import DECIMAL_COMMA, counted

if TYPE_CHECKING:
    import polars as pl

__all__ = ["new_sheet"]

_ONE_FILE = "# records of several files go into one, as rows of time, tag and value"

_PERIODS = tuple(timedelta(hours=hours) for hours in (1, 2, 4, 8, 12, 24))
LATE = 1.25  # readings that come a little late, or are lost now and then, make no longer period; own assumption [-]
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./]*")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off"})

_HEAD = """\
# Plant sheet of {name}.
# What starts with # is a comment. Fill in the parts 1 to 5, remove the # of the lines you need, then run:
#   workbench check {name}.yaml
# `workbench schema` prints all keys, with what they mean.

name: {name}
title: {name}   # the name people say
# timezone: Asia/Shanghai         # of stamps without an offset, as the plant has it; UTC where all carry one
{grain}
# day_starts: "06:00"             # local time from which periods count, such as the begin of the first shift; else midnight
# currency: EUR                   # needed as soon as something has a price
# hours_per_year: 8000            # needed where the objective is money per time
# running: "feed > 20"            # a comparison that is true while the plant runs
# recent: 365d                    # gain and limits are judged under these conditions; without it the last 60 days
# exclude: [{{from: 2025-03-01, to: 2025-03-09, why: repair}}]
{source}
# 1. Settings: what you may change. Each needs low, high and max_step, the largest change of ONE recommendation.
settings:
  # feed_temperature: {{tag: TIC101.SP, unit: degC, low: 70, high: 82, max_step: 3}}
  # mode: {{choices: [strip, keep]}}   # a setting that is one of a few words
  # pumps: {{tag: PUMPS, low: 1, high: 6, max_step: 1, integer: true}}   # one that takes whole numbers only

# 2. Conditions: what is measured and matters, and is not yours to change.
conditions:
  # feed_rate: {{tag: FI102, unit: t/h}}

# 3. Outcomes: what you get; low and high are limits that must hold.
outcomes:
  # recovery: {{tag: LAB.REC, unit: "%", known_after: 12h}}
  # loss: {{tag: LAB.LOSS, unit: "%", high: 0.6}}

# 4. Objective: maximize or minimize an outcome, or a formula such as "900*recovery - 330*acid".
# objective:
#   maximize: recovery
#   unit: "%"
#   value_per_unit: 100000        # currency per year for one unit of improvement held a whole year

# 5. Limits on formulas, where there are any.
# limits:
#   - {{name: wash_ratio, formula: "wash_water / cake", high: 1.2, unit: t/t}}
"""

_TAGS = """
# The {count} tags of the source. Move each line that matters below settings, conditions or outcomes, and remove its #;
# give each setting low, high and max_step, and `integer: true` where values between whole numbers cannot be set.
"""
MOST_CHOICES = 11  # words of a tag that are written out as its choices; with more it is a name or a remark


def new_sheet(name: str, tags: pl.DataFrame | None = None, source: str | None = None, batch: str | None = None) -> str:
    """Return the text of a sheet to fill in.

    Parameters
    ----------
    name : str
        ASCII name of the plant.
    tags : polars.DataFrame, optional
        Tags of a source, one a row: `tag`, and where known `unit`, `first`, `last`, `interval`, `readings`, `min`, `max`,
        `whole` (all numbers are whole), `words` (the most frequent ones), `different` (how many different ones).
    source : str, optional
        Path of the file that the tags are from, as the sheet should name it.
    batch : str, optional
        Column of the source that names its batches; without it the history is one of periods.

    Raises
    ------
    InputError
        If `name` cannot be the name of a plant.

    Examples
    --------
    >>> print(new_sheet("mill_2").splitlines()[0])
    # Plant sheet of mill_2.
    """
    why = name_fault(name)
    if why:
        raise InputError(why)
    rows = [] if tags is None else tags.to_dicts()
    where = (
        f"source: {{file: {_quoted(source)}}}   {_ONE_FILE}"
        if source
        else "# source: {file: history.csv}   # where the records are"
    )
    text = _HEAD.format(name=name, grain=_grain(rows, batch), source=where + "\n")
    if not rows:
        return text
    lines = (_line(row, own) for row, own in zip(rows, _names(str(row["tag"]) for row in rows), strict=True))
    return text + _TAGS.format(count=len(rows)) + "".join(lines)


def _grain(rows: list[dict[str, Any]], batch: str | None) -> str:
    if batch is not None:
        return f"batch: {_quoted(batch)}                  # the column that names each batch, a row a batch"
    period = format_duration(_period(rows))
    return (
        f"period: {period}                        # grain of operation, one row of the history; or `batch: COLUMN` for batches"
    )


def _period(rows: list[dict[str, Any]]) -> timedelta:
    """The shortest usual period, an hour or longer, that holds a reading of the typical tag."""
    intervals = sorted(row["interval"] for row in rows if row.get("interval") is not None)
    typical = intervals[len(intervals) // 2] if intervals else _PERIODS[0]
    return next((period for period in _PERIODS if period * LATE >= typical), _PERIODS[-1])


def _names(tags: Iterable[str]) -> Iterable[str]:
    taken: set[str] = set()
    for at, tag in enumerate(tags, 1):
        stem = ascii_name(units.split_header(tag)[0])[: LONGEST_NAME // 2] or f"tag_{at}"
        if stem in RESERVED or stem in FUNCTIONS or stem in _WORDS or keyword.iskeyword(stem):
            stem += "_value"
        name, again = stem, 2
        while name in taken:
            name, again = f"{stem}_{again}", again + 1
        taken.add(name)
        yield name


def _line(row: dict[str, Any], name: str) -> str:
    tag, unit = str(row["tag"]), row.get("unit")
    known = bool(unit) and units.is_known(str(unit))
    keys = [f"tag: {_quoted(tag)}"] + ([f"unit: {_quoted(str(unit))}"] if known else [])
    words = [str(word) for word in row.get("words") or ()]
    commas = [word for word in words if re.search(DECIMAL_COMMA, word)]
    is_number = 2 * len(commas) > len(words)
    different = int(row.get("different") or len(words))
    are_names = row.get("min") is None and different > 1 and different == row.get("readings")
    is_choice = not (is_number or are_names) and row.get("min") is None and 1 < different <= MOST_CHOICES
    is_choice &= len(set(words)) == len(words)
    if is_choice:
        keys.append(f"choices: [{', '.join(map(_quoted, words))}]")
    said = []
    if unit and not known:
        said.append(f"unit '{unit}' is not known: write it another way")
    if row.get("readings") is not None:
        said.append(counted(int(row["readings"]), "reading"))
    if row.get("first") is not None and row.get("last") is not None:
        said.append(f"{row['first']:%Y-%m-%d} to {row['last']:%Y-%m-%d}")
    if row.get("min") is not None and row.get("max") is not None:
        said.append(f"{row['min']:g} to {row['max']:g}")
    elif "min" in row and not (is_choice or is_number):
        said.append(_words_said(different, are_names=are_names))
    if is_number:
        said.append(f"texts such as '{commas[0]}' have a decimal comma, this source a point: export all with the same mark")
    if row.get("whole"):
        said.append("whole numbers")
    if (row.get("columns") or 1) > 1:
        said.append(f"{row['columns']} columns bear this name: give each its own")
    comment = "   # " + ", ".join(part.replace("\n", " ") for part in said) if said else ""
    return f"#  {name}: {{{', '.join(keys)}}}{comment}\n"


def _words_said(different: int, *, are_names: bool) -> str:
    """What to do with a tag of words that are not written out as choices: a lot or an order is nobody's to choose."""
    if are_names:
        return "a word of its own in each reading: a name, not a setting; leave it out"
    if different > MOST_CHOICES:
        return f"{different} different words: leave it out where they name lots or orders, else give it choices"
    return "no numbers: give it choices"


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)
