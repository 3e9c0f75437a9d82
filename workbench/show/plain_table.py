"""Plain text for a terminal or a file: tables of blanks and dashes with their columns aligned, and lines of one width."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

from workbench.show.digits import UNKNOWN

__all__ = ["WIDTH", "plain_table", "wrapped"]

WIDTH = 100  # [characters] of a line


def plain_table(heads: Sequence[str], sides: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a table with a rule below the heads; `sides` holds `l` or `r` a column.

    Examples
    --------
    >>> print(plain_table(("plant", "CNY"), "lr", [("acid", "1,200"), ("mill", "90")]), end="")
    plant    CNY
    -----  -----
    acid   1,200
    mill      90
    """
    table = [tuple(heads), *(tuple(cell.replace(UNKNOWN, "-") for cell in row) for row in rows)]
    widths = [max(_columns(row[at]) for row in table) for at in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        cells = []
        for cell, width, side in zip(row, widths, sides, strict=True):
            blanks = " " * (width - _columns(cell))
            cells.append(blanks + cell if side == "r" else cell + blanks)
        return "  ".join(cells).rstrip()

    return "\n".join([line(table[0]), "  ".join("-" * w for w in widths), *(line(row) for row in table[1:])]) + "\n"


def wrapped(sentence: str) -> list[str]:
    """Return the lines of a sentence; what goes on of one that starts with a dash is set in.

    Examples
    --------
    >>> wrapped("- " + "stop and go back " * 6)
    ['- stop and go back stop and go back stop and go back stop and go back stop and go back stop and go', '  back']
    """
    return textwrap.wrap(sentence, WIDTH, subsequent_indent="  " if sentence.startswith("- ") else "")


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes: two for each Chinese, Japanese or Korean character."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
