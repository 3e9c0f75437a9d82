"""Where a sheet's records and its process model come from."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from workbench.addresses import is_address
from workbench.plant.parts import SheetPart, fault
from workbench.plant.values import Text, Whole, word

__all__ = ["ModelChoice", "Simulated", "Source"]

_FROM_ENVIRONMENT = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_KINDS = ("file", "simulated", "sql", "opcua")
_LONGEST_HISTORY = 3660  # [d] ten years


class Simulated(SheetPart):
    """A history made by a bundled simulator.

    Parameters
    ----------
    days : int
        Length, 1 to 3660; a simulator may make fewer [d].
    seed : int
        0 or more.
    """

    OWNER = "a simulated source"

    days: Whole = Field(default=180, description="Length of the history in whole days.")
    seed: Whole = Field(default=1, description="Seed of its random numbers.")

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if not 1 <= self.days <= _LONGEST_HISTORY:
            raise fault(f"{self.days} is outside 1 .. {_LONGEST_HISTORY} days", "days")
        if self.seed < 0:
            raise fault(f"{self.seed} must be 0 or more", "seed")
        return self


class Source(SheetPart):
    """Where the records are; exactly one of `file`, `simulated`, `sql` and `opcua` is given.

    Parameters
    ----------
    file : str or None
        Path, relative to the sheet.
    simulated : Simulated or None
    sql : str or None
        Environment variable that holds the database's address, as ``${NAME}``.
    query : str or None
        Its SELECT.
    opcua : str or None
        Address of an OPC UA server.
    """

    OWNER = "the source"

    file: Text | None = Field(default=None, description="Path to csv, parquet or xlsx, relative to the sheet.")
    simulated: Simulated | None = Field(default=None, description="A history made by the bundled simulator.")
    sql: Text | None = Field(default=None, description="Environment variable with the database's address, as ${NAME}.")
    query: Text | None = Field(default=None, description="One SELECT with bounds on time and rows.")
    opcua: Text | None = Field(default=None, description="Address of an OPC UA server, opc.tcp://...")

    @property
    def kind(self) -> Literal["file", "simulated", "sql", "opcua"]:
        """Which of the four it is."""
        if self.file is not None:
            return "file"
        if self.simulated is not None:
            return "simulated"
        return "sql" if self.sql is not None else "opcua"

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        given = [key for key in _KINDS if getattr(self, key) is not None]
        if len(given) != 1:
            found = f"{' and '.join(given)} are given" if given else "none is given"
            raise fault(f"needs exactly one of {', '.join(_KINDS)}, {found}")
        if self.query is not None and self.sql is None:
            raise fault("belongs to a source with sql: remove it", "query")
        if self.file is not None and is_address(self.file):
            raise fault("must be the path of a file: addresses and passwords stay out of sheets", "file")
        if self.file is not None and not self.file.strip():
            raise fault("is empty: write the path of a file", "file")
        if self.sql is not None:
            if not _FROM_ENVIRONMENT.fullmatch(self.sql):
                raise fault(
                    'must name an environment variable, as "${PLANT_DB}": addresses and passwords stay out of sheets', "sql"
                )
            if self.query is None:
                raise fault("is missing: a source with sql needs its SELECT", "query")
        if self.opcua is not None and not self.opcua.startswith("opc.tcp://"):
            raise fault(f"'{self.opcua}' is no OPC UA address: it starts with opc.tcp://", "opcua")
        return self


class ModelChoice(SheetPart):
    """Which process model predicts: a surrogate learned from the records, or a simulator by its name.

    Beside a surrogate the name says which simulator makes the sheet's simulated history, where it is not the plant's own name.
    """

    OWNER = "the model"

    kind: Annotated[Literal["surrogate", "simulator"], word("surrogate", "simulator")] = Field(
        default="surrogate", description="surrogate (learned) or simulator (first principles)."
    )
    name: Text | None = Field(
        default=None,
        description="Name of the simulator: the model's, or that of a simulated source; default there the plant's name.",
    )

    @model_validator(mode="after")
    def _check_name(self) -> Self:
        if self.kind == "simulator" and not self.name:
            raise fault("is missing: name the simulator, as in {kind: simulator, name: phosphoric_acid}", "name")
        return self
