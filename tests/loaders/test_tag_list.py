"""The tags of a source, listed for a new sheet."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from workbench.loaders import list_tags, tag_list
from workbench.loaders.read import read_assembled, read_table
from workbench.loaders.source import read_source_file
from workbench.loaders.wanted import Request

WIDE = {
    "time": ["2026-01-01 00:00", "2026-01-01 01:00"],
    "A": [1.0, None],
    "A.quality": ["good", "bad"],
    "mode": ["strip", "keep"],
    "flow (m3/h)": [3.5, 4.5],
    "B": [1.0, 2.0],
    "B.quality": ["good", "good"],
}


def test_a_wide_source_read_in_parts_has_the_same_tags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pl.DataFrame(WIDE).write_parquet(tmp_path / "x.parquet")
    whole = list_tags(tmp_path / "x.parquet")
    monkeypatch.setattr(tag_list, "MOST_COLUMNS", 2)
    assert list_tags(tmp_path / "x.parquet").equals(whole)
    monkeypatch.setattr(tag_list, "MOST_CELLS", 1)
    assert list_tags(tmp_path / "x.parquet").equals(whole)
    assert whole["readings"].to_list() == [1, 2, 2, 2, 2, 2]


def test_columns_of_a_parquet_file_are_read_together(tmp_path: Path) -> None:
    """A scan of the file for each of thousands of tags took minutes, and all memory."""
    pl.DataFrame({"time": ["2026-01-01 00:00"]} | {f"X{i}": [1.0] for i in range(5)}).write_parquet(tmp_path / "x.parquet")
    plan = read_assembled(read_table(read_source_file(tmp_path / "x.parquet")), Request(None)).frame.explain(optimized=False)
    assert "SCAN" not in plan
