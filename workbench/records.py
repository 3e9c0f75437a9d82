"""What crosses rooms: findings, the row ledger, records, the history and the recommendation, all frozen."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from workbench.answer_lines import (
    Candidate,
    ChangeEffect,
    CostLine,
    Gain,
    HiddenCause,
    LimitEffect,
    LimitLine,
    ModelLine,
    Money,
    NextMove,
    ObjectiveLine,
    OutcomeLine,
    Placebo,
    RefereeRow,
    RegimeLine,
    RegimeTable,
    RelaxedLimit,
    SettingLine,
    Support,
    Variant,
    Why,
)
from workbench.errors import written_to

__all__ = [
    "RECOMMENDATION_SCHEMA",
    "Candidate",
    "ChangeEffect",
    "CostLine",
    "Finding",
    "Gain",
    "HiddenCause",
    "History",
    "LimitEffect",
    "LimitLine",
    "Lineage",
    "ModelLine",
    "Money",
    "NextMove",
    "ObjectiveLine",
    "OutcomeLine",
    "Placebo",
    "Recommendation",
    "Records",
    "RefereeRow",
    "RegimeLine",
    "RegimeTable",
    "RelaxedLimit",
    "RowLedger",
    "SettingLine",
    "Support",
    "Variant",
    "Why",
    "grid_of",
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


def grid_of(max_step: float) -> float:
    """Return what a person sets values by: the largest of 1, 2 and 5 times a power of ten that is no more than a fortieth step.

    Examples
    --------
    >>> grid_of(5.0), grid_of(2.0), grid_of(0.03)
    (0.1, 0.05, 0.0005)
    """
    most = max_step / 40.0 * (1.0 + 1e-9)
    power = 10.0 ** math.floor(math.log10(most))
    return float(f"{max((n * power for n in (2.0, 5.0) if n * power <= most), default=power):.12g}")


def round_all(value: Any) -> Any:
    """Return `value` with every number in its dicts and lists rounded to `SIGNIFICANT_DIGITS`."""
    if isinstance(value, float):
        return round_significant(value)
    if isinstance(value, dict):
        return {k: round_all(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [round_all(v) for v in value]
    return value


HELD_SHARE = 0.95  # of single periods in which a limit must hold, or as often as now where that is less [-]


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
    is_unchanged : callable
        Whether what `frame` reads from is still what was read at first; records in memory always are.
    """

    frame: pl.LazyFrame
    rows_elsewhere: RowLedger
    units: Mapping[str, str]
    findings: tuple[Finding, ...]
    sha256: str
    source: str
    path: Path | None = None
    is_unchanged: Callable[[], bool] = field(default=lambda: True, compare=False)

    @contextmanager
    def demand_unchanged(self) -> Iterator[None]:
        """Refuse, after the block that reads `frame`, a source that somebody wrote to meanwhile.

        Raises
        ------
        InputError
            If it was written to: half of a file is an answer about half of the history.
        """
        try:
            yield
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):  # as from a file that has become shorter
            if self.is_unchanged():
                raise
        if not self.is_unchanged():
            raise written_to(self.source)


@dataclass(frozen=True)
class History:
    """The aligned table: one row a period (or batch), one column a variable.

    Parameters
    ----------
    frame : polars.DataFrame
        Sorted by time. Columns `time` (Datetime[us, UTC], start of the period; null for batches without a clock), `batch`
        (String; null for periods), one column a variable under its own name (Float64, or String for choices), `NAME.set` for
        each setting with `measured:` (what people set; NAME itself is then what it really was), `NAME.unfiltered` for each
        other setting that enters through a filter (D110; what people set), `@objective`, `@cost` (currency per hour; null
        without costs), `@limit:NAME` for each formula limit, `steady` (Boolean), `reason` (String; why the period is set
        aside, null = usable). All Float64 cells rounded to 9 significant digits.
    ledger : RowLedger
        The source's rows.
    periods : RowLedger
        The periods: in = usable + set aside by reason.
    findings : tuple of Finding
    sha256, source, path
        Of the source, from the records.
    frozen : dict
        For each measured column that stood still for longer than is usual (D104), in which rows of `frame` it did (Boolean).
    """

    frame: pl.DataFrame
    ledger: RowLedger
    periods: RowLedger
    findings: tuple[Finding, ...]
    sha256: str
    source: str
    path: Path | None = None
    frozen: Mapping[str, pl.Series] = field(default_factory=dict)

    @property
    def row(self) -> str:
        """What a row is: `batch` or `period`."""
        return "batch" if "batch" in self.frame.columns and self.frame["batch"].is_not_null().any() else "period"

    @property
    def usable(self) -> pl.DataFrame:
        """Periods that may be learned from, in time order."""
        return self.frame.filter(pl.col("reason").is_null())

    @property
    def refused(self) -> tuple[Finding, ...]:
        """Findings that disqualify the data; empty when the data may be tuned on."""
        return tuple(f for f in self.findings if f.refuses)


class Lineage(_Frozen):
    """From which bytes, rows and code the answer comes; `held` are the settings that were asked to stay where they are.

    `recent_periods` periods, from `recent_from` to `recent_to` (their starts, plant time; null without a clock), gave the
    conditions that gain and limits are judged under; 0 in records of versions that kept none. `timezone` is the plant's, in
    which people are told times; null there, too, which counts as UTC. `batches` is true where a row is a batch; records of
    versions that kept none have false.
    """

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
    held: tuple[str, ...] = ()
    recent_from: str | None = None
    recent_to: str | None = None
    recent_periods: int = 0
    timezone: str | None = None
    batches: bool = False
    code: str

    @property
    def row(self) -> str:
        """What a row of the history is: `batch` or `period`."""
        return "batch" if self.batches else "period"


class Recommendation(_Frozen):
    """The answer, as `recommendation.json` holds it; never changed after writing.

    `objective` is what the sheet wanted then, and its price; `objective_now` its mean over recent conditions at the present
    settings, in its unit, null where the data are refused. Both are null in records of versions that kept none.
    """

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
    objective: ObjectiveLine | None = None
    objective_now: float | None = None
    limits: tuple[LimitLine, ...]
    outcomes: tuple[OutcomeLine, ...] = ()
    support: Support | None
    candidate: Candidate | None
    findings: tuple[Finding, ...]
    model: ModelLine
    placebo: Placebo | None
    hidden: HiddenCause | None = None
    why: Why | None = None
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
