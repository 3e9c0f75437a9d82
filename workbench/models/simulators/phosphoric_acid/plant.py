"""The phosphoric acid plant as the registry hands it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from workbench.models.contract import predict_by_seeds
from workbench.models.simulators.contract import Check
from workbench.models.simulators.phosphoric_acid import period
from workbench.models.simulators.phosphoric_acid.constants import CONSTANTS, Constants
from workbench.models.simulators.phosphoric_acid.history import HistoryTruth
from workbench.records import RefereeRow

__all__ = ["PhosphoricAcid"]


@dataclass(frozen=True)
class PhosphoricAcid:
    """Simulator of a wet-process phosphoric acid line (dihydrate), see `workbench.models.simulators.contract.Simulator`.

    Parameters
    ----------
    constants : Constants
        Of `evaluate`; histories always have the standard ones.

    Examples
    --------
    >>> from workbench.models.simulators.phosphoric_acid.inputs import SETTINGS
    >>> base = pl.DataFrame({name: [setting.base] for name, setting in SETTINGS.items()})
    >>> outcome = PhosphoricAcid().evaluate(base, seed=0)
    >>> bool(93.0 < outcome["recovery"][0] < 94.5)
    True
    """

    constants: Constants = CONSTANTS

    @property
    def name(self) -> str:
        """Word under which the registry knows it."""
        return "phosphoric_acid"

    @property
    def outcomes(self) -> dict[str, str]:
        """Columns of `evaluate` with their units."""
        return {**period.OUTCOMES, "rock_rate": "t/h"}

    def evaluate(self, frame: pl.DataFrame, seed: int = 0) -> pl.DataFrame:
        """Return true period means at the set-points of each row; see `period.evaluate`.

        `rock_rate` is what the filter lets through of the rate asked for: the same as `rock_used`, under the sheet's name.
        """
        return period.evaluate(frame, seed, c=self.constants).with_columns(rock_rate=pl.col("rock_used"))

    def predict(self, frame: pl.DataFrame, level: float = 0.9) -> pl.DataFrame:
        """Return every outcome with the interval of a single period; see `models.contract.ProcessModel`."""
        return predict_by_seeds(self, frame, level)

    def history(self, days: int = 180, seed: int = 0) -> pl.DataFrame:
        """Return records under the old practice; see `history.history`."""
        return self.history_truth(days, seed).records

    def history_truth(self, days: int = 180, seed: int = 0, moved: Mapping[str, float] | None = None) -> HistoryTruth:
        """Return the records with injected defects and true states; for tests and referee."""
        from workbench.models.simulators.phosphoric_acid.history import history_truth

        return history_truth(days, seed, moved)

    @property
    def headline(self) -> tuple[str, ...]:
        """Extraction, wash rate and recovery."""
        return ("extraction", "wash_rate", "recovery")

    def published(self) -> tuple[RefereeRow, ...]:
        """Return the published claim; see `story`."""
        from workbench.models.simulators.phosphoric_acid.story import published_row

        return (published_row(),)

    def chain(self) -> tuple[RefereeRow, ...]:
        """Return what a chain of recommendations reached; see `chain`."""
        from workbench.models.simulators.phosphoric_acid.chain import chain_rows

        return chain_rows()

    def saved(self, history: pl.DataFrame) -> dict[str, tuple[str, pl.Expr]]:
        """Return rock and gypsum saved a year at constant output; see `tonnes`."""
        from workbench.models.simulators.phosphoric_acid.tonnes import saved_tonnes

        return saved_tonnes(history)

    def yearly(self, before: pl.DataFrame, after: pl.DataFrame) -> dict[str, float]:
        """Return rock and dry gypsum saved at constant output, and the money at other prices; see `economics`."""
        from workbench.models.simulators.phosphoric_acid.economics import yearly_savings

        return yearly_savings(before, after)

    @property
    def yearly_note(self) -> str:
        """Prices behind `yearly`, and that its lines are one gain counted in several ways."""
        from workbench.models.simulators.phosphoric_acid.economics import PRICES_NOTE

        return PRICES_NOTE

    def variants(self) -> tuple[PhosphoricAcid, ...]:
        """Return the plant with each of its weakest assumed constants 25 % down and up; see `sensitivity`."""
        from workbench.models.simulators.phosphoric_acid.sensitivity import FACTORS, WEAKEST

        base = self.constants
        changed = [replace(base, **{name: getattr(base, name) * factor}) for name in WEAKEST for factor in FACTORS]
        return tuple(PhosphoricAcid(constants) for constants in changed)

    def verify(self) -> list[Check]:
        """Return the checks of the specification; see `verify`."""
        from workbench.models.simulators.phosphoric_acid.verify import checks

        return checks()
