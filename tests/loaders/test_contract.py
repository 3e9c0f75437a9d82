"""One suite for every format and layout: the same data give the same records."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.loaders import list_tags, read_records, records_from_frame
from workbench.plant import Sheet
from workbench.records import Records

FORMATS = ("csv", "parquet", "xlsx")
LAYOUTS = ("long", "wide")
START = datetime(2024, 2, 1)  # noqa: DTZ001

# time [h], A (F), B (text state and bad quality), M (choices), Y (sparse)
READINGS: list[tuple[int, str, object, str]] = [
    (0, "A", 32.0, "good"), (0, "B", 1.25, "good"), (0, "M", "run", "good"), (0, "Y", 3.0, "good"),
    (1, "A", 50.0, "good"), (1, "B", "Bad Input", "good"), (1, "M", "stop", "good"),
    (2, "A", 212.0, "uncertain"), (2, "B", 2.5, "bad"), (2, "M", "fly", "good"), (2, "Y", 4.5, "good"),
]  # fmt: skip


def write_frame(frame: pl.DataFrame, path: Path) -> Path:
    if path.suffix == ".csv":
        frame.write_csv(path)
    elif path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        _write_xlsx(frame, path)
    return path


def _write_xlsx(frame: pl.DataFrame, path: Path) -> None:
    """Cells with the types that a person's workbook has: numbers where a text is a number."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm:ss"})
    page = book.add_worksheet("Data")
    page.write_row(0, 0, frame.columns)
    for i, row in enumerate(frame.iter_rows(), start=1):
        for j, cell in enumerate(row):
            if isinstance(cell, datetime):
                page.write_datetime(i, j, cell)
            elif isinstance(cell, str) and _is_float(cell):
                page.write_number(i, j, float(cell))
            elif cell is not None:
                page.write(i, j, cell)
    book.close()


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def as_long(readings: list[tuple[int, str, object, str]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "Timestamp": [START + timedelta(hours=hour) for hour, *_ in readings],
            "TagName": [tag for _, tag, *_ in readings],
            "Value": [str(value) for _, _, value, _ in readings],
            "Quality": [quality for *_, quality in readings],
            "Units": ["degF" if tag == "A" else None for _, tag, *_ in readings],
        }
    )


def as_wide(readings: list[tuple[int, str, object, str]]) -> pl.DataFrame:
    hours = sorted({hour for hour, *_ in readings})
    cells = {(hour, tag): (value, quality) for hour, tag, value, quality in readings}
    columns: dict[str, list[object]] = {"Time": [START + timedelta(hours=hour) for hour in hours]}
    for tag in ("A", "B", "M", "Y"):
        header = "A (degF)" if tag == "A" else tag
        values = [cells.get((hour, tag), (None, None))[0] for hour in hours]
        columns[header] = (
            values
            if all(isinstance(v, float | None.__class__) for v in values)
            else [None if v is None else str(v) for v in values]
        )
        columns[f"{tag}.quality"] = [cells.get((hour, tag), (None, None))[1] for hour in hours]
    return pl.DataFrame(columns)


@pytest.fixture
def sheet(small_sheet: Callable[..., Sheet]) -> Sheet:
    return small_sheet(zone="Asia/Shanghai", a=", unit: degC", y=", known_after: 2h", b="}\n  m: {tag: M, choices: [run, stop]")


@pytest.fixture(params=[(layout, kind) for layout in LAYOUTS for kind in FORMATS], ids="-".join)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    layout, kind = request.param
    return write_frame(as_long(READINGS) if layout == "long" else as_wide(READINGS), tmp_path / f"{layout}.{kind}")


def test_same_data_same_records(source: Path, sheet: Sheet, collected: Callable[[Records], pl.DataFrame]) -> None:
    rows = collected(read_records(sheet, source))
    zero = datetime(2024, 1, 31, 16, tzinfo=UTC)  # midnight in Shanghai
    hour = timedelta(hours=1)
    expected = [  # tag, time, value in the sheet's unit, text, quality, known_at, reason
        ("A", zero, 0.0, None, "good", zero, None),
        ("A", zero + hour, 10.0, None, "good", zero + hour, None),
        ("A", zero + 2 * hour, 100.0, None, "uncertain", zero + 2 * hour, None),
        ("B", zero, 1.25, None, "good", zero, None),
        ("B", zero + hour, None, "Bad Input", "bad", zero + hour, "text state"),
        ("B", zero + 2 * hour, 2.5, None, "bad", zero + 2 * hour, "bad quality"),
        ("M", zero, None, "run", "good", zero, None),
        ("M", zero + hour, None, "stop", "good", zero + hour, None),
        ("M", zero + 2 * hour, None, "fly", "bad", zero + 2 * hour, "unknown choice"),
        ("Y", zero, 3.0, None, "good", zero + 2 * hour, None),
        ("Y", zero + 2 * hour, 4.5, None, "good", zero + 4 * hour, None),
    ]
    found = rows.select(
        "tag", "time", pl.col("value").round(9), "text", pl.col("quality").cast(pl.String), "known_at", "reason"
    ).rows()
    assert found == expected


def test_shape_of_the_records(source: Path, sheet: Sheet, codes: Callable[[Records], list[str]]) -> None:
    records = read_records(sheet, source)
    schema = records.frame.collect_schema()
    assert schema.names() == ["row", "time", "batch", "tag", "value", "text", "quality", "known_at", "reason"]
    assert schema["row"] == pl.UInt32
    assert schema["time"] == schema["known_at"] == pl.Datetime("us", "UTC")
    assert schema["quality"] == pl.Enum(["good", "uncertain", "bad"])
    assert schema["batch"] == schema["text"] == schema["reason"] == pl.String
    assert isinstance(schema["tag"], pl.String | pl.Enum)
    assert records.units == {"A": "degF"}
    assert len(records.sha256) == 64
    assert codes(records) == ["L114", "L116"]


def test_ledger_closes(source: Path, sheet: Sheet, reasons: Callable[[Records], dict[str | None, int]]) -> None:
    records = read_records(sheet, source)
    frame_rows = sum(reasons(records).values())
    cells = 12 if "wide" in source.name else 11  # 3 rows of 4 needed cells, one of them empty
    assert frame_rows + records.rows_elsewhere.rows_in == cells
    assert records.rows_elsewhere.rows_used == 0


def test_filter_by_tag_keeps_the_rows(source: Path, sheet: Sheet, collected: Callable[[Records], pl.DataFrame]) -> None:
    records = read_records(sheet, source)
    some = (
        records.frame.filter(pl.col("tag").is_in(["A", "M"]))
        .with_columns(pl.col("tag").cast(pl.String))
        .collect()
        .sort("tag", "row")
    )
    assert some.equals(collected(records).filter(pl.col("tag").is_in(["A", "M"])))


def test_a_moment_before_the_first_reading_is_said(source: Path, sheet: Sheet) -> None:
    with pytest.raises(InputError) as told:
        read_records(sheet, source, as_of=datetime(2024, 1, 31, 15, tzinfo=UTC))
    assert str(told.value) == (
        f"{source.name}: no reading was known by 2024-01-31 23:00 (Asia/Shanghai), the first one at 2024-02-01 00:00: "
        "ask for a date from then on"
    )


def test_as_of_sets_aside_what_was_not_known(source: Path, sheet: Sheet, collected: Callable[[Records], pl.DataFrame]) -> None:
    as_of = datetime(2024, 1, 31, 18, tzinfo=UTC)  # hour 2: Y of hour 0 has just come, Y of hour 2 has not
    rows = collected(read_records(sheet, source, as_of=as_of))
    assert rows.filter(pl.col("reason") == "not yet known").select("tag", "value").rows() == [("Y", 4.5)]


def test_list_tags(source: Path) -> None:
    listed = list_tags(source)
    assert listed.columns == [
        "tag",
        "unit",
        "first",
        "last",
        "interval",
        "readings",
        "min",
        "max",
        "whole",
        "words",
        "different",
        "columns",
    ]
    first = listed.row(0, named=True)
    assert (first["unit"], first["readings"], first["min"], first["max"]) == ("degF", 3, 32.0, 212.0)
    assert first["first"] == datetime(2024, 2, 1, tzinfo=UTC)
    by_tag = {row["tag"]: row for row in listed.to_dicts()}
    assert sorted(by_tag["M"]["words"]) == ["fly", "run", "stop"]
    assert by_tag["Y"]["words"] is None
    assert (by_tag["M"]["different"], by_tag["Y"]["different"]) == (3, None)
    assert {tag: row["whole"] for tag, row in by_tag.items() if tag in {"M", "Y"}} == {"M": None, "Y": False}


def test_frames_in_memory_are_read_like_files(
    sheet: Sheet, tmp_path: Path, collected: Callable[[Records], pl.DataFrame]
) -> None:
    long = as_long(READINGS)
    from_file = collected(read_records(sheet, write_frame(long, tmp_path / "x.parquet")))
    records = records_from_frame(sheet, long.lazy(), "simulated 1 d")
    assert collected(records).equals(from_file)
    assert records.source == "simulated 1 d"
    assert records.sha256 == records_from_frame(sheet, long, "other").sha256
    changed = long.with_columns(pl.col("Value").str.replace("1.25", "1.26"))
    assert records.sha256 != records_from_frame(sheet, changed, "x").sha256


READING = st.tuples(
    st.integers(0, 40),
    st.sampled_from(["A", "B", "M", "Y", "Z"]),
    st.one_of(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), st.sampled_from(["Bad Input", "run", "stop", "nan", "inf", ""])),
    st.sampled_from(["good", "uncertain", "bad"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings=st.lists(READING, min_size=1, max_size=40))
def test_rows_in_are_rows_used_and_set_aside(
    readings: list[tuple[int, str, object, str]],
    sheet: Sheet,
    tmp_path: Path,
    collected: Callable[[Records], pl.DataFrame],
    reasons: Callable[[Records], dict[str | None, int]],
) -> None:
    needed: list[tuple[int, str, object, str]] = [(99, tag, 1.0, "good") for tag in "ABY"] + [(99, "M", "run", "good")]
    records = read_records(sheet, write_frame(as_long(readings + needed), tmp_path / "x.csv"))
    frame_rows = sum(reasons(records).values())
    assert frame_rows + records.rows_elsewhere.rows_in == len(readings) + 4
    rows = collected(records)
    used = rows.filter(pl.col("reason").is_null())
    assert (used["value"].is_not_null() | used["text"].is_not_null()).all()
    assert used["value"].drop_nulls().is_finite().all()
    assert used["time"].null_count() == used["known_at"].null_count() == 0


def test_filter_on_the_tag_reaches_a_long_parquet(sheet: Sheet, tmp_path: Path) -> None:
    source = write_frame(as_long(READINGS), tmp_path / "x.parquet")
    plan = read_records(sheet, source).frame.filter(pl.col("tag").is_in(["A"])).explain()
    scan = plan[plan.index("Parquet SCAN") :]
    assert 'SELECTION: (col("TagName").is_in' in scan
    assert "FILTER" not in plan


def test_hash_is_of_the_bytes(source: Path, sheet: Sheet) -> None:
    assert read_records(sheet, source).sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
