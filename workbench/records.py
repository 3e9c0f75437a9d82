"""What crosses rooms: findings, the row ledger, records, the history and the recommendation, all frozen."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

__all__ = [
    "RECOMMENDATION_SCHEMA",
    "Finding",
    "Gain",
    "HiddenCause",
    "History",
    "LimitLine",
    "Lineage",
    "Money",
    "OutcomeLine",
    "Placebo",
    "Recommendation",
    "Records",
    "RefereeRow",
    "RegimeLine",
    "RegimeTable",
    "RowLedger",
    "SettingLine",
    "Support",
    "round_all",
    "round_significant",
]

RECOMMENDATION_SCHEMA = 1
SIGNIFICANT_DIGITS = 6


def round_significant(value: float | None, digits: int = SIGNIFICANT_DIGITS) -> float | None:
    """Return `value` rounded to `digits` significant digits; None where it is None or not finite.

    Examples
    --------
    >>> round_significant(1234567.0)
    1234570.0
    """
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{digits}g}")


def round_all(value: Any) -> Any:
    """Return `value` with every number in its dicts and lists rounded to `SIGNIFICANT_DIGITS`."""
    if isinstance(value, float):
        return round_significant(value)
    if isinstance(value, dict):
        return {k: round_all(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [round_all(v) for v in value]
    return value


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Finding(_Frozen):
    """One thing seen in sheet or data that a person should know.

    Parameters
    ----------
    code : str
        Letter and number: S sheet, L loading, D data, M model, T tuning; see the README's table.
    tag : str or None
        The tag or variable it is about.
    text : str
        One sentence with numbers and units.
    refuses : bool
        True when it disqualifies the data: the answer is then `refused`.
    """

    code: str
    tag: str | None = None
    text: str
    refuses: bool = False


@dataclass(frozen=True)
class RowLedger:
    """Where every row went: `rows_in` = `rows_used` + the sum of `set_aside`, always.

    Parameters
    ----------
    rows_in : int
        Rows read [rows].
    set_aside : mapping of str to int
        Rows not used, by reason [rows].
    """

    rows_in: int = 0
    set_aside: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows_used(self) -> int:
        """Rows that went on to the next step [rows]."""
        return self.rows_in - sum(self.set_aside.values())

    def __add__(self, other: RowLedger) -> RowLedger:
        reasons = dict(self.set_aside)
        for reason, rows in other.set_aside.items():
            reasons[reason] = reasons.get(reason, 0) + rows
        return RowLedger(self.rows_in + other.rows_in, reasons)


@dataclass(frozen=True)
class Records:
    """What a loader hands on: readings in one shape, lazily, nothing dropped.

    Parameters
    ----------
    frame : polars.LazyFrame
        Columns `row` (UInt32, order in the source), `time` (Datetime[us, UTC]; null for batches without a clock), `batch`
        (String; null unless the sheet has `batch:`), `tag` (String, or Enum), `value` (Float64, in the sheet's unit), `text`
        (String; the reading as written where it is not a number), `quality` (Enum good, uncertain, bad), `known_at`
        (Datetime[us, UTC]), `reason` (String; why the loader sets the row aside, null = used). Only tags that the sheet names.
    rows_elsewhere : RowLedger
        Rows of the source that are not in `frame` (tags the sheet does not name, ...); counted, never lost.
    units : mapping of str to str
        Unit that the source gave for a tag, before conversion.
    findings : tuple of Finding
    sha256 : str
        Hash of the source's bytes, 64 hex digits.
    source : str
        What was read, in words that hold no secret.
    path : Path or None
        The file, where one was named instead of the sheet's own source.
    """

    frame: pl.LazyFrame
    rows_elsewhere: RowLedger
    units: Mapping[str, str]
    findings: tuple[Finding, ...]
    sha256: str
    source: str
    path: Path | None = None


@dataclass(frozen=True)
class History:
    """The aligned table: one row a period (or batch), one column a variable.

    Parameters
    ----------
    frame : polars.DataFrame
        Sorted by time. Columns `time` (Datetime[us, UTC], start of the period; null for batches without a clock), `batch`
        (String; null for periods), one column a variable under its own name (Float64, or String for choices), `NAME.set` for
        each setting with `measured:` (what people set; NAME itself is then what it really was), `@objective`, `@cost`
        (currency per hour; null without costs), `@limit:NAME` for each formula limit, `steady` (Boolean), `reason` (String; why
        the period is set aside, null = usable). All Float64 cells rounded to 9 significant digits.
    ledger : RowLedger
        The source's rows.
    periods : RowLedger
        The periods: in = usable + set aside by reason.
    findings : tuple of Finding
    sha256, source, path
        Of the source, from the records.
    """

    frame: pl.DataFrame
    ledger: RowLedger
    periods: RowLedger
    findings: tuple[Finding, ...]
    sha256: str
    source: str
    path: Path | None = None

    @property
    def usable(self) -> pl.DataFrame:
        """Periods that may be learned from, in time order."""
        return self.frame.filter(pl.col("reason").is_null())

    @property
    def refused(self) -> tuple[Finding, ...]:
        """Findings that disqualify the data; empty when the data may be tuned on."""
        return tuple(f for f in self.findings if f.refuses)


class SettingLine(_Frozen):
    """One setting of a recommendation: now and proposed, in its unit (text for choices).

    `supported` is the range of this setting that the history covers, null for choices.
    """

    name: str
    tag: str
    unit: str
    now: float | str | None
    proposed: float | str | None
    low: float | None
    high: float | None
    max_step: float | None
    supported: tuple[float, float] | None = None


class Gain(_Frozen):
    """The promised improvement in the objective's unit, positive is better, with its two-sided interval."""

    objective: str
    unit: str
    expected: float
    low: float
    high: float
    level: float


class Money(_Frozen):
    """The gain held for a year, in the sheet's currency per year."""

    currency: str
    expected: float
    low: float
    high: float


class LimitLine(_Frozen):
    """One limit at the proposed settings.

    `predicted` is the mean over recent conditions; `probability_held` and `now` are shares of single periods within the limit
    at the proposed and at the present settings.
    """

    name: str
    bound: Literal["low", "high"]
    value: float
    predicted: float | None
    probability_held: float | None
    now: float | None
    unit: str = ""


class OutcomeLine(_Frozen):
    """What one outcome is predicted to do: mean now and proposed, and the change with its interval."""

    name: str
    unit: str
    now: float | None
    proposed: float | None
    change: float | None
    low: float | None
    high: float | None
    level: float


class Support(_Frozen):
    """How well the history covers the proposed settings: periods near them, and whether they lie inside its support."""

    nearest_periods: int
    inside: bool


class Placebo(_Frozen):
    """How often the same choice, replayed on the plant's own past with the effects removed, would have proposed.

    `high` is the upper end of the 95 % interval of the rate (one-sided, Clopper and Pearson 1934).
    """

    false_alarms: int
    runs: int
    rate: float
    high: float


class HiddenCause(_Frozen):
    """How strong a cause that nobody measured would have to be to erase the gain (C. Cinelli, C. Hazlett, JRSS B 82 (2020) 39).

    All shares are partial R2, of what everything measured leaves unexplained, 0 to 1.

    Parameters
    ----------
    robustness : float
        Share in both, the move of the settings and the objective, with which a hidden cause erases the gain [-].
    robustness_low : float
        The same for the gain's low end: with more than this, the interval reaches zero [-].
    condition : str or None
        The measured condition whose likeness would erase the gain soonest; None where there is no condition.
    condition_with_move, condition_with_objective : float or None
        Its own shares [-].
    times : float or None
        How many times as strong as that condition the cause would have to be, at most 99 [-].
    slow_chance : float or None
        Share of histories without a hidden cause in which slow and quick moves of the settings would speak of as different
        effects as here [-]; None where the history is too short to tell.
    slow_setting : str or None
        Where that is 5 % or less: the setting whose slow and quick moves differ most. The record then warns (T106).
    """

    robustness: float
    robustness_low: float
    condition: str | None
    condition_with_move: float | None
    condition_with_objective: float | None
    times: float | None
    slow_chance: float | None
    slow_setting: str | None


class Candidate(_Frozen):
    """The best change considered where none is proposed."""

    settings: tuple[SettingLine, ...]
    gain: Gain


class RegimeLine(_Frozen):
    """Settings for one regime, judged over the recent periods of that regime alone.

    `choice` is the level of the condition, or `low` (from) and `high` (below) its range, null where open. `share` is the
    regime's share of all recent periods, `gain` the improvement over the present settings in those periods.
    """

    choice: str | None = None
    low: float | None = None
    high: float | None = None
    periods: int
    share: float
    settings: tuple[SettingLine, ...]
    gain: Gain
    limits: tuple[LimitLine, ...]
    support: Support


class RegimeTable(_Frozen):
    """Settings that follow one condition, where that pays beyond one setting for all.

    `gain` is the improvement of the whole table over the present settings, `beyond` that over the one proposal (over the present
    settings where there is none), both over all recent periods; periods in no regime keep that proposal. `beyond_per_year` is
    its money. `placebo` counts, on the plant's own past with every product of a setting and a condition removed, how often a
    table would have promised more than it gives.
    """

    condition: str
    unit: str
    lines: tuple[RegimeLine, ...]
    gain: Gain
    beyond: Gain
    beyond_per_year: Money | None
    placebo: Placebo


class RefereeRow(_Frozen):
    """One line of promise beside truth, for a simulated plant: what is claimed, promised or really so, by whom.

    `values` maps a short label with unit to a text as shown, in the order shown.
    """

    label: str
    values: dict[str, str]
    note: str = ""


class ModelLine(_Frozen):
    """What predicted: `kind` surrogate or simulator, `name` which one, `skill` against the naive forecast in time order."""

    kind: str
    name: str | None = None
    skill: float | None = None


class Lineage(_Frozen):
    """From which bytes, rows and code the answer comes."""

    sheet_sha256: str
    source_sha256: str
    source: str = ""
    records_read: int
    records_used: int
    set_aside: dict[str, int] = {}
    periods_used: int
    periods_set_aside: dict[str, int] = {}
    from_: str | None
    to: str | None
    seed: int
    code: str


class Recommendation(_Frozen):
    """The answer, as `recommendation.json` holds it; never changed after writing."""

    id: str
    created: str
    as_of: str | None
    plant: str
    title: str = ""
    status: Literal["proposed", "no_change", "refused"]
    reasons: tuple[str, ...]
    settings: tuple[SettingLine, ...]
    gain: Gain | None
    value_per_year: Money | None
    limits: tuple[LimitLine, ...]
    outcomes: tuple[OutcomeLine, ...] = ()
    support: Support | None
    candidate: Candidate | None
    findings: tuple[Finding, ...]
    model: ModelLine
    placebo: Placebo | None
    hidden: HiddenCause | None = None
    referee: tuple[RefereeRow, ...] = ()
    regimes: tuple[RegimeTable, ...] = ()
    lineage: Lineage

    def to_json(self) -> str:
        """Return the text of `recommendation.json`: every key present, six significant digits, keys in reading order."""
        body: dict[str, Any] = {"schema": RECOMMENDATION_SCHEMA} | self.model_dump(mode="json")
        for finding in body["findings"]:
            finding.pop("refuses")
        lineage = body["lineage"]
        body["lineage"] = {("from" if k == "from_" else k): v for k, v in lineage.items()}
        return json.dumps(round_all(body), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Recommendation:
        """Return the record that `to_json` wrote; `refuses` of its findings is not kept."""
        body = json.loads(text)
        body.pop("schema", None)
        lineage = body["lineage"]
        lineage["from_"] = lineage.pop("from")
        return cls.model_validate(body)

    def identified(self, end: datetime | str) -> Recommendation:
        """Return the same record with its id: plant, end of the data, first 6 hex digits of the SHA-256 without `created`."""
        stamp = end if isinstance(end, str) else end.strftime("%Y%m%dT%H%MZ")
        body = json.loads(self.to_json())
        body.pop("created")
        body.pop("id")
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        return self.model_copy(update={"id": f"{self.plant}-{stamp}-{digest[:6]}"})
