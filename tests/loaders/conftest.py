"""Sheets and data that the tests of this room share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from workbench.plant import Sheet, load_sheet
from workbench.records import Records


@pytest.fixture
def sheet_of(tmp_path: Path) -> Callable[[str], Sheet]:
    """Write a sheet's text beside the sources and load it."""

    def load(text: str, name: str = "line.yaml") -> Sheet:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return load_sheet(str(path))

    return load


@pytest.fixture
def small_sheet(sheet_of: Callable[..., Sheet]) -> Callable[..., Sheet]:
    """A sheet of one setting A, one condition B and one outcome Y, with extra lines."""

    def load(zone: str = "UTC", a: str = "", b: str = "", y: str = "", more: str = "", grain: str = "period: 1h") -> Sheet:
        return sheet_of(
            f"name: line_1\ntimezone: {zone}\n{grain}\n{more}\n"
            f"settings:\n  a: {{tag: A, low: 0, high: 100, max_step: 5{a}}}\n"
            f"conditions:\n  b: {{tag: B{b}}}\n"
            f"outcomes:\n  y: {{tag: Y{y}}}\n"
            "objective: {maximize: y}\n"
        )

    return load


@pytest.fixture
def collected() -> Callable[[Records], pl.DataFrame]:
    """All rows, in the order of tag and source."""

    def collect(records: Records) -> pl.DataFrame:
        return records.frame.with_columns(pl.col("tag").cast(pl.String)).collect().sort("tag", "row")

    return collect


@pytest.fixture
def reasons() -> Callable[[Records], dict[str | None, int]]:
    """Rows of the frame by reason."""

    def count(records: Records) -> dict[str | None, int]:
        counted = records.frame.group_by("reason").len().collect()
        return dict(zip(counted["reason"].to_list(), counted["len"].to_list(), strict=True))

    return count


@pytest.fixture
def codes() -> Callable[[Records], list[str]]:
    """Codes of the findings."""
    return lambda records: [finding.code for finding in records.findings]


@pytest.fixture
def csv_of(tmp_path: Path) -> Callable[..., Path]:
    """Write a text file beside the sheet."""

    def write(text: str | bytes, name: str = "x.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def data() -> Path:
    """The folder of real data; tests are skipped where it is absent."""
    folder = Path(__file__).parents[2].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no folder ../shared/data")
    return folder
