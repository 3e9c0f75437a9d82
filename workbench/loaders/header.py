"""Which rows at the start of a text table are its header, and what each says: names, units, descriptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from workbench.errors import InputError
from workbench.loaders.stamp_format import is_stamp
from workbench.plant import units

__all__ = ["Header", "is_number", "read_header"]

MOST_HEADER_ROWS = 3  # name, description, unit
_NOTHING = {"", "-", "--", "n/a", "na", "nan", "null", "none"}


@dataclass(frozen=True)
class Header:
    """The header of a text table.

    Parameters
    ----------
    names : tuple of str
        One a column, without blanks around; empty where the cell is.
    units : tuple of str or None
        One a column, from a row of units; None where there is no such row or the cell is empty.
    first_row : int
        Index of the first row of data among the rows given.
    """

    names: tuple[str, ...]
    units: tuple[str | None, ...]
    first_row: int


def is_number(text: str) -> bool:
    """Return True for a number with point or comma, with or without thousands marks.

    Examples
    --------
    >>> is_number("1,5"), is_number("1.234,5"), is_number("12 %")
    (True, True, False)
    """
    bare = text.strip()
    if bare[:1] in "+-":
        bare = bare[1:]
    if not bare[:1].isdigit() and bare[:1] not in ".,":
        return False
    for candidate in (bare, bare.replace(",", "."), bare.replace(",", ""), bare.replace(".", "").replace(",", ".")):
        try:
            float(candidate)
        except ValueError:
            continue
        return "_" not in bare
    return False


def read_header(rows: Sequence[Sequence[str]], label: str, tags: Collection[str] = ()) -> Header:
    """Return the header of a table from its first rows.

    Rows before the header (titles, remarks) have fewer cells than the table and are passed over. A row of data is one with a
    stamp, or of which at least half of the filled cells are numbers; or, in a table of many words, one that holds more numbers
    than words where columns hold numbers (own assumption).

    Parameters
    ----------
    rows : sequence of sequences of str
        First rows, as many as are at hand; blank rows included.
    label : str
        Name of the source for messages.
    tags : collection of str
        Tags that the sheet names: the header row that holds most of them is the row of names.

    Raises
    ------
    InputError
        If there is no header, or nothing below it.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    of_numbers = _columns_of_numbers(rows)
    data = next((i for i, row in enumerate(rows) if _is_data(row) or _fits(row, of_numbers)), None)
    if data == 0:
        raise InputError(f"the first row of {label} holds data, not names: add a header row with the time column and the tags")
    if data is None:
        if sum(count > 0 for count in filled) <= 1:
            raise InputError(f"{label} has a header but no rows of data below it")
        data = next(i for i, count in enumerate(filled) if count > 0) + 1  # all text: one row of names
    width = filled[data] if data < len(rows) else 0
    start = data
    least = max(1, width // 3)
    while start > 0 and data - start < MOST_HEADER_ROWS:
        is_full = filled[start - 1] > least
        if not is_full and (data - start + 1 == MOST_HEADER_ROWS or not _goes_on(rows, filled, start - 1, least)):
            break
        start -= 1
    if start == data:  # a header with few names over many numbers
        start = max(i for i in range(data) if filled[i] > 0) if any(filled[:data]) else 0
    return _split(rows[start:data], data, set(tags))


def _split(rows: Sequence[Sequence[str]], first_row: int, tags: set[str]) -> Header:
    """Tell names, units and descriptions apart."""
    cells = _even(rows)
    width = len(cells[0])
    for i in range(len(cells) - 1, 0, -1):
        joined = _joined(cells[i - 1], cells[i])
        if joined:
            cells[i - 1 : i + 1] = [joined]
    named = max(range(len(cells)), key=lambda i: (sum(cell in tags for cell in cells[i]), -i))
    unit_row = None
    for i, row in enumerate(cells):
        said = [cell for cell in row if cell.casefold() not in _NOTHING]
        if i != named and said and sum(_is_unit(cell) for cell in said) >= len(said) / 2:
            unit_row = row
    found = [None] * width if unit_row is None else [_unit(cell) for cell in unit_row]
    return Header(tuple(cells[named]), tuple(found), first_row)


def _even(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Rows of one width, without blanks around their cells."""
    width = max(len(row) for row in rows)
    return [[*(cell.strip() for cell in row), *[""] * (width - len(row))] for row in rows]


def _goes_on(rows: Sequence[Sequence[str]], filled: Sequence[int], at: int, least: int) -> bool:
    """Whether a row of few cells goes on with the names above it: parts of a merged one, or units of some."""
    if at == 0 or filled[at - 1] <= least:
        return False
    names, row = _even(rows[at - 1 : at + 1])
    said = [cell for cell in row if cell]
    return bool(said) and (_joined(names, row) is not None or all(_is_unit(cell) for cell in said))


def _joined(names: Sequence[str], below: Sequence[str]) -> list[str] | None:
    """Names over two rows, where cells of the upper one are merged over several of the lower one; None where none is."""
    owner, last = [], -1
    for at, name in enumerate(names):
        last = at if name else last
        owner.append(last)
    columns = Counter(owner)
    said = [at for at, cell in enumerate(below) if cell]
    is_merged = all(owner[at] >= 0 and columns[owner[at]] > 1 for at in said) and any(not names[at] for at in said)
    if not is_merged or all(_is_unit(below[at]) for at in said):
        return None
    return [f"{names[owner[at]]} {below[at]}" if below[at] else name for at, name in enumerate(names)]


def _is_data(row: Sequence[str]) -> bool:
    said = [cell for cell in row if cell.strip()]
    numbers = sum(is_number(cell) for cell in said)
    return any(is_stamp(cell) for cell in said) or (numbers > 0 and numbers * 2 >= len(said))


def _columns_of_numbers(rows: Sequence[Sequence[str]]) -> set[int]:
    """The columns of whose filled cells at least half are numbers."""
    filled, numbers = Counter[int](), Counter[int]()
    for row in rows:
        for at, cell in enumerate(row):
            if cell.strip().casefold() not in _NOTHING:
                filled[at] += 1
                numbers[at] += is_number(cell)
    return {at for at, n in filled.items() if 2 * numbers[at] >= n}


def _fits(row: Sequence[str], of_numbers: Collection[int]) -> bool:
    """Whether a row has more numbers than words in the columns of numbers."""
    said = [cell for at, cell in enumerate(row) if at in of_numbers and cell.strip().casefold() not in _NOTHING]
    return 2 * sum(is_number(cell) for cell in said) > len(said)


def _unit(cell: str) -> str | None:
    bare = cell.strip("[]() ")
    return bare if bare and (bare.casefold() not in _NOTHING or bare == "-") else None


def _is_unit(cell: str) -> bool:
    return units.is_known(cell.strip("[]() "))
