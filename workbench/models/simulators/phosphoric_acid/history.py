"""The plant's records of some months under the old practice, and - for tests and referee - what was really so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from workbench.errors import InputError
from workbench.models.simulators.phosphoric_acid.defects import Defect, Spoilt, long_gaps, spoil
from workbench.models.simulators.phosphoric_acid.disturbances import STEPS_PER_DAY, Disturbances, draw_disturbances, stamps
from workbench.models.simulators.phosphoric_acid.dynamics import Trajectory, run
from workbench.models.simulators.phosphoric_acid.inputs import Array
from workbench.models.simulators.phosphoric_acid.instruments import (
    ONLINE,
    SETPOINT_TAGS,
    SLOW_UNITS,
    Reading,
    minute_readings,
    slow_readings,
)
from workbench.models.simulators.phosphoric_acid.laboratory import LAB_UNITS, LabResult, RockReport, report_rock, results
from workbench.models.simulators.phosphoric_acid.period import outcomes_of
from workbench.models.simulators.phosphoric_acid.practice import setpoints
from workbench.models.simulators.phosphoric_acid.steady import Steady

__all__ = ["TAGS", "HistoryTruth", "history", "history_truth", "states_until", "tag_units"]

STREAM = 600
MINUTE_HOURS = 1.0 / 60.0
MINUTES_PER_DAY = 1440
MOST_DAYS = 3000  # [d] eight years; beyond that memory is no longer modest
SKEW_MOST = 2.0  # [min] laboratory clock against plant clock
QUALITIES = pl.Enum(["good", "uncertain", "bad"])

TAGS: tuple[str, ...] = (*ONLINE, *SETPOINT_TAGS.values(), *SLOW_UNITS, *LAB_UNITS)
_SETTING_UNITS = {
    "AIC.S.SP": "%", "TIC.ATTACK.SP": "degC", "DIC.SOLIDS.SP": "%", "FFIC.WASH.SP": "t/t", "SIC.FILTER.SP": "rpm",
    "PIC.VACUUM.SP": "kPa", "AIC.P80.SP": "um",
}  # fmt: skip


def tag_units() -> dict[str, str]:
    """Unit of every tag of the history."""
    return {tag: instrument.unit for tag, instrument in ONLINE.items()} | _SETTING_UNITS | SLOW_UNITS | LAB_UNITS


@dataclass(frozen=True)
class HistoryTruth:
    """A history with what was really so.

    Parameters
    ----------
    records : polars.DataFrame
        What `history` returns.
    defects : polars.DataFrame
        `kind`, `tag` (empty for the whole plant), `start`, `end` (UTC, end exclusive), `detail`: every injected defect.
    states : polars.DataFrame
        Every 10 minutes: `time`, `running`, the outcomes of `evaluate`, the set-points (`NAME`) and the true settings
        (`NAME.true`).
    """

    records: pl.DataFrame
    defects: pl.DataFrame
    states: pl.DataFrame


def history(days: int = 180, seed: int = 0) -> pl.DataFrame:
    """Return `time`, `tag`, `value`, `quality`, `known_at`, sorted by time; see `history_truth`.

    Raises
    ------
    InputError
        If `days` is not a whole number from 1 to 3,000 or `seed` is negative.
    """
    return history_truth(days, seed).records


def history_truth(
    days: int = 180,
    seed: int = 0,
    moved: Mapping[str, float | Array] | None = None,
    schedule: Mapping[str, Array] | None = None,
) -> HistoryTruth:
    """Return a history together with its injected defects and the true states.

    Parameters
    ----------
    days : int
        Length, 1 to 3,000 [d]; it always starts 2024-01-01 00:00 in Shanghai.
    seed : int
        0 or more; the same seed gives the same history.
    moved, schedule : mapping, optional
        How far accepted recommendations moved the middle of each setting, and what a trial asks for, by 10-minute step; see
        `practice.setpoints`.
    """
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise InputError(f"a simulated history has 1 to {MOST_DAYS} whole days, not {days!r}: change `days`")
    if seed < 0:
        raise InputError(f"the seed of a simulated history is 0 or more, not {seed}: change `seed`")
    world = draw_disturbances(days, seed)
    rock = report_rock(world, seed)
    path, wanted = _path(world, rock, days * STEPS_PER_DAY, seed, moved, schedule)

    rng = np.random.default_rng([seed, STREAM])
    defects: list[Defect] = []
    frames: list[pl.DataFrame] = []
    outages = long_gaps(list(ONLINE), days * MINUTES_PER_DAY, rng)
    for number, reading in enumerate(minute_readings(path, world, seed)):
        own = [gap for gap in outages if gap.tag == reading.tag]
        spoilt = spoil(
            reading.tag, reading.values, ONLINE[reading.tag].span, own, np.random.default_rng([seed, STREAM + 1, number])
        )
        frames.append(_spoilt_frame(reading.tag, spoilt))
        defects += spoilt.defects
        defects += [Defect("calibration", reading.tag, at, at + 1, "slow bias taken away") for at in reading.calibrated]
    frames += [_frame(reading) for reading in slow_readings(path, wanted, world, seed)]
    skew = _clock_skew(rng, days)
    lab, miskeys = results(path, world, rock, skew, seed)
    frames.append(_lab_frame(lab))
    defects += [Defect("miskeyed", m.tag, m.minute, m.minute, f"{m.wrong:g} instead of {m.right:g}") for m in miskeys]
    defects += [Defect("stop", "", s.start * 10.0, s.end * 10.0, s.why) for s in world.stops]
    defects += [
        Defect("clock_skew", "LAB", d * 1440.0, (d + 1) * 1440.0, f"{skew[d]:+.2f} min") for d in range(days) if d % 30 == 0
    ]
    return HistoryTruth(pl.concat(frames).sort("time", maintain_order=True), _defect_frame(defects), _states(path, wanted))


def states_until(
    step: int,
    days: int,
    seed: int,
    moved: Mapping[str, float | Array] | None = None,
    schedule: Mapping[str, Array] | None = None,
) -> pl.DataFrame:
    """Return the first `step` rows of `history_truth(days, seed, moved, schedule).states`, sooner than with all the rest."""
    world = draw_disturbances(days, seed)
    return _states(*_path(world, report_rock(world, seed), step, seed, moved, schedule))


def _path(
    world: Disturbances,
    rock: RockReport,
    until: int,
    seed: int,
    moved: Mapping[str, float | Array] | None,
    schedule: Mapping[str, Array] | None,
) -> tuple[Trajectory, dict[str, Array]]:
    """The plant's path over the first steps, and the set-points that it follows."""
    steps = world.running.size
    asked = setpoints(rock.known_by_step("rock_mgo", steps), world, seed, moved, schedule)
    wanted = {name: values[:until] for name, values in asked.items()}
    return run(wanted, rock.known_by_step("rock_cao", steps)[:until], world.until(until), seed), wanted


def _clock_skew(rng: np.random.Generator, days: int) -> Array:
    """Laboratory clock minus plant clock for each day [min]; somebody sets it once a month."""
    monthly = rng.uniform(-SKEW_MOST, SKEW_MOST, size=days // 30 + 1)
    return np.asarray(np.repeat(np.round(monthly * 60.0) / 60.0, 30)[:days])


def _tag_column(tag: str, height: int) -> pl.Series:
    return pl.Series("tag", np.full(height, TAGS.index(tag), dtype=np.uint32)).cast(pl.UInt8).cat.to(pl.Enum(TAGS))


def _record_frame(tags: pl.Series, minutes: Array, values: Array, quality: pl.Series, known: pl.Series | None) -> pl.DataFrame:
    time = stamps(minutes, MINUTE_HOURS)
    known_at = time.alias("known_at") if known is None else known
    return pl.DataFrame([time, tags, pl.Series("value", values, dtype=pl.Float64), quality, known_at])


def _spoilt_frame(tag: str, spoilt: Spoilt) -> pl.DataFrame:
    quality = pl.Series("quality", spoilt.quality).cat.to(QUALITIES)
    return _record_frame(_tag_column(tag, spoilt.values.size), spoilt.minutes.astype(np.float64), spoilt.values, quality, None)


def _frame(reading: Reading) -> pl.DataFrame:
    good = pl.Series("quality", np.zeros(reading.values.size, dtype=np.uint8)).cat.to(QUALITIES)
    tags = _tag_column(reading.tag, reading.values.size)
    return _record_frame(tags, reading.minutes.astype(np.float64), reading.values, good, None)


def _lab_frame(lab: list[LabResult]) -> pl.DataFrame:
    tags = pl.Series("tag", [r.tag for r in lab], dtype=pl.Enum(TAGS))
    known = stamps(np.array([r.known for r in lab]), MINUTE_HOURS).alias("known_at")
    good = pl.Series("quality", np.zeros(len(lab), dtype=np.uint8)).cat.to(QUALITIES)
    return _record_frame(tags, np.array([r.minute for r in lab]), np.array([r.value for r in lab]), good, known)


def _defect_frame(defects: list[Defect]) -> pl.DataFrame:
    starts, ends = (np.array([getattr(d, end) for d in defects], dtype=np.float64) for end in ("start", "end"))
    return pl.DataFrame(
        [
            pl.Series("kind", [d.kind for d in defects], dtype=pl.String),
            pl.Series("tag", [d.tag for d in defects], dtype=pl.String),
            stamps(starts, MINUTE_HOURS).alias("start"),
            stamps(ends, MINUTE_HOURS).alias("end"),
            pl.Series("detail", [d.detail for d in defects], dtype=pl.String),
        ]
    ).sort("start", "kind", "tag")


def _states(path: Trajectory, moved: dict[str, Array]) -> pl.DataFrame:
    """True outcomes, settings and set-points of every step."""
    truth = outcomes_of(Steady(path.inputs, path.strength, path.flows, np.ones_like(path.strength)))
    columns = {"time": stamps(np.arange(path.strength.size)), "running": path.running, **truth, "acid_used": path.acid}
    for name, values in moved.items():
        columns[name] = values
        columns[f"{name}.true"] = getattr(path.inputs, name)
    return pl.DataFrame(columns)
