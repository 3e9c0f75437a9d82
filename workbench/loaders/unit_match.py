"""The source's unit against the sheet's: a conversion, or a finding with a suggestion."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from workbench.loaders.wanted import Wanted
from workbench.plant import units
from workbench.records import Finding
from workbench.wording import TAKEN_AS_READ

__all__ = ["MISFIT", "Scale", "match_unit", "misfit_words"]

MISFIT = "L111"  # code of the finding
TAKEN = f"{TAKEN_AS_READ}: correct the unit in the sheet or in the source"


@dataclass(frozen=True)
class Scale:
    """Value in the sheet's unit = value in the source's * `factor` + `offset`."""

    factor: float = 1.0
    offset: float = 0.0

    @property
    def is_plain(self) -> bool:
        """True when nothing changes."""
        return self.factor == 1.0 and self.offset == 0.0

    def expr(self, value: pl.Expr) -> pl.Expr:
        """Return the converted value."""
        if self.is_plain:
            return value
        return value * self.factor if self.offset == 0.0 else value * self.factor + self.offset


def match_unit(one: Wanted, unit: str | None, label: str) -> tuple[Scale, Finding | None]:
    """Return how to convert a tag's values, and a finding where they cannot be converted and are taken as they are.

    Parameters
    ----------
    one : Wanted
        The tag and the unit it is wanted in.
    unit : str or None
        What the source says.
    label : str
        Name of the source.

    Examples
    --------
    >>> match_unit(Wanted("F", "conditions.f", unit="m3/h"), "L/sec", "x.csv")[0]
    Scale(factor=3.6, offset=0.0)
    """
    said = (unit or "").strip()
    if one.is_text or not said or not one.unit or said == one.unit:
        return Scale(), None
    if one.unit in ("1", "-") and units.is_count(said):
        return Scale(), None
    try:
        factor, offset = units.conversion(said, one.unit)
    except units.UnitMismatch as mismatch:
        sentence = f"the unit of '{one.tag}' in {label} does not fit {one.place}: {mismatch}{TAKEN}"
        return Scale(), Finding(code=MISFIT, tag=one.tag, text=sentence)
    return Scale(factor, offset), None


def misfit_words(finding: Finding) -> str:
    """Return what a finding of code `MISFIT` says of tag and units, without what was done about it.

    Examples
    --------
    >>> _, finding = match_unit(Wanted("F", "conditions.f", unit="%"), "degC", "x.csv")
    >>> misfit_words(finding).partition(": one measures")[0]
    "the unit of 'F' in x.csv does not fit conditions.f: 'degC' cannot become '%'"
    """
    return finding.text.removesuffix(TAKEN)
