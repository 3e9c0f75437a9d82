"""The print size at which a card fits one A4 sheet, estimated from how much it has to say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["print_points"]

SHEET_HEIGHT = 788.0  # [pt] A4 less the page margins of card.css, 278 mm
LINE_HEIGHT = 1.3  # [em] as in card.css
FILL = 0.985  # share of the sheet to plan for: the estimate errs towards small; own assumption
POINTS_LOW, POINTS_HIGH = 6.0, 8.6  # [pt] smallest print still read without effort, and the comfortable one; own assumption
NOTE_SIZE = 0.82  # of the text, as in card.css
FULL_WIDTH, NAME_WIDTH, HALF_NAME_WIDTH = 112, 27, 19  # [characters] a line of text, a setting's name, a limit's name


def print_points(view: Mapping[str, Any]) -> float:
    """Return the font size for print [pt], 6.0 to 8.6: smaller the more lines the card has.

    Parameters
    ----------
    view : mapping
        As `card_view` makes it.
    """
    lines = 4.0 + (8.8 if view["gain"] else 4.2) + 8.0
    lines += _texts(view["reasons"]) + (2.2 if view["reasons"] else 0)
    lines += _settings_lines(view["settings"]) + (
        math.ceil(len(view["unchanged"]) / FULL_WIDTH) + 1 if view["unchanged"] else 0
    )
    if view["candidate"]:
        lines += _settings_lines(view["candidate"]["settings"]) + 4
    columns = [sum(_pair_lines(row) for row in view[key]) for key in ("limits", "outcomes")]
    columns[1] += NOTE_SIZE * math.ceil(NOTE_SIZE * len(view["outcomes_note"]) / (FULL_WIDTH / 2))
    lines += max(columns) + (4.5 if any(columns) else 0)
    lines += 2.2 + _texts(sentence for _, sentence in view["evidence"])
    lines += (
        2.2 + _texts(f"{f['code']} {f['tag']} {f['text']}" for f in view["findings"]) + (1.2 if view["findings_more"] else 0)
    )
    for table in view["regimes"]:
        lines += 4 + 1.5 * len(table["rows"]) + _texts(table["sentences"])
    if view["referee"]:
        rows = [(label, *(" ".join(cell) for cell in cells)) for label, cells in view["referee"]["rows"]]
        notes = math.ceil(NOTE_SIZE * sum(len(note) + 2 for note in view["referee"]["notes"]) / FULL_WIDTH)
        lines += 4 + sum(0.2 + math.ceil(max(map(len, row)) / 30) for row in rows) + NOTE_SIZE * notes
    lines += sum(math.ceil(sum(len(t) + 3 for t, _ in parts) / 130) - 1 for _, parts in view["lineage"])
    points = SHEET_HEIGHT * FILL / (LINE_HEIGHT * lines)
    return round(min(POINTS_HIGH, max(POINTS_LOW, points)), 2)


def _texts(texts: Any) -> float:
    return sum(1.05 * math.ceil(len(t) / FULL_WIDTH) for t in texts)


def _settings_lines(rows: Any) -> float:
    """A row is as high as its drawing, or as its name and tag."""
    if not rows:
        return 0.0
    return 5.2 + sum(max(1.5, 0.4 + math.ceil((len(row["label"]) + len(row["tag"])) / NAME_WIDTH)) for row in rows)


def _pair_lines(row: Mapping[str, Any]) -> float:
    return 0.35 + max(2.0, 1.0 + math.ceil(len(row["label"]) / HALF_NAME_WIDTH))
