"""Records before their last touches: what every layout hands to the reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from workbench.records import Finding, RowLedger

__all__ = ["Assembled"]


@dataclass(frozen=True)
class Assembled:
    """Records of one layout.

    Parameters
    ----------
    frame : polars.LazyFrame
        As `Records.frame`.
    tags : tuple of str
        Tags of the sheet that the source has.
    elsewhere : RowLedger
        Rows that are not in `frame`.
    units : mapping of str to str
        Unit that the source gives for a tag.
    findings : tuple of Finding
    has_words : bool
        True where a cell may hold a word.
    """

    frame: pl.LazyFrame
    tags: tuple[str, ...]
    elsewhere: RowLedger
    units: Mapping[str, str]
    findings: tuple[Finding, ...]
    has_words: bool
