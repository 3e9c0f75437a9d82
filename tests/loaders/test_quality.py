"""Quality as words, OPC codes, flags and percentages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from workbench.loaders import read_records
from workbench.loaders.quality import is_quality, quality_meanings
from workbench.plant import Sheet
from workbench.records import Records


@pytest.mark.parametrize(
    ("values", "meanings", "has_finding"),
    [
        # OPC DA: top two bits of a byte
        ([192, 216, 64, 88, 0, 24, 128], ["good", "good", "uncertain", "uncertain", "bad", "bad", "bad"], False),
        # OPC UA: top two bits of 32
        ([0, 0x40920000, 0x80000000, 0x808A0000], ["good", "uncertain", "bad", "bad"], False),
        ([0, -2147483648], ["good", "bad"], False),
        (["0x00000000", "0x80350000"], ["good", "bad"], False),
        (["Good", "Bad", "Uncertain", "BadNoData", "Good, Non-specific"], ["good", "bad", "uncertain", "bad", "good"], False),
        (["192.0", "0.0"], ["good", "bad"], False),
        ([True, False], ["good", "bad"], False),
        (["questionable", "manual", "I/O Timeout"], ["uncertain", "uncertain", "bad"], False),
        ([0], ["good"], True),
        ([0, 1], ["bad", "good"], True),
        ([100, 50, 0], ["good", "uncertain", "bad"], True),
        (["fine"], ["uncertain"], True),
    ],
)
def test_meanings(values: list[object], meanings: list[str], has_finding: bool) -> None:
    series = pl.Series(values)
    reading = quality_meanings(series, "Quality")
    assert list(reading.meanings.values()) == meanings
    assert (reading.finding is not None) == has_finding
    found = pl.DataFrame({"q": series}).select(reading.expr(pl.col("q")).cast(pl.String)).to_series().to_list()
    assert found == meanings


def test_zero_is_good_in_a_status() -> None:
    assert quality_meanings(pl.Series([0, 1]), "Status").meanings == {"0": "good", "1": "bad"}


def test_empty_quality_is_good(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]) -> None:
    text = "tag,time,value,quality\nA,2024-01-01,1,\nB,2024-01-01,1,192\nY,2024-01-01,1,0\n"
    records = read_records(small_sheet(), csv_of(text))
    rows = records.frame.collect().sort("row")
    assert rows["quality"].cast(pl.String).to_list() == ["good", "good", "bad"]
    assert rows["reason"].to_list() == [None, None, "bad quality"]


def test_status_beside_a_tag_counts_when_it_holds_quality(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Callable[[Records], pl.DataFrame]
) -> None:
    text = "time,A,A.status,B,B.status,Y\n2024-01-01,1,Bad,2,Running,3\n2024-01-02,1,Good,2,Stopped,3\n"
    rows = collected(read_records(small_sheet(), csv_of(text)))
    assert rows["quality"].cast(pl.String).to_list() == ["bad", "good", "good", "good", "good", "good"]


def test_is_quality() -> None:
    assert is_quality(pl.Series(["Good", "bad"]))
    assert is_quality(pl.Series([192, 0]))
    assert not is_quality(pl.Series([0, 1]))
    assert not is_quality(pl.Series(["Running"]))
    assert not is_quality(pl.Series([], dtype=pl.String))
