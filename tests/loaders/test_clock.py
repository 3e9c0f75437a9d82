"""Stamps in every dress, the sheet's timezone, and the two hours of the clock change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.loaders import read_records
from workbench.loaders.clock_change import changes_between
from workbench.loaders.stamp_format import formats_of, is_clock_text
from workbench.plant import Sheet
from workbench.records import Records

Collected = Callable[[Records], pl.DataFrame]
TimesOf = Callable[..., tuple[list[datetime | None], list[str | None], Records]]


@pytest.fixture
def times_of(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]) -> TimesOf:
    """Times, reasons and records of tag A of a wide csv with these stamps."""

    def read(
        stamps: list[str], zone: str = "UTC", name: str = "time"
    ) -> tuple[list[datetime | None], list[str | None], Records]:
        text = f"{name};A;B;Y\n" + "".join(f"{stamp};1;2;3\n" for stamp in stamps)
        records = read_records(small_sheet(zone=zone), csv_of(text))
        rows = records.frame.filter(pl.col("tag") == "A").collect().sort("row")
        return rows["time"].to_list(), rows["reason"].to_list(), records

    return read


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2024-02-03 04:05", utc(2024, 2, 3, 4, 5)),
        ("2024-02-03T04:05:06", utc(2024, 2, 3, 4, 5, 6)),
        ("2024-02-03T04:05:06.5", utc(2024, 2, 3, 4, 5, 6, 500_000)),
        ("2024-02-03 04:05:06,250", utc(2024, 2, 3, 4, 5, 6, 250_000)),
        ("2024-02-03T04:05:06Z", utc(2024, 2, 3, 4, 5, 6)),
        ("2024-02-03 04:05:06 UTC", utc(2024, 2, 3, 4, 5, 6)),
        ("2024-02-03T04:05:06+08:00", utc(2024, 2, 2, 20, 5, 6)),
        ("2024-02-03 04:05:06 -0330", utc(2024, 2, 3, 7, 35, 6)),
        ("2024-02-03T04:05+01", utc(2024, 2, 3, 3, 5)),
        ("2024-02-03", utc(2024, 2, 3)),
        ("2024/02/03 04:05", utc(2024, 2, 3, 4, 5)),
        ("20240203 040506", utc(2024, 2, 3, 4, 5, 6)),
        ("20240203T040506", utc(2024, 2, 3, 4, 5, 6)),
        ("23.02.2024 04:05", utc(2024, 2, 23, 4, 5)),
        ("3.2.24 4:05", utc(2024, 2, 3, 4, 5)),
        ("2/23/2024 4:05", utc(2024, 2, 23, 4, 5)),
        ("23/02/2024 04:05", utc(2024, 2, 23, 4, 5)),
        ("2/23/2024 4:05:06 PM", utc(2024, 2, 23, 16, 5, 6)),
        ("2/23/2024 12:05 am", utc(2024, 2, 23, 0, 5)),
        ("03-Feb-24 04:05:06", utc(2024, 2, 3, 4, 5, 6)),
        ("3 February 2024 04:05", utc(2024, 2, 3, 4, 5)),
        ("Feb 3, 2024 04:05", utc(2024, 2, 3, 4, 5)),
        ("03/Feb/2024:04:05:06", utc(2024, 2, 3, 4, 5, 6)),
        ("1706933106", utc(2024, 2, 3, 4, 5, 6)),
        ("1706933106000", utc(2024, 2, 3, 4, 5, 6)),
        ("1706933106.5", utc(2024, 2, 3, 4, 5, 6, 500_000)),
        ("45325.170208333", utc(2024, 2, 3, 4, 5, 6)),
        ("45325,25", utc(2024, 2, 3, 6)),
    ],
)
def test_stamps_in_every_dress(stamp: str, expected: datetime, times_of: TimesOf) -> None:
    times, reasons, _ = times_of([stamp, stamp])
    assert times == [expected, expected]
    assert reasons == [None, None]


@settings(max_examples=60, deadline=None)
@given(
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001
    pattern=st.sampled_from(
        [
            "%Y-%m-%d %H:%M:%S",
            "%d.%m.%Y %H:%M",
            "%m/%d/%Y %I:%M:%S %p",
            "%d-%b-%Y %H:%M",
            "%Y%m%d %H%M%S",
            "%Y-%m-%dT%H:%M:%S.%f",
        ]
    ),
)
def test_one_of_the_formats_reads_the_stamp_back(moment: datetime, pattern: str) -> None:
    text = moment.strftime(pattern)
    read = [datetime.strptime(text, f.pattern.replace("%.f", ".%f")) for f in formats_of(text) if _fits(text, f.pattern)]  # noqa: DTZ007
    assert datetime.strptime(text, pattern) in read  # noqa: DTZ007


def _fits(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern.replace("%.f", ".%f"))  # noqa: DTZ007
    except ValueError:
        return False
    return True


def test_words_are_no_stamps() -> None:
    assert not any(formats_of(text) for text in ("Bad Input", "1,5", "12.5", "0.5", "A-1-2", "1/2", "99999999", ""))
    assert not is_clock_text("25")


def test_day_and_month_decided_from_the_whole_column(times_of: TimesOf) -> None:
    ambiguous = [f"{day:02d}/01/2024 00:00" for day in range(1, 13)]
    times, _, records = times_of([*ambiguous * 100, "13/01/2024 00:00"])  # the one telling row comes after all the others
    assert times[1] == utc(2024, 1, 2)
    assert "L103" not in [f.code for f in records.findings]
    times, _, _ = times_of([*[f"01/{day:02d}/2024" for day in range(1, 32)]])
    assert times[1] == utc(2024, 1, 2)


def test_ambiguous_dates_take_the_shorter_span_and_say_so(times_of: TimesOf) -> None:
    times, _, records = times_of([f"3/{day}/2024 0:00" for day in range(1, 11)])
    assert times[1] == utc(2024, 3, 2)
    assert records.findings[0].text == (
        "no date in column 'time' of x.csv tells day from month; it was read month first, which makes the shorter span of "
        "time: export dates like 2024-03-31"
    )


@pytest.mark.parametrize(("zone", "hour"), [("America/New_York", utc(2024, 3, 4, 5)), ("Europe/London", utc(2024, 4, 2, 23))])
def test_ambiguous_dates_of_one_day_take_the_custom_of_the_zone(zone: str, hour: datetime, times_of: TimesOf) -> None:
    times, _, records = times_of(["03/04/2024 00:00", "03/04/2024 01:00"], zone=zone)
    assert times[0] == hour
    assert "L103" in [f.code for f in records.findings]


def test_stamps_that_are_not_understood_are_counted(times_of: TimesOf) -> None:
    times, reasons, records = times_of(["2024-01-01 00:00", "soon", "", "2024-02-30 00:00", "2024-01-02"])
    assert reasons == [None, "time not understood", "no time", "time not understood", None]
    assert times[4] == utc(2024, 1, 2)
    assert records.findings[0].text == "2 of 4 stamps in column 'time' of x.csv were not understood, such as 'soon'"


@pytest.mark.parametrize(
    "stamps",
    [
        ["2024-01-30 23:00", "2024-01-30 24:00", "2024-01-31 24:00:00", "2024-02-01 10:24:00"],
        ["30.01.2024 23:00", "30.01.2024 24:00", "31.01.2024 24:00", "01.02.2024 10:24"],
        ["2024-01-30T23:00Z", "2024-01-30T24:00Z", "2024-01-31T24:00:00.0Z", "2024-02-01T10:24:00Z"],
    ],
)
def test_the_end_of_a_day_is_the_next_ones_midnight(stamps: list[str], times_of: TimesOf) -> None:
    times, reasons, records = times_of(stamps)
    assert reasons == [None] * 4
    assert times == [utc(2024, 1, 30, 23), utc(2024, 1, 31), utc(2024, 2, 1), utc(2024, 2, 1, 10).replace(minute=24)]
    assert records.findings == ()


def test_no_other_time_has_24_hours(times_of: TimesOf) -> None:
    _, reasons, _ = times_of(["2024-01-30 23:00", "2024-01-30 24:00:30", "2024-01-30 24:30", "2024-01-30 25:00"])
    assert reasons == [None, *["time not understood"] * 3]


def test_mixed_offsets_are_instants(times_of: TimesOf) -> None:
    times, _, records = times_of(
        ["2024-01-01T08:00:00+08:00", "2024-01-01T01:00:00Z", "2024-01-01T03:00:00+01:00"], zone="Asia/Tokyo"
    )
    assert times == [utc(2024, 1, 1, hour) for hour in range(3)]
    assert records.findings == ()


def test_stamps_without_offset_among_others_get_the_sheets_timezone(
    times_of: TimesOf,
) -> None:
    times, _, records = times_of(["2024-01-01T00:00:00Z", "2024-01-01T10:00:00"], zone="Asia/Tokyo")
    assert times == [utc(2024, 1, 1, 0), utc(2024, 1, 1, 1)]
    assert records.findings[0].text == (
        "stamps of x.csv come with an offset (1) and without (1): the latter were read in the sheet's timezone Asia/Tokyo"
    )


def test_header_that_speaks_of_another_offset(times_of: TimesOf) -> None:
    stamps = ["2024-01-01 00:00", "2024-01-01 01:00"]
    _, _, wrong = times_of(stamps, zone="Europe/Berlin", name="Local Time (Timezone : GMT+8h)")
    assert [f.code for f in wrong.findings] == ["L110"]
    _, _, right = times_of(stamps, zone="Asia/Singapore", name="Local Time (Timezone : GMT+8h)")
    assert right.findings == ()
    _, _, universal = times_of(stamps, zone="Asia/Singapore", name="time_utc")
    assert [f.code for f in universal.findings] == ["L110"]


def test_unsorted_rows_are_said(times_of: TimesOf) -> None:
    hours = [0, 1, 5, 2, 3, 4]
    _, _, records = times_of([f"2024-01-01 {hour:02d}:00" for hour in hours])
    assert records.findings[0].text == "rows of x.csv are not in time order (1 step back): they were sorted"
    _, _, newest_first = times_of([f"2024-01-01 {hour:02d}:00" for hour in range(9, 0, -1)])
    assert newest_first.findings == ()


QUARTERS = [datetime(2024, 10, 26, 23, tzinfo=UTC) + timedelta(minutes=15 * i) for i in range(17)]  # 01:00 CEST to 04:00 CET


def local(moments: list[datetime], zone: str = "Europe/Berlin") -> list[str]:
    return [m.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") for m in moments]


@pytest.mark.parametrize("is_reversed", [False, True])
def test_repeated_hour_by_order(is_reversed: bool, times_of: TimesOf) -> None:
    moments = QUARTERS[::-1] if is_reversed else QUARTERS
    times, reasons, records = times_of(local(moments), zone="Europe/Berlin")
    assert times == moments
    assert set(reasons) == {None}
    assert records.findings[0].text == (
        "8 rows of x.csv at times that Europe/Berlin repeats in autumn told apart by their order: first summer, then winter"
    )


def test_repeated_hour_sorted_by_local_time(times_of: TimesOf) -> None:
    times, _, _ = times_of(sorted(local(QUARTERS)), zone="Europe/Berlin")
    assert sorted(t for t in times if t) == QUARTERS


def test_shuffled_rows_do_not_tell_the_passes_apart(times_of: TimesOf) -> None:
    stamps = local(QUARTERS)
    shuffled = [stamps[7 * i % len(stamps)] for i in range(len(stamps))]
    _, reasons, records = times_of(shuffled, zone="Europe/Berlin")
    assert reasons.count("time repeated by the clock change") == 8
    assert {"L105", "L109"} <= {f.code for f in records.findings}


def test_hour_that_stands_once_cannot_be_told(times_of: TimesOf) -> None:
    stamps = ["2024-10-27 01:00", "2024-10-27 02:00", "2024-10-27 03:00"]
    times, reasons, records = times_of(stamps, zone="Europe/Berlin")
    assert reasons == [None, "time repeated by the clock change", None]
    assert times[1] is None
    assert [f.code for f in records.findings] == ["L109"]


def test_skipped_hour_is_set_aside(times_of: TimesOf) -> None:
    times, reasons, records = times_of(["2024-03-31 01:30", "2024-03-31 02:30", "2024-03-31 03:30"], zone="Europe/Berlin")
    assert reasons == [None, "time skipped by the clock change", None]
    assert times == [utc(2024, 3, 31, 0, 30), None, utc(2024, 3, 31, 1, 30)]
    assert [f.code for f in records.findings] == ["L107"]


def test_long_source_is_told_apart_tag_by_tag(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    lines = [f"{tag},{stamp},1" for tag in "AY" for stamp in local(QUARTERS)]
    # B has two readings in that hour, which alone say nothing; between the rows of A and Y nothing is told either
    text = "tag,time,value\n" + "\n".join([*lines, "B,2024-10-27 02:10,1"]) + "\n"
    rows = collected(read_records(small_sheet(zone="Europe/Berlin"), csv_of(text)))
    for tag in "AY":
        assert rows.filter(pl.col("tag") == tag)["time"].to_list() == QUARTERS
    assert rows.filter(pl.col("tag") == "B")["reason"].to_list() == ["time repeated by the clock change"]


def test_interleaved_tags_help_each_other(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    lines = []
    for i, stamp in enumerate(local(QUARTERS)):
        lines += [f"A,{stamp},1", f"Y,{stamp},1"] + (["B," + stamp + ",1"] if i == 10 else [])  # B once, in the second pass
    rows = collected(read_records(small_sheet(zone="Europe/Berlin"), csv_of("tag,time,value\n" + "\n".join(lines) + "\n")))
    assert rows.filter(pl.col("tag") == "B")["time"].to_list() == [QUARTERS[10]]


@settings(max_examples=40, deadline=None)
@given(
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Shanghai"]),
    year=st.integers(1992, 2035),
)
def test_changes_are_where_the_offset_changes(zone: str, year: int) -> None:
    tz = ZoneInfo(zone)
    for change in changes_between(zone, datetime(year, 1, 1), datetime(year, 12, 31)):  # noqa: DTZ001
        before = (change.start - timedelta(seconds=1)).replace(tzinfo=tz)
        after = change.end.replace(tzinfo=tz)
        assert (before.utcoffset(), after.utcoffset()) == (change.before, change.after)
        assert change.end - change.start == abs(change.after - change.before)


def test_typed_times_of_parquet(small_sheet: Callable[..., Sheet], tmp_path: Path) -> None:
    sheet = small_sheet(zone="Europe/Berlin")
    for dtype in (pl.Datetime("ms"), pl.Datetime("ns"), pl.Datetime("us", "Europe/Berlin"), pl.Datetime("us", "Etc/GMT-1")):
        naive = pl.Series("time", [datetime(2024, 1, 1)]).cast(pl.Datetime(dtype.time_unit))  # noqa: DTZ001
        column = naive if dtype.time_zone is None else naive.dt.replace_time_zone(dtype.time_zone)
        pl.DataFrame({"time": column, "A": [1], "B": [2], "Y": [3]}).write_parquet(tmp_path / "x.parquet")
        assert read_records(sheet, tmp_path / "x.parquet").frame.collect()["time"].unique().to_list() == [utc(2023, 12, 31, 23)]


def test_excel_days_and_epochs_of_parquet(small_sheet: Callable[..., Sheet], tmp_path: Path) -> None:
    for number in (45325.25, 1706940000, 1706940000000):
        pl.DataFrame({"time": [number], "A": [1], "B": [2], "Y": [3]}).write_parquet(tmp_path / "x.parquet")
        assert read_records(small_sheet(), tmp_path / "x.parquet").frame.collect()["time"].unique().to_list() == [
            utc(2024, 2, 3, 6)
        ]


@pytest.mark.parametrize(
    ("order", "is_said"),
    [
        ([(tag, hour) for tag in "ABY" for hour in range(4)], False),  # tag after tag
        ([(tag, hour) for hour in range(4) for tag in "ABY"], False),  # moment after moment
        ([(tag, hour) for tag in "ABY" for hour in (0, 2, 1, 3)], True),
        ([(tag, hour) for hour in (0, 2, 1, 3) for tag in "ABY"], True),
    ],
)
def test_order_of_a_long_source(
    order: list[tuple[str, int]],
    is_said: bool,
    small_sheet: Callable[..., Sheet],
    csv_of: Callable[..., Path],
    codes: Callable[[Records], list[str]],
) -> None:
    text = "tag,time,value\n" + "".join(f"{tag},2024-01-01 {hour:02d}:00,1\n" for tag, hour in order)
    assert codes(read_records(small_sheet(), csv_of(text))) == (["L105"] if is_said else [])
