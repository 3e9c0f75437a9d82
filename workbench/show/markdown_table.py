"""Tables and foreign text in markdown: nothing from sheet or data becomes markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from workbench.show.words import one_line

__all__ = ["CODE", "escaped", "markdown_table"]

CODE = re.compile(r"(`workbench [\w .:/=-]+`)")  # our own commands


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
    r"""Return text from outside as text: no HTML, no markdown of its own, one line.

    Commands of ours in backticks stay so, to be copied.

    Examples
    --------
    >>> print(escaped("a*b: run `workbench trial next` <now>"))
    a\*b: run `workbench trial next` &lt;now&gt;
    """
    return "".join(part if CODE.fullmatch(part) else _escaped(part, k) for k, part in enumerate(CODE.split(one_line(text))))


def _escaped(text: str, place: int) -> str:
    safe = html.escape(text, quote=False)
    start = "" if place else r"|(?<=^)([-+>](?=\s)|\d+\.(?=\s))"
    return re.sub(rf"([\\`*_\[\]|~#!]){start}", lambda m: f"\\{m[0]}", safe)
