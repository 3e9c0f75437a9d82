"""A parquet file is read when somebody asks: until then it must stay what it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from workbench.errors import InputError
from workbench.loaders import read_records
from workbench.plant import Sheet
from workbench.prepare import prepare_history

HOURS = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=at) for at in range(200)]
ROWS = pl.DataFrame({"time": HOURS, "A": [float(at % 7) for at in range(200)], "B": [1.0] * 200, "Y": [2.0] * 200})


@pytest.mark.parametrize("how", ["replaced", "broken off", "taken away"])
def test_a_file_that_is_written_to_before_it_is_aligned_is_refused(
    how: str, small_sheet: Callable[..., Sheet], tmp_path: Path
) -> None:
    path, sheet = tmp_path / "x.parquet", small_sheet()
    ROWS.write_parquet(path)
    records = read_records(sheet, path)
    assert prepare_history(sheet, records).frame.height == 200  # at rest it is read
    if how == "replaced":
        ROWS.head(150).write_parquet(path)
    elif how == "broken off":
        path.write_bytes(path.read_bytes()[:700])
    else:
        path.unlink()
    with pytest.raises(InputError, match=r"^x\.parquet was written to while it was read: run again when it is whole"):
        prepare_history(sheet, records)


def test_what_is_in_memory_may_grow_on_the_disk(small_sheet: Callable[..., Sheet], tmp_path: Path) -> None:
    path, sheet = tmp_path / "x.csv", small_sheet()
    ROWS.write_csv(path)
    records = read_records(sheet, path)
    with path.open("a", encoding="utf-8") as file:
        file.write("2024-02-01T00:00:00,1,2,3\n")
    assert prepare_history(sheet, records).frame.height == 200
