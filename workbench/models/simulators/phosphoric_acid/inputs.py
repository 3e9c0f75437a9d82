"""What goes into the plant: settings with their ranges, rock and weather with their defaults (rock A)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.errors import InputError, closest_hint

__all__ = ["CONDITIONS", "SETTINGS", "Array", "Inputs", "SettingRange", "inputs_from_frame"]

Array = npt.NDArray[np.float64]


class SettingRange(NamedTuple):
    """Unit, allowed range, largest step of one recommendation and the old practice's value of a setting."""

    unit: str
    low: float
    high: float
    max_step: float
    base: float


SETTINGS: dict[str, SettingRange] = {
    "free_sulfate": SettingRange("%", 1.0, 3.5, 0.5, 1.45),
    "temperature": SettingRange("degC", 70.0, 82.0, 3.0, 78.0),
    "solids": SettingRange("%", 27.0, 36.0, 2.0, 33.0),
    "wash_ratio": SettingRange("t/t", 0.95, 1.15, 0.03, 0.995),
    "filter_speed": SettingRange("rpm", 0.20, 0.45, 0.04, 0.29),
    "vacuum": SettingRange("kPa", 45.0, 62.0, 4.0, 55.0),
    "rock_p80": SettingRange("um", 110.0, 220.0, 40.0, 195.0),
}

# name: (unit, value of rock A or a usual day); assays in % of dry rock
CONDITIONS: dict[str, tuple[str, float]] = {
    "rock_rate": ("t/h", 64.0),
    "rock_p2o5": ("%", 30.0),
    "rock_cao": ("%", 44.0),
    "rock_mgo": ("%", 1.0),
    "rock_al2o3": ("%", 0.9),
    "rock_fe2o3": ("%", 0.9),
    "rock_sio2": ("%", 14.0),
    "rock_co2": ("%", 4.0),
    "cloth_age": ("d", 10.0),
    "ambient": ("degC", 20.0),
}


@dataclass(frozen=True)
class Inputs:
    """Settings and conditions of a number of moments, one array element each; names and units of `SETTINGS` and `CONDITIONS`.

    Here the assays are in t per t of dry rock, as the equations want them.
    """

    free_sulfate: Array
    temperature: Array
    solids: Array
    wash_ratio: Array
    filter_speed: Array
    vacuum: Array
    rock_p80: Array
    rock_rate: Array
    rock_p2o5: Array
    rock_cao: Array
    rock_mgo: Array
    rock_al2o3: Array
    rock_fe2o3: Array
    rock_sio2: Array
    rock_co2: Array
    cloth_age: Array
    ambient: Array

    def take(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Inputs:
        """Return the chosen moments only."""
        return Inputs(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def replaced(self, **changes: Array) -> Inputs:
        """Return the same moments with some arrays replaced."""
        return replace(self, **changes)

    @classmethod
    def of(cls, columns: Mapping[str, float | Array], height: int = 1) -> Inputs:
        """Return inputs from values in the units of the sheet; base settings and rock A where a name is absent."""
        given: dict[str, Array] = {}
        defaults = {name: s.base for name, s in SETTINGS.items()} | {name: value for name, (_, value) in CONDITIONS.items()}
        for name, default in defaults.items():
            values = np.broadcast_to(np.asarray(columns.get(name, default), dtype=np.float64), (height,))
            is_assay = name.startswith("rock_") and CONDITIONS.get(name, ("", 0.0))[0] == "%"
            given[name] = values / 100.0 if is_assay else values.astype(np.float64)
        return cls(**given)


def inputs_from_frame(frame: pl.DataFrame) -> Inputs:
    """Return the inputs of a frame with one column a setting and, where known, one a condition.

    `rock_r2o3` [%] may stand for `rock_al2o3` and `rock_fe2o3` together; columns of other names are left alone, a null
    condition takes its default.

    Raises
    ------
    InputError
        If a setting has no column, or holds a value that is missing or not finite.
    """
    columns: dict[str, float | Array] = {}
    for name in SETTINGS:
        if name not in frame.columns:
            raise InputError(
                f"the phosphoric acid simulator needs a column '{name}'{closest_hint(name, frame.columns)}: "
                f"its settings are {', '.join(SETTINGS)}"
            )
        values = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        if not bool(np.all(np.isfinite(values))):
            row = int(np.argmin(np.isfinite(values)))
            raise InputError(f"setting '{name}' has no finite value in row {row}: give every row a number")
        columns[name] = values
    for name, (_, default) in CONDITIONS.items():
        if name in frame.columns:
            columns[name] = frame[name].cast(pl.Float64).fill_nan(None).fill_null(default).to_numpy()
    if "rock_r2o3" in frame.columns and not {"rock_al2o3", "rock_fe2o3"} & set(frame.columns):
        half = frame["rock_r2o3"].cast(pl.Float64).fill_nan(None).fill_null(1.8).to_numpy() / 2.0
        columns["rock_al2o3"], columns["rock_fe2o3"] = half, half
    return Inputs.of(columns, frame.height)
