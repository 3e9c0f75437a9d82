"""Published story, promise and simulated truth side by side, as one table for card, notebook and MLflow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.records import RefereeRow
from workbench.show.digits import UNKNOWN
from workbench.show.words import one_line

__all__ = ["RefereeTable", "referee_table"]

ACROSS = 4  # rows that fit side by side; where there are more, the table is turned


@dataclass(frozen=True)
class RefereeTable:
    """Texts of the table, the first column's head left empty.

    Parameters
    ----------
    heads : list of str
        Of the columns beside the first.
    rows : list of tuple of str and list of str
        First column and cells.
    notes : list of str
        What is to be known of who says so.
    """

    heads: list[str]
    rows: list[tuple[str, list[str]]]
    notes: list[str]


def referee_table(rows: Sequence[RefereeRow]) -> RefereeTable | None:
    """Return the table, measures down and sources across; turned where there are many sources; None without any.

    Parameters
    ----------
    rows : sequence of RefereeRow
        Of a recommendation.
    """
    if not rows:
        return None
    fullest_first = sorted(rows, key=lambda row: -len(row.values))
    measures = list(dict.fromkeys(m for row in fullest_first for m in row.values))
    labels = [one_line(row.label) for row in rows]
    notes = [f"{label}: {one_line(row.note).rstrip('.')}" for label, row in zip(labels, rows, strict=True) if row.note]
    cells = [[one_line(row.values.get(m, UNKNOWN)) for row in rows] for m in measures]
    if len(rows) <= ACROSS:
        return RefereeTable(labels, [(_label(m), line) for m, line in zip(measures, cells, strict=True)], notes)
    turned = [list(column) for column in zip(*cells, strict=True)]
    return RefereeTable([_label(m) for m in measures], list(zip(labels, turned, strict=True)), notes)


def _label(measure: str) -> str:
    """A measure's name as words; what is a change of a share is told in points."""
    return one_line(measure).replace("_", " ").replace("[%]", "[%-points]")
