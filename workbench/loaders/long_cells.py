"""What the cells of a long source mean: numbers in one unit or several, or words, tag by tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from workbench.errors import InputError
from workbench.loaders.cells import Cell, read_number, read_word
from workbench.loaders.layout import Layout
from workbench.loaders.names import unit_in
from workbench.loaders.point_marks import doubtful_points, point_styles
from workbench.loaders.rows import Meaning, meaning_of, meaning_where
from workbench.loaders.stored_time import as_text
from workbench.loaders.table import SourceTable
from workbench.loaders.unit_match import Scale, match_unit
from workbench.loaders.wanted import Wanted
from workbench.records import Finding

__all__ = ["LongCells", "read_long_cells"]

_NUMBER = Wanted("", "")  # any tag of numbers


@dataclass(frozen=True)
class LongCells:
    """Meaning of a long source's cells.

    Parameters
    ----------
    number : Cell
        The values as numbers; its columns are to be added first.
    meaning : Meaning
        By the row's tag and unit.
    units : mapping of str to str
        Unit that the source gives for a tag.
    findings : tuple of Finding
    """

    number: Cell
    meaning: Meaning
    units: Mapping[str, str]
    findings: tuple[Finding, ...]


@dataclass
class _Scales:
    """Conversions found so far: tags by conversion, and (tag, unit) by conversion where a tag has several units."""

    label: str
    of_tag: dict[Scale, list[str]] = field(default_factory=dict)
    of_unit: list[tuple[str, str, Scale]] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, one: Wanted, name: str, written: Sequence[str]) -> None:
        """Take in a tag of numbers under the source's name with the units written beside it."""
        unit = written[0] if written else unit_in(name)
        if unit is not None:
            self.units[one.tag] = unit
        if len(written) <= 1:
            scale = self._scale(one, unit)
            if not scale.is_plain:
                self.of_tag.setdefault(scale, []).append(name)
            return
        listed = ", ".join(written[:4])
        sentence = f"'{one.tag}' comes in {len(written)} units in {self.label} ({listed}): each row was converted by its own"
        self.findings.append(Finding(code="L112", tag=one.tag, text=sentence))
        self.of_unit += [(name, unit, scale) for unit in written if not (scale := self._scale(one, unit)).is_plain]

    def _scale(self, one: Wanted, unit: str | None) -> Scale:
        scale, finding = match_unit(one, unit, self.label)
        self.findings += [finding] if finding else []
        return scale


def read_long_cells(
    table: SourceTable, layout: Layout, used: Sequence[Wanted], found: Mapping[str, str], census: pl.DataFrame
) -> LongCells:
    """Return what each row's cell means; most tags are plain numbers and need no case of their own.

    Parameters
    ----------
    table : SourceTable
        The source.
    layout : Layout
        What its columns mean.
    used : sequence of Wanted
        Tags that the source has.
    found : mapping of str to str
        The source's name of each tag.
    census : polars.DataFrame
        Columns `tag` (the source's name) and `unit`, as written.

    Raises
    ------
    InputError
        If the layout is not long.
    """
    if layout.tag is None or layout.value is None:
        raise InputError(f"{table.label} has no columns of tag and value")
    tag = pl.col(layout.tag.key)
    style, findings = table.style, list[Finding]()
    needed = table.frame.filter(tag.is_in([found[one.tag] for one in used if not one.is_text]))
    if table.is_costly:
        styles, findings = point_styles(needed, [layout.value], style, table.label)
        style = styles[layout.value.key]
    findings += doubtful_points(table, needed, [layout.value], layout.tag.key)
    number, word = read_number(layout.value, style, table.label), read_word(layout.value, table.label)
    written: dict[str, list[str]] = {}
    for name, unit in census.select("tag", "unit").unique(maintain_order=True).iter_rows():
        if unit is not None and unit.strip():
            written.setdefault(name, []).append(unit)
    cases: list[tuple[pl.Expr, Meaning]] = []
    scales = _Scales(table.label)
    for one in used:
        name = found[one.tag]
        if one.is_text:
            cases.append((tag == name, meaning_of(one, Scale(), number, word)))
        else:
            scales.add(one, name, written.get(name, []))
    if layout.unit is not None:
        unit_of_row = as_text(pl.col(layout.unit.key), layout.unit.dtype)
        for name, unit, scale in scales.of_unit:
            cases.append(((tag == name) & (unit_of_row == unit), meaning_of(_NUMBER, scale, number, word)))
    for scale, names in scales.of_tag.items():
        cases.append((tag.is_in(names), meaning_of(_NUMBER, scale, number, word)))
    plain = meaning_of(_NUMBER, Scale(), number, word)
    return LongCells(number, meaning_where(cases, plain), scales.units, (*findings, *scales.findings))
