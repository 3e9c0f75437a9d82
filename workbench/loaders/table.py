"""What every file format becomes first: columns under neutral keys, with the names, units and descriptions of its header."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from workbench.errors import InputError
from workbench.records import Finding

__all__ = ["NumberStyle", "SourceColumn", "SourceTable", "folded_name"]


@dataclass(frozen=True)
class NumberStyle:
    """How numbers are written in a text source: `decimal` is ``.`` or ``,``; `thousands` is ``,``, ``.`` or None.

    With a decimal comma ``?`` says that `20.000` may be either, so that it is no number; None that its point is a decimal one.
    Points in 1.234,5 and 1.234.567 part thousands in any case.
    """

    decimal: str = "."
    thousands: str | None = None


@dataclass(frozen=True)
class SourceColumn:
    """One column of a source.

    Parameters
    ----------
    key : str
        Its name in the table's frame.
    name : str
        Its header as written, without blanks around it.
    dtype : polars.DataType
        Its type in the frame.
    unit : str or None
        Unit from the header's own row of units; None where there is no such row (a unit behind the name is split off later).
    """

    key: str
    name: str
    dtype: pl.DataType
    unit: str | None = None


@dataclass(frozen=True)
class SourceTable:
    """A source as a lazy table, before anybody knows what its columns mean.

    Parameters
    ----------
    frame : polars.LazyFrame
        Column `row` (UInt32, order in the source) and one column a key.
    columns : tuple of SourceColumn
        In the order of the source.
    label : str
        Name of the source for messages.
    style : NumberStyle
        For text cells.
    overflow : str or None
        Key of a column that is filled only where a row has more cells than the header.
    is_costly : bool
        True when each pass parses text again, so that the result is better kept in memory.
    findings : tuple of Finding
    """

    frame: pl.LazyFrame
    columns: tuple[SourceColumn, ...]
    label: str
    style: NumberStyle = NumberStyle()
    overflow: str | None = None
    is_costly: bool = False
    findings: tuple[Finding, ...] = ()

    def sample(self, rows: int = 1000) -> pl.DataFrame:
        """Return the first rows of all columns."""
        keys = [column.key for column in self.columns]
        return self.frame.head(rows).select(keys).collect()

    def column_named(self, name: str) -> SourceColumn | None:
        """Return the one column with this header, None where there is none.

        Raises
        ------
        InputError
            If two columns bear the name.
        """
        found = [column for column in self.columns if column.name == name]
        if len(found) > 1:
            raise InputError(f"column '{name}' stands {len(found)} times in the header of {self.label}: give each its own name")
        return found[0] if found else None


def folded_name(name: str) -> str:
    """Return a header's letters and digits in lower case, without what stands in brackets, for comparing with known names.

    Examples
    --------
    >>> folded_name("Time Stamp [UTC]")
    'timestamp'
    """
    bare = re.sub(r"[\(\[].*?[\)\]]", "", name)
    return re.sub(r"[\W_]+", "", bare).casefold()
