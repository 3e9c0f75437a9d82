from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.show.digits import UNKNOWN
from workbench.show.plain_table import plain_table

cells = st.text(st.characters(categories=["L", "N"]), max_size=12)


@given(st.lists(st.tuples(cells, cells, cells), max_size=6))
def test_every_cell_stands_below_its_head(rows: list[tuple[str, str, str]]) -> None:
    lines = plain_table(("first", "second", "third"), "lrl", rows).splitlines()
    assert len(lines) == len(rows) + 2
    edges = [len(part) for part in lines[1].split("  ")]
    for line, row in zip(lines[2:], rows, strict=True):
        padded = line.ljust(len(lines[1]))
        assert padded[: edges[0]].rstrip() == row[0]
        assert padded[edges[0] + 2 : edges[0] + 2 + edges[1]].lstrip() == row[1]
        assert padded[edges[0] + edges[1] + 4 :].rstrip() == row[2]


def test_what_is_not_known_is_a_plain_dash() -> None:
    assert plain_table(("a",), "l", [(UNKNOWN,)]) == "a\n-\n-\n"
