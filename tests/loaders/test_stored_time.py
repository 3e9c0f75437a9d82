"""Dates, stamps and durations of parquet files that no calendar has, or that stand where numbers belong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from workbench.loaders import list_tags, read_records
from workbench.loaders.stored_time import as_text, within_calendar
from workbench.plant import Sheet
from workbench.records import Records

FIRST, LAST = -(1 << 63), (1 << 63) - 1
DAY = 19_723  # 2024-01-01, days since 1970
YEAR_30000 = 10_238_000 * 86_400_000_000  # microseconds since 1970
GOOD = [DAY * 86_400_000_000 + hour * 3_600_000_000 for hour in range(4)]


def frame(**columns: pl.Series) -> pl.DataFrame:
    """Four hours of A, B and Y; the columns given replace or follow them."""
    plain = {"time": pl.Series(GOOD).cast(pl.Datetime("us")), "A": [1.0] * 4, "B": [2.0] * 4, "Y": [3.0] * 4}
    return pl.DataFrame(plain | columns)


@pytest.fixture
def read(small_sheet: Callable[..., Sheet], tmp_path: Path) -> Callable[[pl.DataFrame], Records]:
    """Records of a frame in a parquet file."""

    def records(rows: pl.DataFrame) -> Records:
        rows.write_parquet(tmp_path / "x.parquet")
        return read_records(small_sheet(), tmp_path / "x.parquet")

    return records


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
@pytest.mark.parametrize("far", [FIRST, LAST, YEAR_30000])
def test_stamps_that_no_calendar_has_are_set_aside(
    far: int, zone: str | None, read: Callable[[pl.DataFrame], Records], reasons: Callable[[Records], dict[str | None, int]]
) -> None:
    records = read(frame(time=pl.Series([*GOOD[:3], far]).cast(pl.Datetime("us", zone))))
    assert reasons(records) == {None: 9, "time not understood": 3}
    assert [(finding.code, finding.text) for finding in records.findings] == [
        ("L104", f"1 of 4 stamps in column 'time' of x.parquet was not understood, such as '{far} us from 1970'")
    ]


@pytest.mark.parametrize(
    "stamps",
    [
        pl.Series([value // 1000 for value in GOOD[:3]] + [LAST]).cast(pl.Datetime("ms")),
        pl.Series([DAY, DAY + 1, DAY + 2, (1 << 31) - 1], dtype=pl.Int32).cast(pl.Date),
        pl.Series([*GOOD[:3], 260 * 365 * 86_400_000_000]).cast(pl.Datetime("us", "UTC")),  # 2229: as text of it is read
    ],
)
def test_other_stored_stamps_beyond_reach(
    stamps: pl.Series, read: Callable[[pl.DataFrame], Records], reasons: Callable[[Records], dict[str | None, int]]
) -> None:
    assert reasons(read(frame(time=stamps))) == {None: 9, "time not understood": 3}


def test_dates_beyond_reach_beside_times_of_day(
    read: Callable[[pl.DataFrame], Records], reasons: Callable[[Records], dict[str | None, int]]
) -> None:
    clock = pl.Series(GOOD).cast(pl.Datetime("us")).dt.time()
    for dates in (
        pl.Series([DAY, DAY, DAY, (1 << 31) - 1], dtype=pl.Int32).cast(pl.Date),
        pl.Series([*[GOOD[0]] * 3, LAST]).cast(pl.Datetime("us")),
    ):
        records = read(pl.DataFrame({"Date": dates, "Time": clock, "A": [1] * 4, "B": [2] * 4, "Y": [3] * 4}))
        assert reasons(records) == {None: 9, "time not understood": 3}
        assert records.frame.collect()["time"].n_unique() == 4  # three hours, and none


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (pl.Series([timedelta(minutes=5), timedelta(minutes=5), None, timedelta(hours=1)]), "'5m' 2, '1h' 1"),
        (
            pl.Series([LAST, LAST, None, GOOD[0]]).cast(pl.Datetime("us")),
            f"'{LAST} us from 1970' 2, '2024-01-01 00:00:00.000000' 1",
        ),
        (
            pl.Series([2**31 - 1, 2**31 - 1, None, DAY], dtype=pl.Int32).cast(pl.Date),
            "'2147483647 d from 1970' 2, '2024-01-01' 1",
        ),
    ],
)
def test_times_where_numbers_belong_are_words(
    cells: pl.Series,
    said: str,
    read: Callable[[pl.DataFrame], Records],
    reasons: Callable[[Records], dict[str | None, int]],
) -> None:
    records = read(frame(B=cells))
    assert reasons(records) == {None: 8, "text state": 3}
    assert records.rows_elsewhere.set_aside == {"empty cell": 1}
    assert [finding.text for finding in records.findings] == [
        f"3 readings of 'B' with text instead of a number set aside: {said}"
    ]


def test_durations_beside_a_tag_and_in_a_list_of_tags(read: Callable[[pl.DataFrame], Records], tmp_path: Path) -> None:
    spans = pl.Series([timedelta(minutes=5)] * 4)
    (finding,) = read(frame(**{"B.quality": spans, "other": spans})).findings
    assert finding.text == (
        "quality '5m' in column 'B.quality' is none of the known words and was taken as uncertain (used and counted)"
    )
    listed = list_tags(tmp_path / "x.parquet")
    assert listed.filter(pl.col("tag") == "other")["words"].to_list() == [["5m"]]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_the_calendar_ends_where_python_does(unit: str) -> None:
    scale = {"ms": 1000, "us": 1_000_000, "ns": 1_000_000_000}[unit]
    ends = [-62_135_596_800, 253_402_300_799]  # [s] 0001-01-01 00:00:00 and 9999-12-31 23:59:59
    counts = [c for e in ends for c in (e * scale, (e + (1 if e > 0 else -1)) * scale) if FIRST <= c <= LAST]
    stamps = pl.Series("t", counts, dtype=pl.Int64).cast(pl.Datetime(unit))  # type: ignore[arg-type]
    kept = stamps.to_frame().select(within_calendar(pl.col("t"), stamps.dtype)).to_series().to_list()
    assert [stamp is not None for stamp in kept] == ([] if unit == "ns" else [True, False, True, False])
    texts = pl.Series("t", [FIRST, LAST]).cast(pl.Datetime(unit)).to_frame()  # type: ignore[arg-type]
    written = texts.select(as_text(pl.col("t"), texts.schema["t"])).to_series().to_list()
    assert all(("from 1970" in text) == (unit != "ns") for text in written)
