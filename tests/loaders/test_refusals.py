"""Sources that cannot be read as meant: one clear sentence each."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import workbench.loaders.read
from workbench.errors import InputError
from workbench.loaders import list_tags, read_records
from workbench.loaders.source import SourceFile
from workbench.plant import Sheet

ROW = "2024-01-01 00:00,1,2,3\n"


def refusal(sheet: Sheet, source: str | Path | None) -> str:
    with pytest.raises(InputError) as caught:
        read_records(sheet, source)
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.fixture
def sheet(small_sheet: Callable[..., Sheet]) -> Sheet:
    return small_sheet()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "x.csv is empty: nothing to read"),
        ("  \n\n", "x.csv is empty: nothing to read"),
        ("time,A,B,Y\n", "x.csv has a header but no rows of data below it"),
        (
            "time A B Y\n2024-01-01 1 2 3\n",
            "only one column was found in x.csv: separate the columns by a comma, semicolon, tab or |",
        ),
        (ROW + ROW, "the first row of x.csv holds data, not names: add a header row with the time column and the tags"),
        (
            "n,A,B,Y\n1,1,2,3\n",
            "x.csv has no time column: call it 'time', or give the sheet `batch: COLUMN` where a row is a batch",
        ),
        (
            "time,A,B,Y\n2,1,2,3\n4,1,2,3\n",
            "column 'time' of x.csv holds no stamps that can be read (such as '2'): write them like 2024-03-31 14:05, "
            "or give the sheet `batch: COLUMN` where a row is a batch",
        ),
        (
            "time,A,BB,Y\n" + ROW,
            "tag 'B' (conditions.b) not found in x.csv (did you mean 'BB'?): "
            "name a tag of the source in line.yaml, or read a source that has it",
        ),
        (
            "time,tag,value\n2024-01-01,A,1\n",
            "tag 'B' (conditions.b) and 1 more not found in x.csv: "
            "name a tag of the source in line.yaml, or read a source that has it",
        ),
        ("time,A,B,Y,A\n2024-01-01,1,2,3,4\n", "column 'A' stands 2 times in the header of x.csv: give each its own name"),
        (
            "time,A,B [kW],B [MW],Y\n2024-01-01,1,2,3,4\n",
            "tag 'B' (conditions.b) fits 'B [kW]' and 'B [MW]' in x.csv: write the tag as the source does",
        ),
        (
            "time,A,B,Y\n2024-01-01 00:00,1,5,2,3,0\n2024-01-01 01:00,1,5,2,3,1\n",
            "2 of the first 2 rows of x.csv have more cells than its header (6 against 4): "
            "quote numbers with a decimal comma, or separate the columns by semicolons",
        ),
    ],
)
def test_text_that_cannot_be_read(text: str, sentence: str, sheet: Sheet, csv_of: Callable[..., Path]) -> None:
    assert refusal(sheet, csv_of(text)) == sentence


def test_missing_file_names_its_neighbour(sheet: Sheet, csv_of: Callable[..., Path]) -> None:
    path = csv_of("x", "history.csv")
    wrong = path.with_name("histroy.csv")
    assert refusal(sheet, wrong) == f"{wrong} does not exist (did you mean 'history.csv'?): name a csv, parquet or xlsx file"


def test_folder(sheet: Sheet, tmp_path: Path) -> None:
    assert refusal(sheet, tmp_path) == (
        f"{tmp_path} is a folder: name one csv, parquet or xlsx file in it; records of several files go into one, as rows of"
        " time, tag and value"
    )


def test_not_allowed(sheet: Sheet, csv_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = csv_of("time,A,B,Y\n" + ROW)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert refusal(sheet, path) == f"{path} may not be read by this account: ask for permission to read it"


def test_failing_disk(sheet: Sheet, csv_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = csv_of("time,A,B,Y\n" + ROW)

    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", fail)
    assert refusal(sheet, path) == f"{path} cannot be read (Permission denied): check the file and its permissions"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("x.parquet", b"time,A\n", "x.parquet is not a parquet file, whatever its name says: export it again"),
        ("x.parquet", b"PAR1 broken PAR1", "x.parquet is not a whole parquet file: export it again"),
        ("x.xlsx", b"time,A\n", "x.xlsx is not an xlsx file, whatever its name says: export it again"),
        (
            "x.xlsx",
            b"PK\x03\x04 broken",
            "x.xlsx is not an xlsx file, whatever its name says: export it again as xlsx, csv or parquet",
        ),
        (
            "x.xlsx",
            bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600),
            "x.xlsx is protected by a password or an old xls workbook: save it as xlsx without a password",
        ),
        ("x.csv", b"abc\x00\x01def\x00", "x.csv is neither text nor parquet nor xlsx: export the records to one of these"),
        ("x.csv", "time,A\n".encode("utf-16")[:-1], "x.csv breaks off in the middle of a UTF-16 character: export it again"),
    ],
)
def test_not_what_its_name_says(name: str, content: bytes, sentence: str, sheet: Sheet, csv_of: Callable[..., Path]) -> None:
    assert refusal(sheet, csv_of(content, name)) == sentence


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (pl.DataFrame({"time": ["2024-01-01"]}), "only one column was found in x.parquet: a source has a time column and tags"),
        (pl.DataFrame({"time": [], "A": []}), "x.parquet has columns but no rows"),
        (
            pl.DataFrame({"time": ["2024-01-01"], "A": [[1.0]], "B": [1], "Y": [2]}),
            "column 'A' of x.parquet holds neither numbers nor text (List(Float64)): export plain columns",
        ),
        (
            pl.DataFrame({"time": ["2024-01-01"], "what": ["A"], "x": [1], "z": [2]}),
            "x.parquet lists tags in column 'what', but which column holds their values is not clear: call it 'value'",
        ),
    ],
)
def test_parquet_that_cannot_be_read(frame: pl.DataFrame, sentence: str, sheet: Sheet, tmp_path: Path) -> None:
    frame.write_parquet(tmp_path / "x.parquet")
    assert refusal(sheet, tmp_path / "x.parquet") == sentence


def test_workbook_without_data(sheet: Sheet, tmp_path: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(tmp_path / "x.xlsx"))
    book.add_worksheet("One")
    book.close()
    assert refusal(sheet, tmp_path / "x.xlsx") == "x.xlsx holds no sheet with a header and rows of data"


def test_damaged_workbook(sheet: Sheet, tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as parts:
        parts.writestr("xl/workbook.xml", "no workbook")
    assert refusal(sheet, tmp_path / "x.xlsx") == "x.xlsx cannot be read as a workbook: save it again as xlsx, csv or parquet"


@pytest.mark.parametrize(
    "source",
    [
        "postgresql://user:secret@host/db",
        "opc.tcp://user:secret@host:4840",
        "${PLANT_DB}",
        "jdbc:postgresql://user:secret@host/db",
        "http:/user:secret@host/x.csv",
        "Server=host;Uid=user;Pwd=secret",
    ],
)
def test_networks_are_not_available_and_no_secret_is_told(source: str, sheet: Sheet) -> None:
    text = refusal(sheet, source)
    assert text == "sources over a network (sql, opcua) are not available yet: export the records to csv, parquet or xlsx"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ('source: {sql: "${PLANT_DB}", query: select 1}', "a source by sql is not available yet"),
        ('source: {opcua: "opc.tcp://secret"}', "a source by opcua is not available yet"),
        ("source: {simulated: {days: 3}}\nmodel: {kind: surrogate, name: x}", "a simulated source is made by its simulator"),
        (
            "",
            "no source of records is named in line.yaml: add `source: {file: history.csv}` to the sheet, or name the file as "
            "source (--source FILE; of a notebook -p source=FILE)",
        ),
    ],
)
def test_sources_of_a_sheet(source: str, sentence: str, small_sheet: Callable[..., Sheet]) -> None:
    text = refusal(small_sheet(more=source), None)
    assert text.startswith(sentence)
    assert "secret" not in text


def test_sheet_source_is_relative_to_the_sheet(
    small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv_of("time,A,B,Y\n" + ROW, "history.csv")
    monkeypatch.chdir("/")
    assert read_records(small_sheet(more="source: {file: history.csv}")).source == path.name


def test_tag_shared_in_two_units(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]) -> None:
    sheet = small_sheet(b=", unit: kW}\n  c: {tag: B, unit: MW, aggregate: max")
    assert refusal(sheet, csv_of("time,A,B,Y\n" + ROW)).startswith(
        "tag 'B' has unit 'kW' in one and 'MW' in the other of conditions.b"
    )


def test_tag_as_text_and_number(small_sheet: Callable[..., Sheet], csv_of: Callable[..., Path]) -> None:
    sheet = small_sheet(b="}\n  c: {tag: B, aggregate: last, choices: [on, off]")
    assert refusal(sheet, csv_of("time,A,B,Y\n" + ROW)).startswith(
        "tag 'B' is read as text by one and as a number by the other"
    )


def test_list_tags_refuses_alike(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        list_tags(tmp_path)


@pytest.mark.parametrize("other", ["", ROW], ids=["written anew with the same size", "appended to"])
@pytest.mark.parametrize("times", [2, 3], ids=["now and then", "all the time"])
def test_file_that_is_written_to_while_it_is_read(
    sheet: Sheet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, other: str
) -> None:
    """A line's csv that a row is added to each minute is read again, to its new end; one that never rests is refused."""
    path, text = tmp_path / "x.csv", "time,A,B,Y\n" + ROW
    path.write_text(text, encoding="utf-8")
    assert read_records(sheet, path).sha256  # at rest it is read
    hashed, written = workbench.loaders.read.read_source_file, []

    def then_written(source: Path) -> SourceFile:
        file = hashed(source)
        if len(written) < times:
            written.append(text + other * (1 + len(written)))
            path.write_text(written[-1], encoding="utf-8")
            os.utime(path, ns=(file.written[1] + 1000, file.written[1] + 1000))
        return file

    monkeypatch.setattr(workbench.loaders.read, "read_source_file", then_written)
    if times < 3:
        assert read_records(sheet, path).sha256 == hashlib.sha256(written[-1].encode()).hexdigest()
    else:
        assert "was written to while it was read: run again when it is whole, or on a copy of it" in refusal(sheet, path)
