"""Headers over two rows: a name merged over several columns, what each of them holds below, and units or none."""

from __future__ import annotations

import pytest

from workbench.loaders.header import read_header

DAY = ["2024-01-01 06:00", "1", "21.5", "20.3", "3.9", "8.1"]
NAMES = ["time", "shift", "thickness", "", "scrap", "Al"]
PARTS = ["", "", "mean", "min", "", ""]
UNITS = ["", "", "um", "um", "%", "g/L"]
JOINED = ("time", "shift", "thickness mean", "thickness min", "scrap", "Al")


@pytest.mark.parametrize(
    ("above", "units"),
    [
        ([NAMES, PARTS, UNITS], (None, None, "um", "um", "%", "g/L")),
        ([["Daily report"], [""], NAMES, PARTS, UNITS], (None, None, "um", "um", "%", "g/L")),
        ([NAMES, PARTS], (None,) * 6),
    ],
)
def test_a_name_over_several_columns_is_joined_with_what_stands_below(
    above: list[list[str]], units: tuple[str | None, ...]
) -> None:
    header = read_header([*above, DAY, DAY], "x.xlsx")
    assert (header.names, header.units, header.first_row) == (JOINED, units, len(above))


@pytest.mark.parametrize(
    "below",
    [
        ["", "", "um", "um", "", ""],  # units of some
        ["Zeit", "Schicht", "Dicke", "Dicke", "", ""],  # descriptions of every column
        ["", "early", "", "", "lab", "lab"],  # remarks
    ],
)
def test_other_rows_below_the_names_are_not_joined(below: list[str]) -> None:
    header = read_header([NAMES, below, DAY, DAY], "x.xlsx")
    assert header.names == tuple(NAMES)


def test_a_title_in_two_cells_is_no_row_of_names() -> None:
    header = read_header([["Line 1", "", "Report"], NAMES, UNITS, DAY, DAY], "x.xlsx")
    assert (header.names, header.first_row) == (tuple(NAMES), 3)
