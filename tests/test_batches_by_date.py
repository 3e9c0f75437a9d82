"""An answer for a date, where a row is a batch: as if the file ended there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from workbench.study import run_study

if TYPE_CHECKING:
    from tests.conftest import SmallPlant


def test_the_answer_for_a_date_is_that_of_a_file_that_ends_there(plant: SmallPlant) -> None:
    plant.change_sheet("period: 1h", "batch: lot")
    whole = pl.read_csv(plant.history).with_columns(pl.format("L{}", pl.int_range(pl.len())).alias("lot"))
    moment = datetime(2026, 1, 15, 6, tzinfo=UTC)
    cut = whole.filter(pl.col("time") <= f"{moment:%Y-%m-%d %H:%M}")
    plant.write_history(whole)
    cut.write_csv(plant.folder / "cut.csv")
    asked = run_study("small.yaml", as_of=moment, n_trials=5, track=False).recommendation
    short = run_study("small.yaml", source="cut.csv", n_trials=5, track=False).recommendation
    assert asked.id.startswith("small-20260115T0600Z-")
    assert short.id.startswith("small-20260115T0600Z-")
    own = {"id", "created", "as_of", "lineage"}
    assert asked.model_dump(exclude=own) == short.model_dump(exclude=own)
    assert (asked.lineage.from_, asked.lineage.to) == (short.lineage.from_, short.lineage.to)
    assert (asked.lineage.periods_used, asked.lineage.periods_set_aside) == (cut.height, {})
    n_later = 4 * (whole.height - cut.height)  # readings: three variables that are set or met, and the outcome
    assert asked.lineage.set_aside == {"not yet known": n_later}
    assert asked.lineage.records_read == asked.lineage.records_used + n_later
