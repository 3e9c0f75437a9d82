from __future__ import annotations

import unicodedata
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workbench.show.digits import UNKNOWN
from workbench.show.plain_table import plain_table

cells = st.text(st.characters(categories=["L", "N"]), max_size=12)


class Columns(list[str]):
    """A line as a terminal shows it, a wide character in two columns; its slices are text."""

    def __init__(self, line: str, width: int) -> None:
        super().__init__(part for c in line for part in ((c, "") if unicodedata.east_asian_width(c) in "WF" else (c,)))
        self += " " * (width - len(self))

    def __getitem__(self, at: Any) -> Any:
        return "".join(super().__getitem__(at))


@given(st.lists(st.tuples(cells, cells, cells), max_size=6))
def test_every_cell_stands_below_its_head(rows: list[tuple[str, str, str]]) -> None:
    lines = plain_table(("first", "second", "third"), "lrl", rows).splitlines()
    assert len(lines) == len(rows) + 2
    edges = [len(part) for part in lines[1].split("  ")]
    for line, row in zip(lines[2:], rows, strict=True):
        padded = Columns(line, len(lines[1]))
        assert padded[: edges[0]].rstrip() == row[0]
        assert padded[edges[0] + 2 : edges[0] + 2 + edges[1]].lstrip() == row[1]
        assert padded[edges[0] + edges[1] + 4 :].rstrip() == row[2]


def test_what_is_not_known_is_a_plain_dash() -> None:
    assert plain_table(("a",), "l", [(UNKNOWN,)]) == "a\n-\n-\n"


def test_wide_characters_keep_the_columns() -> None:
    table = plain_table(("unit", "EUR"), "lr", [("上海 / 二车间", "5,492"), ("Pune", "16")])
    assert table == "unit             EUR\n-------------  -----\n上海 / 二车间  5,492\nPune              16\n"
