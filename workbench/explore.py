"""The first look at a plant's records: can they be tuned on, what moved, and what is there to gain?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from workbench.files import write_whole
from workbench.lineage import findings_of, lineage_of
from workbench.plant import Sheet
from workbench.records import Finding, History, round_all
from workbench.tuning import Progress

__all__ = ["Exploration", "explore_history", "save_exploration"]

SCHEMA = 1
NO_SHARES = pl.DataFrame(schema={"part": pl.String, "share": pl.Float64})
NO_EFFECTS = pl.DataFrame(
    schema={"setting": pl.String, "unit": pl.String, "choice": pl.String}
    | dict.fromkeys(("step", "gain", "low", "high", "value_per_year"), pl.Float64)
)


@dataclass(frozen=True)
class Exploration:
    """What a first look found.

    Parameters
    ----------
    sheet : Sheet
    history : History
    refused : tuple of Finding
        Why the records cannot be tuned on; empty where they can.
    skill : float or None
        Against the naive forecast in time order: 1 perfect, 0 no better [-]; None where nothing was learned.
    shares : polars.DataFrame
        Of the objective's variance: `part`, `share` [-].
    effects : polars.DataFrame
        Of one standard deviation up of each setting: `setting`, `unit`, `choice`, `step` [`unit`], `gain`, `low`, `high`
        (positive is better) [objective's unit], `value_per_year` [currency/year].
    variables : polars.DataFrame
        A row a variable, see `prepare.movement_data`.
    """

    sheet: Sheet
    history: History
    refused: tuple[Finding, ...]
    skill: float | None
    shares: pl.DataFrame
    effects: pl.DataFrame
    variables: pl.DataFrame

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was seen in sheet, source and data, in this order."""
        return findings_of(self.sheet, self.history)

    def to_json(self) -> str:
        """Return the text of `exploration.json`: six significant digits, keys in reading order."""
        lineage = lineage_of(self.sheet, self.history, seed=0).model_dump()
        asked = {"seed", "held"}  # nothing here is random, and nothing is tuned
        lineage = {("from" if k == "from_" else k): v for k, v in lineage.items() if k not in asked}
        body: dict[str, Any] = {
            "schema": SCHEMA,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "plant": self.sheet.name,
            "title": self.sheet.title,
            "can_be_tuned": not self.refused,
            "reasons": [f"{f.code}: {f.text}" for f in self.refused],
            "skill": self.skill,
            "objective": {"text": self.sheet.objective.text, "unit": self.sheet.objective.unit},
            "shares": dict(self.shares.iter_rows()),
            "effects": self.effects.to_dicts(),
            "variables": self.variables.to_dicts(),
            "findings": [{"code": f.code, "tag": f.tag, "text": f.text} for f in self.findings],
            "lineage": lineage,
        }
        return json.dumps(round_all(body), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def explore_history(sheet: Sheet, history: History, progress: Progress | None = None) -> Exploration:
    """Return the first look at a history: what moved, and what the objective goes with.

    Parameters
    ----------
    sheet : Sheet
        Of the plant.
    history : History
        As `read_history` makes it, also one that is refused.
    progress : callable, optional
        Told what is being done.
    """
    from workbench.models.surrogates.explain import setting_effects, variance_shares
    from workbench.prepare import movement_data
    from workbench.study import learn_model
    from workbench.tuning.judge import Z, inflation_of

    variables = movement_data(history, sheet)
    if history.refused:
        return Exploration(sheet, history, history.refused, None, NO_SHARES, NO_EFFECTS, variables)
    surrogate, skill = learn_model(sheet, history, progress)
    if "@objective" not in surrogate.responses:
        lost = tuple(f for f in surrogate.findings if f.tag == "@objective")
        return Exploration(sheet, history, lost, None, NO_SHARES, NO_EFFECTS, variables)
    sign = 1.0 if sheet.objective.maximize else -1.0
    value = sheet.value_per_unit_year
    units = {name: s.unit for name, s in sheet.settings.items()}
    effects = setting_effects(surrogate, z=Z * inflation_of(surrogate.responses["@objective"])).select(
        "setting",
        pl.col("setting").replace_strict(units, return_dtype=pl.String).alias("unit"),
        "choice",
        "step",
        (sign * pl.col("change")).alias("gain"),
        (pl.col("low") if sign > 0 else -pl.col("high")).alias("low"),
        (pl.col("high") if sign > 0 else -pl.col("low")).alias("high"),
        (sign * value * pl.col("change") if value is not None else pl.lit(None, pl.Float64)).alias("value_per_year"),
    )
    return Exploration(sheet, history, (), skill.model, variance_shares(surrogate), effects, variables)


def save_exploration(exploration: Exploration, out: str | Path | None) -> Path | None:
    """Write `exploration.json` into the folder `out` and return its path; None, and nothing written, where `out` is None."""
    if out is None:
        return None
    path = Path(out) / "exploration.json"
    write_whole(path, exploration.to_json())
    return path
