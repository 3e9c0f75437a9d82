"""Points in files of decimal commas: thousands where their column proves it, decimals where it does, else set aside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.loaders import list_tags, read_records
from workbench.loaders.cells import number_of_text
from workbench.loaders.point_marks import EITHER
from workbench.loaders.table import NumberStyle
from workbench.plant import Sheet

PLACE = "in column 'B' of x.csv such as '20.000'"
ASSUMED = (
    "were read with the point as a thousands mark, since the file writes decimals with a comma: "
    "export numbers without thousands marks"
)
ASIDE = (
    "set aside: the file writes decimals with a comma, and nothing tells whether this point parts thousands: "
    "export numbers without thousands marks"
)


@pytest.mark.parametrize(
    ("cells", "others", "values", "said"),
    [
        # proved by the column itself
        (["20.000", "950", "19.500,5"], "1,5", [20_000.0, 950.0, 19_500.5], None),
        (["20.000", "0,5"], "1,5", [20_000.0, 0.5], None),
        (["1.234.567", "20.000", "-20.001"], "1,5", [1_234_567.0, 20_000.0, -20_001.0], None),
        # by another column of the file
        (["20.000", "21.000"], "1.234,5", [20_000.0, 21_000.0], None),
        # decimals behind points are what they were, whatever the rest of the file has
        (["20.001", "0.950", "19.5"], "1,5", [20.001, 0.95, 19.5], None),
        (["19.5", "20.25"], "1.234,5", [19.5, 20.25], None),
        (["20.125", "0.000"], "1.234,5", [20.125, 0.0], None),
        # consistent, though nothing proves it: said
        (["20.000", "21.000", "950"], "1,5", [20_000.0, 21_000.0, 950.0], f"2 numbers {PLACE} {ASSUMED}"),
        # neither
        (["20.000", "1500"], "1,5", [None, 1500.0], f"1 number {PLACE} {ASIDE}"),
        (["20.000", "19.5", "1,5"], "1,5", [None, 19.5, 1.5], f"1 number {PLACE} {ASIDE}"),
        (["20.000", "1500,5"], "1.234,5", [None, 1500.5], f"1 number {PLACE} {ASIDE}"),
    ],
)  # fmt: skip
def test_points_in_a_file_of_decimal_commas(
    cells: list[str],
    others: str,
    values: list[float | None],
    said: str | None,
    small_sheet: Callable[..., Sheet],
    csv_of: Callable[..., Path],
) -> None:
    rows = "".join(f"2024-01-01 {i:02d}:00;{others};{cell};2,5\n" for i, cell in enumerate(cells))
    records = read_records(small_sheet(), csv_of("time;A;B;Y\n" + rows))
    read = records.frame.filter(pl.col("tag") == "B").collect().sort("row")
    assert read["value"].to_list() == values
    assert read["reason"].to_list() == [None if value is not None else "text state" for value in values]
    assert [f.text for f in records.findings if f.code == "L117"] == ([] if said is None else [said])
    assert records.frame.collect().height == (len(cells) * 3)


def test_points_of_a_column_that_writes_decimals_make_others_unclear(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Callable[..., pl.DataFrame]
) -> None:
    """A file of both marks: 20.125 beside 19.5 of another column may be twenty."""
    records = read_records(small_sheet(), csv_of("time;A;B;Y\n2024-01-01;1,5;20.125;1,5\n2024-01-02;1,5;20.250;1,5\n"))
    assert collected(records).filter(pl.col("tag") == "B")["value"].to_list() == [20_125.0, 20_250.0]
    mixed = "time;A;B;Y\n2024-01-01;1,5;20.125;19.5\n2024-01-02;1,5;20.250;18.5\n2024-01-03;1,5;20;17\n"
    records = read_records(small_sheet(), csv_of(mixed))
    assert collected(records).filter(pl.col("tag") == "B")["value"].to_list() == [None, None, 20.0]
    assert [f.code for f in records.findings] == ["L117", "L114"]


def test_decimal_commas_in_a_source_of_points_are_told_as_such(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]
) -> None:
    days = [f"2023-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
    rows = "".join(f"{day};A;19.5\n{day};B;{k}.5\n{day};Y;1.5\n" for k, day in enumerate(days))
    text = f"time;tag;value\n{rows}2024-02-01;B;3,5\n2024-02-02;B;1.234,5\n2024-02-03;A;off\n"
    said = {f.tag: f.text for f in read_records(small_sheet(), csv_of(text)).findings if f.code == "L114"}
    hint = "they look like numbers with a decimal comma, but this source has a decimal point: export all with the same mark"
    assert said["B"].endswith(f"; {hint}")
    assert said["A"].endswith("'off' 1")


def test_long_values_of_both_marks_are_set_aside(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Callable[..., pl.DataFrame]
) -> None:
    text = "time;tag;value\n2024-01-01;A;1,5\n2024-01-01;B;20.000\n2024-01-01;Y;3,5\n2024-01-02;Y;19.5\n2024-01-02;X;1.234,5\n"
    records = read_records(small_sheet(), csv_of(text))
    assert collected(records)["value"].to_list() == [1.5, None, 3.5, 19.5]
    assert [f.text for f in records.findings if f.code == "L117"] == [
        f"1 number in column 'value' of x.csv such as '20.000' {ASIDE}"
    ]


def test_a_file_of_decimal_points_is_as_it_was(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], collected: Callable[..., pl.DataFrame]
) -> None:
    records = read_records(small_sheet(), csv_of("time;A;B;Y\n2024-01-01;1.5;20.000;3.5\n2024-01-02;1.5;20.125;3.5\n"))
    assert collected(records).filter(pl.col("tag") == "B")["value"].to_list() == [20.0, 20.125]
    assert records.findings == ()


def test_true_numbers_of_a_workbook_keep_their_points(
    small_sheet: Callable[..., Sheet], tmp_path: Path, collected: Callable[..., pl.DataFrame]
) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(tmp_path / "x.xlsx"))
    page = book.add_worksheet()
    rows = [["time", "A", "B", "Y"], ["2024-01-01 00:00", "1.234,5", 20.5, 3], ["2024-01-01 01:00", "1,5", 20.125, 3]]
    rows += [["2024-01-01 02:00", "1,5", "2,5", 3]]
    for i, row in enumerate(rows):
        page.write_row(i, 0, row)
    book.close()
    read = collected(read_records(small_sheet(), tmp_path / "x.xlsx"))
    assert read.filter(pl.col("tag") == "A")["value"].to_list() == [1234.5, 1.5, 1.5]
    assert read.filter(pl.col("tag") == "B")["value"].to_list() == [20.5, 20.125, 2.5]


def test_a_list_of_tags_reads_alike(csv_of: Callable[..., Path]) -> None:
    listed = list_tags(csv_of("time;A;B\n2024-01-01;1,5;20.000\n2024-01-02;1,5;950,5\n"))
    assert listed.filter(pl.col("tag") == "B").select("min", "max").row(0) == (950.5, 20_000.0)


@given(st.integers(-999_999_999, 999_999_999), st.integers(0, 999))
def test_what_is_written_with_marks_is_read_back(whole: int, thousandths: int) -> None:
    grouped = f"{whole:,}".replace(",", ".")
    text = pl.DataFrame({"text": [f"{grouped},{thousandths:03d}", grouped]})
    sign = -1 if grouped.startswith("-") else 1
    exact = float(f"{whole}.{thousandths:03d}")
    for thousands in (None, ".", EITHER):
        first, second = text.select(number_of_text(pl.col("text"), NumberStyle(",", thousands))).to_series().to_list()
        assert first == exact
        if thousands == "." or abs(whole) >= 1_000_000 or abs(whole) < 1000:
            assert second == whole
        elif thousands is None:
            assert second == sign * float(grouped.lstrip("-"))
        else:
            assert second is None


def doubt(place: str, example: str = "20.000", many: str = "2 numbers", was: str = "were") -> str:
    small, large = f"{float(example):g}", example.replace(".", "")
    return (
        f"{many} in {place} such as '{example}' {was} read with a decimal point, as {small}, though nothing tells that it does"
        f" not mean {large}: export numbers without thousands marks"
    )


def workbook_of(folder: Path, rows: list[list[object]]) -> Path:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(folder / "x.xlsx"))
    page = book.add_worksheet()
    for i, row in enumerate(rows):
        page.write_row(i, 0, row)
    book.close()
    return folder / "x.xlsx"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["20.000", "21.500", "bad"], "2 numbers"),  # texts alone
        (["20.000", "21.500", 18_500, 19_250.5], "2 numbers"),  # among true numbers a thousand times larger
        (["20.000", "21.500", "19.500,5"], "2 numbers"),  # beside a text with a decimal comma
        (["20.000", 19.5, 18], None),  # among true numbers of its size
        (["20.000", "19.875", "0.950"], None),  # what begins with 0 has decimals
        ([20.125, 20.5, "bad"], None),  # true numbers beside a word
    ],
)
def test_texts_of_a_workbook_that_may_be_thousands_are_told(
    cells: list[object], said: str | None, small_sheet: Callable[..., Sheet], tmp_path: Path
) -> None:
    wide = [["time", "A", "B", "Y"], *([f"2024-01-01 {i:02d}:00", 1.5, cell, 2] for i, cell in enumerate(cells))]
    found = read_records(small_sheet(), workbook_of(tmp_path, wide)).findings
    assert [f.text for f in found if f.code == "L117"] == ([doubt("column 'B' of x.xlsx", many=said)] if said else [])
    long = [["time", "tag", "value"], *([row[0], tag, row[i]] for row in wide[1:] for i, tag in enumerate("ABY", 1))]
    found = read_records(small_sheet(), workbook_of(tmp_path, long)).findings
    assert [f.text for f in found if f.code == "L117"] == ([doubt("tag 'B' of x.xlsx", many=said)] if said else [])


def test_a_text_file_without_any_other_decimals_is_told(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]) -> None:
    head = "time;A;B;Y\n"
    found = read_records(small_sheet(), csv_of(f"{head}2024-01-01;1;20.000;950\n2024-01-02;2;21.500;980\n")).findings
    assert [f.text for f in found] == [doubt("column 'B' of x.csv")]
    for proof in ("1.5;20.000;950", '1;20.000;"1,234.5"', "1;20.000;0.950", "1;20.000;950\n2024-01-03;2;19;950"):
        assert read_records(small_sheet(), csv_of(f"{head}2024-01-01;{proof}\n")).findings == ()
