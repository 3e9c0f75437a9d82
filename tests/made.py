"""A recommendation by hand, for tests of what comes after one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.records import Gain, Lineage, ModelLine, Recommendation, SettingLine

__all__ = ["made_proposal"]


def made_proposal(plant: str, settings: Sequence[SettingLine], gain: Gain, **fields: Any) -> Recommendation:
    """Return a proposal of `gain` without an id; `fields` are others of the recommendation, `from_` and `to` of its lineage."""
    span = {name: fields.pop(name, None) for name in ("from_", "to")}
    lineage = Lineage(
        sheet_sha256="", source_sha256="", records_read=0, records_used=0, periods_used=0, **span, seed=0, code=""
    )  # fmt: skip
    plain = {
        "id": "",
        "created": "2026-02-20T00:00:00+00:00",
        "as_of": None,
        "reasons": (),
        "value_per_year": None,
        "limits": (),
        "support": None,
        "candidate": None,
        "findings": (),
        "model": ModelLine(kind="surrogate"),
        "placebo": None,
        "lineage": lineage,
    }
    return Recommendation(plant=plant, status="proposed", settings=tuple(settings), gain=gain, **(plain | fields))
