"""Tables and foreign text in markdown: nothing from sheet or data becomes markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from workbench.show.words import one_line

__all__ = ["escaped", "markdown_table"]


def markdown_table(heads: Sequence[str], sides: str, rows: Iterable[Sequence[str]]) -> str:
    r"""Return a table; `sides` holds `l` or `r` a column, and every head and cell is escaped.

    Examples
    --------
    >>> print(markdown_table(("a", "b"), "lr", [("x|y", "1")]))
    | a | b |
    | --- | ---: |
    | x\|y | 1 |
    """
    marks = ("---:" if side == "r" else "---" for side in sides[: len(heads)])
    lines = [tuple(escaped(h) for h in heads), tuple(marks), *(tuple(escaped(c) for c in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(text: str) -> str:
    """Return text from outside as text: no HTML, no markdown of its own, one line."""
    safe = html.escape(one_line(text), quote=False)
    return re.sub(r"([\\`*_\[\]|~#!])|(?<=^)([-+>](?=\s)|\d+\.(?=\s))", lambda m: f"\\{m[0]}", safe)
