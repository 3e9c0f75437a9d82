"""Long, wide, pairs and batches told apart; tags found with and without their unit."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path

import polars as pl
import pytest

from workbench.errors import InputError
from workbench.loaders import list_new, list_tags, read_records
from workbench.loaders.read import read_assembled, read_table
from workbench.loaders.source import read_source_file
from workbench.loaders.wanted import Request
from workbench.plant import Sheet
from workbench.records import Records

Collected = Callable[[Records], pl.DataFrame]
LONG = "A,{0},1\nB,{0},2\nY,{0},3\n"


@pytest.mark.parametrize(
    "names", ["tag,time,value", "TagName,Time Stamp,Value", "Point Name,DateTime,Reading", "What,When,Quantity", "nodeId,t,v"]
)
def test_long_by_name_or_content(
    names: str, small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    rows = collected(read_records(small_sheet(), csv_of(names + "\n" + LONG.format("2024-01-01 00:00"))))
    assert rows.select("tag", "value").rows() == [("A", 1.0), ("B", 2.0), ("Y", 3.0)]


@pytest.mark.parametrize("names", ["Kanal;Zeit;Messwerte", "Messgröße;Zeitstempel;Wert", "名称;时间;测量值"])
def test_a_list_is_told_by_its_names_before_there_is_a_sheet(names: str, csv_of: Callable[..., Path]) -> None:
    text = names + "\n" + LONG.format("2024-01-01 00:00").replace(",", ";")
    assert list_tags(csv_of(text))["tag"].to_list() == ["A", "B", "Y"]


def test_wide_source_with_columns_named_like_a_long_one(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    rows = collected(read_records(small_sheet(), csv_of("time,name,value,A,B,Y\n2024-01-01,line 1,9,1,2,3\n")))
    assert rows["value"].to_list() == [1.0, 2.0, 3.0]


def test_pairs_of_unequal_length(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected) -> None:
    text = (
        "Timestamp,A,Timestamp,B,Timestamp,Y\n2024-01-01 00:00,1,2024-01-01 00:07,2,2024-01-01 00:30,3\n"
        "2024-01-01 01:00,4,2024-01-01 01:07,5,,\n"
    )
    records = read_records(small_sheet(), csv_of(text))
    rows = collected(records)
    assert rows.select("tag", pl.col("time").dt.strftime("%H:%M"), "value").rows() == [
        ("A", "00:00", 1.0), ("A", "01:00", 4.0), ("B", "00:07", 2.0), ("B", "01:07", 5.0), ("Y", "00:30", 3.0),
    ]  # fmt: skip
    assert records.rows_elsewhere.set_aside == {"empty cell": 1}


@pytest.mark.parametrize("tag", ["Building Load", "Building Load (RT)"])
@pytest.mark.parametrize("header", ["Building Load (RT)", "Building Load [RT]", "Building Load, RT", "Building Load"])
def test_tags_with_and_without_unit(
    tag: str, header: str, small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    sheet = small_sheet(b=f"}}\n  load: {{tag: {tag}, unit: kW")
    rows = collected(read_records(sheet, csv_of(f'time,A,B,Y,"{header}"\n2024-01-01,1,2,3,10\n')))
    # 1 refrigeration ton = 12,000 BTU/h = 3.51685 kW
    expected = 10.0 if header == "Building Load" and "(RT)" not in tag else pytest.approx(35.1685, rel=1e-4)
    if header == "Building Load" and "(RT)" in tag:
        expected = 10.0  # the source says no unit: its values are the sheet's
    assert rows.filter(pl.col("tag") == tag)["value"].to_list() == [expected]


def test_unit_of_another_dimension_is_a_finding(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    records = read_records(small_sheet(b=", unit: kW"), csv_of("time,A,B (kWh),Y\n2024-01-01,1,2,3\n"))
    finding = records.findings[0]
    assert (finding.code, finding.tag) == ("L111", "B")
    assert finding.text == (
        "the unit of 'B' in x.csv does not fit conditions.b: 'kWh' cannot become 'kW': one measures energy, the other power; "
        "the values were taken as they are: correct the unit in the sheet or in the source"
    )
    assert collected(records)["value"].to_list() == [1.0, 2.0, 3.0]


def test_long_source_with_two_units_for_a_tag(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    text = "tag,time,value,unit\nA,2024-01-01,1,\nB,2024-01-01,2,kW\nB,2024-01-02,3,MW\nY,2024-01-01,3,\n"
    records = read_records(small_sheet(b=", unit: kW"), csv_of(text))
    assert collected(records).filter(pl.col("tag") == "B")["value"].to_list() == [2.0, 3000.0]
    assert [f.code for f in records.findings] == ["L112"]


def test_a_measured_tag_is_missed_like_any_other(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match=r"tag 'A\.PV' \(settings\.a\.measured\) not found in x\.csv"):
        read_records(small_sheet(a=", measured: A.PV"), csv_of("time,A,B,Y\n2024-01-01,1,2,3\n"))


def test_date_and_time_in_two_columns(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], tmp_path: Path) -> None:
    stamp = datetime(2024, 1, 31, 13, 5, tzinfo=UTC)
    text = csv_of("Date,Time,A,B,Y\n31.01.2024,13:05,1,2,3\n")
    typed = tmp_path / "x.parquet"
    pl.DataFrame({"Date": [date(2024, 1, 31)], "Time": [time(13, 5)], "A": [1], "B": [2], "Y": [3]}).write_parquet(typed)
    import xlsxwriter

    book = xlsxwriter.Workbook(str(tmp_path / "x.xlsx"))
    page = book.add_worksheet()
    page.write_row(0, 0, ["Date", "Time", "A", "B", "Y"])
    page.write_datetime(1, 0, date(2024, 1, 31), book.add_format({"num_format": "dd.mm.yyyy"}))
    page.write_datetime(1, 1, time(13, 5), book.add_format({"num_format": "hh:mm"}))
    page.write_row(1, 2, [1, 2, 3])
    book.close()
    for source in (text, typed, tmp_path / "x.xlsx"):
        assert read_records(small_sheet(), source).frame.collect()["time"].unique().to_list() == [stamp]


def test_known_at_column_counts_before_known_after(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    text = (
        "tag,time,value,known_at\nA,2024-01-01 00:00,1,\nB,2024-01-01 00:00,1,\n"
        "Y,2024-01-01 00:00,1,2024-01-01 09:00\nY,2024-01-01 01:00,2,\n"
    )
    rows = collected(read_records(small_sheet(y=", known_after: 2h"), csv_of(text))).filter(pl.col("tag") == "Y")
    assert rows["known_at"].dt.hour().to_list() == [9, 3]


def test_batches(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected) -> None:
    sheet = small_sheet(grain="batch: run")
    records = read_records(sheet, csv_of("run,A,B,Y\nb1,1,2,3\nb2,,x,4\n,1,2,3\n"))
    rows = collected(records)
    assert rows.select("tag", "batch", "value", "reason").rows() == [
        ("A", "b1", 1.0, None), ("A", "b2", None, "no value"), ("A", None, 1.0, "no batch"),
        ("B", "b1", 2.0, None), ("B", "b2", None, "text state"), ("B", None, 2.0, "no batch"),
        ("Y", "b1", 3.0, None), ("Y", "b2", 4.0, None), ("Y", None, 3.0, "no batch"),
    ]  # fmt: skip
    assert rows["time"].null_count() == rows["known_at"].null_count() == 9


def test_batches_with_a_clock(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected) -> None:
    sheet = small_sheet(grain="batch: run")
    source = csv_of("run,date,A,B,Y\n1,2024-01-01,1,2,3\n2,2024-01-02,1,2,3\n")
    rows = collected(read_records(sheet, source, as_of=datetime(2024, 1, 1, 12, tzinfo=UTC)))
    assert rows.filter(pl.col("tag") == "A").select("batch", "reason").rows() == [("1", None), ("2", "not yet known")]
    assert list_tags(source, sheet)["tag"].to_list() == ["A", "B", "Y"]


def test_a_row_that_nobody_had_seen_yet_was_not_faulty(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]) -> None:
    known = "".join(f"{n},2024-01-01 0{n}:00,1,2,3\n" for n in range(9))
    source = csv_of(f"run,date,A,B,Y\n{known},2024-01-02 00:00,1,2,3\n10,2024-01-03 00:00,1,2,3,4\n")
    records = read_records(small_sheet(grain="batch: run"), source, as_of=datetime(2024, 1, 1, 12, tzinfo=UTC))
    assert records.frame.collect().filter(pl.col("row") >= 9)["reason"].to_list() == ["not yet known"] * 6


def test_batch_column_must_exist(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match=r"the batch column 'run' is not in x.csv \(did you mean 'runs'\?\)"):
        read_records(small_sheet(grain="batch: run"), csv_of("runs,A,B,Y\n1,1,2,3\n"))


def test_batches_without_a_clock_cannot_be_held_back(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]) -> None:
    source, sheet = csv_of("run,A,B,Y\n1,1,2,3\n"), small_sheet(grain="batch: run")
    said = "known by a date: x.csv has no column with their time: call it 'time', or ask without a date"
    with pytest.raises(InputError, match=said):
        read_records(sheet, source, as_of=datetime(2024, 1, 1, tzinfo=UTC))
    assert read_records(sheet, source).findings == ()


@pytest.mark.parametrize("name", ["Start", "Begin", "Started", "Opened", "Beginn"])
@pytest.mark.parametrize("stamp", ["2024-01-0{} 14:00", "0{}.01.2024 14:00", "2024-01-0{}T14:00:00Z"])
def test_the_only_stamps_of_batches_are_their_time(
    name: str, stamp: str, small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    rows = "".join(f"{n},{stamp.format(n)},2023-06-01,1,2,3\n" for n in (1, 2))
    source, sheet = csv_of(f"run,{name},Ordered,A,B,Y\n{rows}"), small_sheet(grain="batch: run")
    seen = collected(read_records(sheet, source, as_of=datetime(2024, 1, 1, 14, tzinfo=UTC)))
    assert seen.filter(pl.col("tag") == "A")["time"].dt.hour().to_list() == [14, 14]
    if not stamp.startswith("0"):  # no date tells day from month
        assert seen.filter(pl.col("tag") == "A")["reason"].to_list() == [None, "not yet known"]
    assert list_tags(source, sheet)["tag"].to_list() == ["Ordered", "A", "B", "Y"]


def test_stamps_that_are_a_variable_are_not_the_time(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]) -> None:
    sheet = small_sheet(grain="batch: run", b=", choices: ['2024-01-01 14:00', '2024-01-02 14:00']")
    records = read_records(sheet, csv_of("run,A,B,Y\n1,1,2024-01-01 14:00,3\n2,1,2024-01-02 14:00,3\n"))
    assert records.frame.collect()["time"].null_count() == 6


@pytest.mark.parametrize("header", ["Begin,End", "Ende,Beginn", "end,start", "结束,开始"])
def test_where_a_batch_has_a_begin_and_an_end_the_begin_is_its_time(
    header: str, small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    """A trial counts a batch in the block in which it starts."""
    cells = "2024-01-01 14:00,2024-01-01 15:00" if header[0] == "B" else "2024-01-01 15:00,2024-01-01 14:00"
    records = read_records(small_sheet(grain="batch: run"), csv_of(f"run,{header},A,B,Y\n1,{cells},1,2,3\n"))
    assert records.findings == ()
    assert collected(records)["time"].dt.hour().to_list() == [14, 14, 14]


@pytest.mark.parametrize(
    ("header", "cells", "among"),
    [
        ("Opened,Closed", "2024-01-01 14:00,2024-01-01 15:00", "it is one of 'Opened', 'Closed'"),
        ("Ordered", "2024-01-01", "it is 'Ordered'"),
    ],
)
def test_columns_that_may_be_the_time_of_batches_are_named(
    header: str, cells: str, among: str, small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]
) -> None:
    source, sheet = csv_of(f"run,{header},A,B,Y\n1,{cells},1,2,3\n"), small_sheet(grain="batch: run")
    records = read_records(sheet, source)
    said = f"no column of x.csv is plainly the time of the batches: call it 'time' there, if {among}"
    assert [(f.code, f.text) for f in records.findings] == [("L115", said)]
    assert records.frame.collect()["time"].null_count() == 3
    with pytest.raises(InputError, match=f"the batches carry no time, so .*: {said}"):
        read_records(sheet, source, as_of=datetime(2024, 1, 1, tzinfo=UTC))


def test_share_of_a_state_reads_words(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    sheet = small_sheet(b=', aggregate: "share: RUN"')
    rows = collected(read_records(sheet, csv_of("time,A,B,Y\n2024-01-01 00:00,1,RUN,3\n2024-01-01 01:00,1,STOP,3\n")))
    assert rows.filter(pl.col("tag") == "B").select("text", "reason").rows() == [("RUN", None), ("STOP", None)]


def test_first_sheet_with_data_of_a_workbook(small_sheet: Callable[..., Sheet], tmp_path: Path, collected: Collected) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(tmp_path / "x.xlsx"))
    book.add_worksheet("Cover")
    for name, value in (("January", 1), ("February", 2)):
        page = book.add_worksheet(name)
        page.write_row(0, 0, ["time", "A", "B", "Y"])
        page.write_row(1, 0, ["2024-01-01 00:00", value, 2 / 3e8, "n/a"])
        page.write_row(2, 0, ["2024-01-01 01:00", value, "Shutdown", 3])
    book.close()
    records = read_records(small_sheet(), tmp_path / "x.xlsx")
    said = "x.xlsx has 2 sheets with data; 'January', the first, was read, not 'February'"
    assert [f.text for f in records.findings if f.code == "L102"] == [said]
    # the column mixes numbers and words and keeps all digits
    assert collected(records)["value"].to_list() == [1.0, 1.0, pytest.approx(2 / 3e8, rel=1e-12), None, 3.0]


def test_parquet_with_a_column_called_row_and_words_as_categories(
    small_sheet: Callable[..., Sheet], tmp_path: Path, collected: Collected
) -> None:
    frame = pl.DataFrame(
        {"row": [7, 8, 9], "tag": ["Y", "B (kW)", "A"], "time": ["2024-01-01"] * 3, "value": [3.0, 2.0, 1.0]}
    ).with_columns(pl.col("tag").cast(pl.Categorical))
    frame.write_parquet(tmp_path / "x.parquet")
    records = read_records(small_sheet(b=", unit: W"), tmp_path / "x.parquet")
    assert collected(records).select("tag", "row", "value").rows() == [("A", 2, 1.0), ("B", 1, 2000.0), ("Y", 0, 3.0)]
    assert records.frame.filter(pl.col("tag").is_in(["B"])).collect()["value"].to_list() == [2000.0]


def test_each_tag_of_a_wide_text_looks_at_its_own_columns(csv_of: Callable[..., Path]) -> None:
    """A frame of all columns in the plan of each tag takes memory by the square of their number."""
    many = 300
    names = ",".join(f"X{i}" for i in range(many))
    file = read_source_file(csv_of(f"time,{names}\n2024-01-01 00:00,{','.join(['1'] * many)}\n"))
    plan = read_assembled(read_table(file), Request(None)).frame.explain(optimized=False)
    widths = [int(width) for width in re.findall(r"PROJECT \S+?/(\d+) COLUMNS", plan)]
    assert len(widths) == many
    assert max(widths) < 10


WORDY = "lot,A,B,Y,shift\n" + "".join(f"L{n},{20 + n},steel,{80 + n}.5,early\n" for n in range(6)) + "L6,26,,86.5,\n"


def test_rows_of_mostly_words_are_data(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Collected
) -> None:
    """Two numbers of five cells in all rows but the last, whose blanks make them half: nothing above it is a header's."""
    sheet = small_sheet(grain="batch: lot", b=", choices: [steel, brass]")
    rows = collected(read_records(sheet, csv_of(WORDY))).filter(pl.col("tag") == "Y")
    assert rows["value"].to_list() == [80.5, 81.5, 82.5, 83.5, 84.5, 85.5, 86.5]


def test_a_header_keeps_a_name_that_is_a_number(csv_of: Callable[..., Path]) -> None:
    tags = list_tags(csv_of("time,flow,heat,101\n,m3/h,kW,degC\n2024-01-01 00:00,1,2,3\n2024-01-01 01:00,1,2,3\n"))
    assert tags["tag"].to_list() == ["flow", "heat", "101"]
    assert tags["unit"].to_list() == ["m3/h", "kW", "degC"]


@pytest.mark.parametrize(
    ("text", "batch"),
    [
        (WORDY, "lot"),
        ("yield,number,mould\n38.25,1,a\n42.5,2,b\n40.5,3,a\n", "number"),
        ("time,A,Y\n2024-01-01,1,2\n2024-01-02,2,3\n", None),
    ],
)
def test_a_source_without_stamps_names_its_batches(text: str, batch: str | None, csv_of: Callable[..., Path]) -> None:
    tags, found = list_new(csv_of(text))
    assert found == batch
    assert batch not in tags["tag"].to_list()


@pytest.mark.parametrize("text", ["run,A\n1,2.5\n1,3.5\n", "A,Y\n1.5,2.5\n2.5,3.5\n", "run,A\n1,2.5\n,3.5\n"])
def test_neither_stamps_nor_names_of_batches_is_said(text: str, csv_of: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match=r"no time column.*; no column has a word or a whole number of its own in each row"):
        list_new(csv_of(text))


@pytest.mark.parametrize("unit", ["pcs", "Stk", "件"])
def test_pieces_may_be_plain_numbers(unit: str, small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]) -> None:
    sheet = small_sheet(b=", unit: '1'")
    assert read_records(sheet, csv_of(f"time,A,B ({unit}),Y\n2024-01-01 00:00,1,2,3\n")).findings == ()
    [finding] = read_records(sheet, csv_of(f"time,A,B ({unit}/h),Y\n2024-01-01 00:00,1,2,3\n")).findings
    assert finding.code == "L111"
