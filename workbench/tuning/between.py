"""Whole numbers and choices that people switch as the plant goes: what a gain over one of their values leaves out."""

from __future__ import annotations

import polars as pl

from workbench.plant.variables import Setting
from workbench.prepare.columns import set_column
from workbench.records import Finding
from workbench.tuning.judge import LEVEL, Judge
from workbench.tuning.kept_from import KeptFrom
from workbench.tuning.present import last_text
from workbench.tuning.words import number
from workbench.wording import many, percent_text, shown_unit, unit_of_change

__all__ = ["between_findings", "kept_findings"]

HELD = 0.8  # share of the last days' periods [-]: a value held less is not what was run; own assumption
SAID = 3  # [values] the most frequent ones are named


def between_findings(judge: Judge) -> tuple[Finding, ...]:
    """Return a T113 for each whole number or choice that stood elsewhere than at `now` in a fifth of the last days or more.

    A mean of such a setting is no value that anybody can set, so that gain and trial count from the value it is nearest to, or
    had most often. What was run instead is compared with that value held all the time, over the recent periods that the gain is
    judged by: by so much what a change of this setting gains over the old practice differs from the promise. A change that
    leaves it alone leaves it to be switched as ever, in a trial too, and nothing is to be taken off its promise.
    """
    days = judge.present.last_days
    out = []
    for name, setting in judge.sheet.settings.items():
        now = judge.present.now[name][0]
        if not (setting.integer or setting.choices is not None) or days.is_empty() or now is None:
            continue
        shares = _shares(days[set_column(days.columns, name)], setting)
        if shares.filter(pl.col("value") == now)["share"].sum() <= HELD:
            out.append(_finding(judge, name, setting, shares, now))
    return tuple(out)


def kept_findings(judge: Judge) -> tuple[Finding, ...]:
    """Return a T115 for each whole number or choice with a value within reach that was kept from some recent conditions."""
    out = []
    for name, setting in judge.sheet.settings.items():
        now = judge.present.now[name][0]
        kept = [k for k in judge.kept_from if k.setting == name]
        if setting.integer:
            kept = [k for k in kept if abs(float(k.value) - float(now)) <= float(setting.max_step or 0.0)]
        if kept:
            where = "; ".join(_kept_text(judge, k) for k in kept)
            text = (
                f"{name} is not proposed for all conditions at a value that it was hardly ever run at under some of them:"
                f" {where}. What it would do there no record tells"
            )
            out.append(Finding(code="T115", tag=setting.tag, text=text))
    return tuple(out)


def _kept_text(judge: Judge, kept: KeptFrom) -> str:
    unit = shown_unit(judge.sheet.conditions[kept.condition].unit)
    edge = kept.edge if isinstance(kept.edge, str) else f"{kept.side} {kept.edge:.4g} {unit}".rstrip()
    where = f"{kept.condition} {edge}"
    return f"{_said(kept.value)} with {where} ({percent_text(kept.share)} of recent {many(judge.sheet.row)})"


def _shares(values: pl.Series, setting: Setting) -> pl.DataFrame:
    """Share of the periods at each `value`, the most frequent first; a mean counts for the whole number next to it."""
    held = values.drop_nulls().alias("value")
    held = held.round() if setting.integer else held
    return held.value_counts(normalize=True, name="share").sort("share", "value", descending=[True, False])


def _finding(judge: Judge, name: str, setting: Setting, shares: pl.DataFrame, now: float | str) -> Finding:
    basis, recent = judge.surrogate.basis, judge.present.recent
    held = recent.with_columns(pl.lit(now).cast(recent[name].dtype).alias(name))
    shift = (basis.terms_of(basis.base_of(recent)) - basis.terms_of(basis.base_of(held))).mean(axis=0)[None]
    mean, sd = judge.gain(shift)
    gain, half = float(mean[0]), judge.z * float(judge.spread(shift, sd)[0])
    unit = unit_of_change(judge.sheet.objective.unit)
    run = ", ".join(f"{_said(value)} ({percent_text(share)})" for value, share in shares.head(SAID).iter_rows())
    worth = f"{_signed(gain)} {unit}".rstrip()
    span = f"{LEVEL * 100:.0f} % interval {_signed(gain - half)} to {_signed(gain + half)}"
    less = "less" if gain > 0.0 else "more"
    text = (
        f"{name} was not held at one value in the last {last_text(judge.sheet, judge.present.last_days)}: {run}. The gain"
        f" counts from {_said(now)} held all the time; against that, what was run of late is worth {worth} ({span}), so that a"
        f" change of {name} gains so much {less} over it"
    )
    return Finding(code="T113", tag=setting.tag, text=text)


def _signed(value: float) -> str:
    return f"{'+' if value > 0.0 else ''}{number(value)}"


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
