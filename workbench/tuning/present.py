"""Where the plant stands: recent conditions, and the settings now; counted from the last record, never from the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from workbench.errors import InputError
from workbench.plant import Sheet
from workbench.plant.spans import format_duration
from workbench.prepare.apart import apart_settings
from workbench.prepare.columns import set_column
from workbench.records import Finding
from workbench.tuning.after_trial import SAME, rows_since_switching
from workbench.tuning.moved_on import moved_on
from workbench.wording import shown_unit

__all__ = ["Present", "check_recent", "last_text", "present_of"]

RECENT = timedelta(days=60)
RECENT_MIN = 100  # [periods] fewer than this in the last 60 days: the whole history counts
RECENT_LEAST = 20  # [periods] fewer than this in what the sheet calls recent tell too little to judge by; own assumption
RECENT_BATCHES = 60  # [batches]
NOW = timedelta(days=7)
NOW_MIN = 20  # [periods]
NOW_BATCHES = 20  # [batches]
ALONE = "it never stood near that, so it is left alone: correct its unit or its range in the sheet"


@dataclass(frozen=True)
class Present:
    """What "now" and "recent" mean for one history.

    Parameters
    ----------
    now : polars.DataFrame
        One row, a column a setting: mean of the last 7 days, of 20 periods where these hold fewer (mode for choices, nearest
        whole number for integers).
    recent : polars.DataFrame
        The usable periods whose conditions both present and proposed settings are judged under.
    last_days : polars.DataFrame
        The usable periods that `now` is taken from.
    findings : tuple of Finding
        Settings that stand outside their range, whose set value is not known, that were on trial within those days, or that
        have stood elsewhere since.
    """

    now: pl.DataFrame
    recent: pl.DataFrame
    last_days: pl.DataFrame
    findings: tuple[Finding, ...]


def present_of(sheet: Sheet, usable: pl.DataFrame) -> Present:
    """Return where the plant stands, from its usable periods in time order (at least one)."""
    last_days = _since_last(usable, NOW, NOW_MIN, NOW_BATCHES, whole_if_few=False)
    if isinstance(sheet.recent, int):
        recent = usable.tail(sheet.recent)
    elif sheet.recent is not None:  # what a person wrote is obeyed; whether it is enough to judge by is asked by `check_recent`
        recent = _since_last(usable, sheet.recent, 0, RECENT_BATCHES, whole_if_few=False)
    else:
        recent = _since_last(usable, RECENT, RECENT_MIN, RECENT_BATCHES, whole_if_few=True)
    is_long, last = _is_long(last_days), last_text(sheet, last_days)
    now: dict[str, list[float | str | None]] = {}
    findings: list[Finding] = []
    apart = apart_settings(sheet, usable)
    for name, setting in sheet.settings.items():
        column = set_column(usable.columns, name)
        values = last_days[column].drop_nulls()
        if values.is_empty() and column != name:  # a usable period always knows what was measured
            column, values = name, last_days[name].drop_nulls()
            text = f"{setting.tag} has no reading in the last days: {name} is taken from what was measured, {setting.measured}"
            findings.append(Finding(code="T105", tag=setting.tag, text=text))
        if setting.choices is not None:
            # the most frequent choice; among equals the one in force last
            counts = values.value_counts(name="@count")
            most = counts.filter(pl.col("@count") == counts["@count"].max())[column].to_list()
            now[name] = [next(v for v in reversed(values.to_list()) if v in most)]
            findings += _still_on_trial(sheet, name, usable, column, now[name][0], last)
            continue
        mean = values.mean()
        assert isinstance(mean, int | float)  # periods without the setting are set aside
        value = float(mean)
        if setting.integer:
            value = float(round(value))
        now[name] = [value]
        switched = _still_on_trial(sheet, name, usable, column, value, last)
        noun = "usable batches" if sheet.batch is not None else "usable periods"
        findings += switched or (moved_on(name, setting, values.to_list(), value, noun) if is_long else [])
        assert setting.low is not None
        assert setting.high is not None
        if not setting.low <= value <= setting.high:
            findings.append(
                Finding(
                    code="T101",
                    tag=setting.tag,
                    text=f"{name} stands at {value:.4g} {setting.unit}, outside its range {setting.low:g} to {setting.high:g}: "
                    + (ALONE if name in apart else "a proposal can only move it towards the range"),
                )
            )
    return Present(pl.DataFrame(now), recent, last_days, tuple(findings))


def last_text(sheet: Sheet, last_days: pl.DataFrame) -> str:
    """Return what `now` is taken from in words, as in "the last 7 days of usable periods"."""
    noun = "usable periods" if sheet.batch is None else "batches"
    if last_days["time"].null_count() or _is_long(last_days):
        return f"{last_days.height} {noun}"
    return f"{NOW.days} days of {noun}"


def _is_long(last_days: pl.DataFrame) -> bool:
    """Whether few results make "now" reach further back than people expect."""
    return not last_days["time"].null_count() and last_days["time"][-1] - last_days["time"][0] > NOW


def check_recent(sheet: Sheet, present: Present) -> None:
    """Refuse a `recent` of the sheet that holds too few usable periods to judge by; without the key there is nothing to refuse.

    Raises
    ------
    InputError
        If it holds fewer than 20.
    """
    if sheet.recent is None or present.recent.height >= RECENT_LEAST:
        return
    what = "batches" if sheet.batch is not None else "periods"
    written = str(sheet.recent) if isinstance(sheet.recent, int) else format_duration(sheet.recent)
    raise InputError(
        f"{sheet.label}, recent: {written} holds {present.recent.height} usable {what}, at least {RECENT_LEAST} are needed to "
        "judge gain and limits by: write more, or leave recent out"
    )


def _still_on_trial(
    sheet: Sheet, name: str, usable: pl.DataFrame, column: str, now: float | str | None, last: str
) -> list[Finding]:
    """T112 where `now` mixes both values of a setting that was switched to and fro and stands still since; else nothing."""
    setting = sheet.settings[name]
    known = usable.select("time", column).drop_nulls(column)
    times = None if known["time"].null_count() else known["time"].to_list()
    rows = rows_since_switching(known[column].to_list(), times, setting.max_step)
    if rows is None:
        return []
    stands = known[column].tail(rows).mean() if setting.choices is None else known[column][-1]
    if isinstance(stands, int | float) and isinstance(now, int | float):
        if abs(stands - now) <= SAME * (setting.max_step or 0.0):
            return []
        told = f"{stands:.4g} {shown_unit(setting.unit or '-')}".rstrip(), f"the mean of them, {now:.4g}"
    elif stands == now:
        return []
    else:
        told = str(stands), f"what it was most often, {now}"
    text = (
        f"{name} was switched to and fro, as in a trial, within the last {last}, and stands at {told[0]} since: now is "
        f"{told[1]}; ask again when it has stood still for so long"
    )
    return [Finding(code="T112", tag=setting.tag, text=text)]


def _since_last(usable: pl.DataFrame, span: timedelta, n_min: int, n_batches: int, *, whole_if_few: bool) -> pl.DataFrame:
    if usable.height == 0 or usable["time"].null_count():
        return usable.tail(n_batches)
    last = usable["time"][-1]
    chosen = usable.filter(pl.col("time") > last - span)
    if chosen.height >= n_min:
        return chosen
    return usable if whole_if_few else usable.tail(n_min)
