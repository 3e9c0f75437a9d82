"""Hands a plant to a method exactly as a user would get it, and takes the answer back.

The history goes the whole way: a long table of records, as a historian exports it, through the loader and the preparation of
the workbench; the sheet is YAML text. Our own method and every peer see the same prepared history.
"""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workbench.loaders import records_from_frame
from workbench.plant import Sheet, read_sheet
from workbench.prepare import prepare_history
from workbench.records import History, Recommendation
from workbench.study import recommend
from workbench.tuning.present import present_of

from .plant import Floats, Plant

__all__ = ["Case", "Proposal", "case_of", "cpu_seconds", "prepare", "propose_ours"]

HIDDEN = ("T106", "T107", "T109", "T110")  # findings that warn of a cause that nobody records
N_RECENT = 240  # recent periods that gains are judged over, evenly spaced


@dataclass(frozen=True)
class Case:
    """One plant as every method gets it.

    Parameters
    ----------
    usable : polars.DataFrame
        Usable periods of the prepared history.
    rows : array of int
        Their row numbers in the plant's frame.
    recent : array of int
        Row numbers of recent conditions, by the workbench's own rule, thinned to at most 240.
    recent_usable : array of int
        The same periods as places in `usable`.
    now, low, high : array (m,)
        Present settings; the box of bounds and largest step.
    settings, conditions : tuple of str
    """

    plant: Plant
    sheet: Sheet
    history: History
    usable: pl.DataFrame
    rows: NDArray[np.int64]
    recent: NDArray[np.int64]
    recent_usable: NDArray[np.int64]
    now: Floats
    low: Floats
    high: Floats
    settings: tuple[str, ...]
    conditions: tuple[str, ...]

    @property
    def sign(self) -> float:
        """1 where more of the objective is better, else -1."""
        return 1.0 if self.sheet.objective.maximize else -1.0


@dataclass(frozen=True)
class Proposal:
    """What a method says.

    Parameters
    ----------
    status : str
        `proposed`, `no_change`, `refused` or `failed`.
    settings : array (m,) or None
    promised, low_end : float or None
        Promised gain and the low end of its 90 % interval [unit of the objective]; None where a method has none.
    seconds : float
        Processor time of the answer, of processes that it started too [s].
    warned : bool
        Whether the record warns of a cause that nobody records (T106, T107, T109, T110).
    note : str
        Why it failed.
    """

    status: str
    settings: Floats | None = None
    promised: float | None = None
    low_end: float | None = None
    seconds: float = 0.0
    warned: bool = False
    note: str = ""


def cpu_seconds() -> float:
    """Return the processor time used so far [s]: the clock would count what else the machine is doing."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def prepare(plant: Plant) -> tuple[Sheet, History]:
    """Return sheet and history, by the workbench's own way in."""
    sheet = read_sheet(plant.sheet_text)
    long = plant.records if plant.records is not None else plant.frame.unpivot(index="time", variable_name="tag").drop_nulls()
    return sheet, prepare_history(sheet, records_from_frame(sheet, long, "simulated"))


def case_of(plant: Plant) -> Case:
    """Return the plant as every method gets it."""
    sheet, history = prepare(plant)
    usable = history.usable
    number = plant.frame.select("time").with_row_index("row").with_columns(pl.col("time").dt.cast_time_unit("us"))
    rows = usable.join(number, on="time", how="left", maintain_order="left")["row"].to_numpy().astype(np.int64)
    present = present_of(sheet, usable)
    settings = tuple(sheet.settings)
    now = np.array([float(present.now[s][0]) for s in settings])
    bounds = np.array([(s.low, s.high, s.max_step) for s in sheet.settings.values()], dtype=float)
    low, high = np.maximum(bounds[:, 0], now - bounds[:, 2]), np.minimum(bounds[:, 1], now + bounds[:, 2])
    first = usable.height - present.recent.height
    thinned = np.unique(np.linspace(first, usable.height - 1, min(N_RECENT, present.recent.height)).round().astype(np.int64))
    return Case(
        plant, sheet, history, usable, rows, rows[thinned], thinned, now, np.minimum(low, now), np.maximum(high, now), settings,
        tuple(sheet.conditions),
    )  # fmt: skip


def propose_ours(case: Case) -> Proposal:
    """Return what the workbench recommends."""
    started = cpu_seconds()
    record = recommend(case.sheet, case.history, seed=0).recommendation
    return read_record(case, record, cpu_seconds() - started)


def read_record(case: Case, record: Recommendation, seconds: float) -> Proposal:
    """Return the proposal that a recommendation holds."""
    if record.status != "proposed" or record.gain is None:
        return Proposal(record.status, seconds=seconds)
    proposed = {line.name: line.proposed for line in record.settings}
    settings = np.array([float(proposed[s]) for s in case.settings])  # type: ignore[arg-type]
    warned = any(finding.code in HIDDEN for finding in record.findings)
    return Proposal("proposed", settings, record.gain.expected, record.gain.low, seconds, warned)
