"""Real exports, read in place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from workbench.errors import InputError
from workbench.loaders import list_tags, read_records
from workbench.plant import Sheet
from workbench.records import Records

Real = Callable[[str, str], tuple[Records, pl.DataFrame]]


@pytest.fixture
def real(data: Path, sheet_of: Callable[[str], Sheet], collected: Callable[[Records], pl.DataFrame]) -> Real:
    """Read a file of the real data by a sheet's text: the records, and all their rows."""

    def read(file: str, text: str) -> tuple[Records, pl.DataFrame]:
        records = read_records(sheet_of(text), data / file)
        return records, collected(records)

    return read


def test_chiller(real: Real) -> None:
    records, rows = real(
        "chiller/hvac_energy.csv",
        """
name: chiller
timezone: Asia/Singapore
period: 30min
settings:
  water: {tag: Chilled Water Rate, unit: m3/h, low: 250, high: 400, max_step: 10}
  cooling: {tag: Cooling Water Temperature, unit: degC, low: 25, high: 35, max_step: 1}
conditions:
  load: {tag: Building Load, unit: kW}
  outside: {tag: Outside Temperature, unit: degC}
  pressure: {tag: Pressure, unit: hPa}
outcomes:
  energy: {tag: Chiller Energy Consumption (kWh), unit: kWh, aggregate: sum, stamp: start}
objective: {minimize: energy, unit: kWh}
""",
    )
    first = {row["tag"]: row["value"] for row in rows.filter(pl.col("row") == 0).to_dicts()}
    assert rows.height == 13_615 * 6
    assert rows["time"].min() == datetime(2019, 8, 17, 16, tzinfo=UTC)
    assert rows["time"].null_count() == 0
    assert first["Chilled Water Rate"] == pytest.approx(85.6 * 3.6)
    assert first["Building Load"] == pytest.approx(479.6 * 3.51685, rel=1e-4)
    assert first["Outside Temperature"] == pytest.approx((82 - 32) / 1.8)
    assert [(f.code, f.tag) for f in records.findings] == [("L111", "Pressure")]  # 'in' is a length
    assert "inHg" in records.findings[0].text


def test_gold_recovery(real: Real) -> None:
    records, rows = real(
        "gold_recovery/gold_recovery_full_2016-01_to_05.parquet",
        """
name: gold
period: 1h
settings:
  air: {tag: rougher.state.floatbank10_a_air, low: 500, high: 1500, max_step: 50}
conditions:
  feed_au: {tag: rougher.input.feed_au}
outcomes:
  recovery: {tag: rougher.output.recovery, unit: "%"}
objective: {maximize: recovery, unit: "%"}
""",
    )
    assert rows.height + records.rows_elsewhere.rows_in == 2_581 * 3
    assert set(records.rows_elsewhere.set_aside) <= {"empty cell"}
    assert rows["time"].min() == datetime(2016, 1, 15, tzinfo=UTC)


def test_chemical_batches(real: Real) -> None:
    _, rows = real(
        "chem_proc_yield/chem_proc_yield.csv",
        """
name: chem
batch: rownames
settings:
  p1: {tag: man_proc_01, low: 0, high: 20, max_step: 1}
conditions:
  bio: {tag: bio_material_01}
outcomes:
  yield_: {tag: yield}
objective: {maximize: yield_}
""",
    )
    assert rows.height == 176 * 3
    assert rows["batch"].n_unique() == 176
    assert rows.filter(pl.col("reason") == "no value")["tag"].unique().to_list() == ["man_proc_01"]


def test_gas_turbine_has_no_time(data: Path, small_sheet: Callable[..., Sheet]) -> None:
    with pytest.raises(InputError, match="has no time column"):
        read_records(small_sheet(), data / "gas_turbine" / "gas_turbine_2011_2015.parquet")


def test_debutanizer_has_no_time(data: Path, small_sheet: Callable[..., Sheet]) -> None:
    with pytest.raises(InputError, match="has no time column"):
        read_records(small_sheet(), data / "debutanizer" / "debutanizer.csv")


def test_steel_energy(real: Real) -> None:
    records, rows = real(
        "steel_energy/Steel_industry_data.csv",
        """
name: steel
timezone: Asia/Seoul
period: 1h
settings:
  factor: {tag: Lagging_Current_Power_Factor, low: 50, high: 100, max_step: 5}
conditions:
  load: {tag: Load_Type, choices: [Light_Load, Medium_Load, Maximum_Load]}
outcomes:
  usage: {tag: Usage_kWh, unit: kWh}
objective: {minimize: usage, unit: kWh}
""",
    )
    assert rows.height == 35_040 * 3
    assert rows["reason"].null_count() == rows.height
    # 2018 has 31 December: the day comes first; midnight ends each day in this file
    assert rows["time"].max() == datetime(2018, 12, 31, 14, 45, tzinfo=UTC)
    assert [f.code for f in records.findings] == ["L105"]


def test_photovoltaic_logger_with_offset(real: Real) -> None:
    records, rows = real(
        "photovoltaic/system_50_ac_power_2_full_DST.parquet",
        """
name: pv
timezone: America/Denver
period: 1h
settings:
  power: {tag: ac_power_2, low: 0, high: 100, max_step: 5}
conditions:
  same: {tag: ac_power_2, aggregate: max}
outcomes:
  out: {tag: ac_power_2, aggregate: last}
objective: {maximize: out}
""",
    )
    assert rows.height + records.rows_elsewhere.set_aside["empty cell"] == 95_232
    assert rows["time"].min() == datetime(2011, 4, 15, 7, tzinfo=UTC)  # Etc/GMT+7 is UTC-7


@pytest.mark.parametrize(
    "name",
    [
        "nrel_RSF_II",
        "serf_west_15min",
        "snow_data",
        "snow_snowfall",
        "ac_power_inv_2173_stale_data",
        "ac_power_inv_7539_outliers",
    ],
)
def test_photovoltaic_tags(name: str, data: Path) -> None:
    listed = list_tags(data / "photovoltaic" / f"{name}.parquet")
    assert listed["first"].null_count() == 0
    assert listed["readings"].sum() > 0
