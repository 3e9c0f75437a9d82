"""The schedule of a trial as a table: a row a block, what to set when, in plant time and UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

from workbench.trial_records import Block, TrialPlan

__all__ = ["schedule_csv", "schedule_frame", "settings_of"]


def schedule_frame(plan: TrialPlan) -> pl.DataFrame:
    """Return one row a block: `block`, `start_local`, `start_utc`, `end_utc`, `arm`, `washout_until_utc`, a column a setting.

    Stamps are text: UTC with a Z, plant time with its offset. The settings are those that the trial moves, by their names.
    """
    zone = ZoneInfo(plan.timezone)
    rows = []
    for block in plan.blocks:
        start = datetime.fromisoformat(block.start)
        row: dict[str, object] = {
            "block": block.number,
            "start_local": start.astimezone(zone).isoformat(timespec="minutes"),
            "start_utc": _utc(block.start),
            "end_utc": _utc(block.end),
            "arm": block.arm,
            "washout_until_utc": _utc(block.washout_until),
        }
        rows.append(row | settings_of(plan, block))
    return pl.DataFrame(rows)


def schedule_csv(plan: TrialPlan) -> str:
    """Return the text of `schedule.csv`; a setting whose values are whole has them without a point, as people type them."""
    frame = schedule_frame(plan)
    floats = [s.name for s in plan.settings if frame.schema[s.name] == pl.Float64]
    whole = [name for name in floats if (frame[name] == frame[name].round()).all()]
    return frame.with_columns(pl.col(whole).cast(pl.Int64)).write_csv()


def settings_of(plan: TrialPlan, block: Block) -> dict[str, float | str]:
    """Return what is set in a block, by setting, in the settings' units."""
    return {s.name: s.proposed if block.arm == "proposed" else s.present for s in plan.settings}


def _utc(stamp: str) -> str:
    return datetime.fromisoformat(stamp).astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
