"""The whole ledger as files that other programs read, and back again: nothing is lost either way."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from workbench.errors import InputError
from workbench.files import write_all
from workbench.interrupts import interrupts_held
from workbench.verify.chain import COLUMNS, KEY, LogRow, chain_faults
from workbench.verify.ledger import Ledger, read_ledger
from workbench.verify.ledger_notebook import notebook_json
from workbench.verify.log import FORMAT, Log
from workbench.verify.providers import score_card

__all__ = ["export_ledger", "import_ledger", "log_frame", "read_export", "score_frame"]

TABLES = ("lines", "costs", "quantities", "totals")
DIGEST = "log_sha256"  # in about.json: of log.parquet
_TRIAL = "import sys, polars; polars.read_parquet(sys.argv[1])"
_SCHEMA = {column: pl.Int64 if column == "seq" else pl.String for column in COLUMNS}


def export_ledger(log: Log, folder: Path) -> list[Path]:
    """Write the log, every table of the ledger and the notebook that recomputes them to a folder; return the files.

    A full disk, Ctrl-C or a kill leaves what was there before. Should it come between two of the last renames, the new
    about.json, which is the first of them, does not fit the log beside it.

    Parameters
    ----------
    log : Log
        Whole.
    folder : Path
        Made where it is missing; files of an older export in it are replaced.

    Raises
    ------
    InputError
        If a folder stands in the place of one of the files, or the disk is full or refuses the place; nothing is written then.
    """
    rows = log.rows()
    ledger = read_ledger(rows)
    frames = {"log": log_frame(rows)} | {table: ledger.frame(table) for table in TABLES} | {"scores": score_frame(ledger)}
    binaries = {f"{name}.parquet": _parquet(frame) for name, frame in frames.items()}
    texts = {f"{name}.csv": frame.write_csv() for name, frame in frames.items()}
    about = {
        "format": FORMAT,
        "at": ledger.at.isoformat(),
        "rows": len(rows),
        "head": log.head,
        DIGEST: hashlib.sha256(binaries["log.parquet"]).hexdigest(),
        "tables": "log: every row, word for word; the others are computed from it, as recompute.ipynb shows",
    }
    said = {"about.json": json.dumps(about, indent=1) + "\n"}
    named: dict[str, str | bytes] = {**said, **binaries, **texts, "recompute.ipynb": notebook_json()}
    files = {folder / name: content for name, content in named.items()}
    for path in files:
        if path.is_dir():
            raise InputError(f"{path} is a folder, and a file of the export goes there: move it away, or name another folder")
    with interrupts_held():  # a Ctrl-C between two files would leave new ones beside old ones
        write_all(files)
    return list(files)


def import_ledger(folder: Path, store: Path) -> Log:
    """Make the ledger of a store from an export, row for row, and return it.

    Parameters
    ----------
    folder : Path
        With `log.parquet`, or `log.csv` where that is missing.
    store : Path
        Folder of a store whose ledger is still empty.

    Raises
    ------
    InputError
        If there is no export, it is damaged, its chain is broken, it is of a newer format, or the store's ledger holds rows.
    """
    rows = read_export(folder)
    held = Log.find(store)
    if held is not None and held.rows():
        raise InputError(
            f"the ledger {held.path} holds {len(held.rows())} rows already: import into a store of its own (WORKBENCH_STORE)"
        )
    log = Log.open(store, create=True)
    log.take_over(rows)
    return log


def read_export(folder: Path) -> list[LogRow]:
    """Return the rows of an export, their chain checked; InputError where there is none, or it is damaged, broken or newer."""
    rows = _read_rows(folder)
    faults = chain_faults(rows, Log.key())
    if faults:
        raise InputError(f"{folder} cannot be imported: {faults[0]}")
    return rows


def log_frame(rows: Sequence[LogRow]) -> pl.DataFrame:
    """Return the rows of a log as a frame with their columns."""
    return pl.DataFrame([vars(row) for row in rows], schema=_SCHEMA)


def score_frame(ledger: Ledger) -> pl.DataFrame:
    """Return the score card as a frame, without the costs: those are totals by provider."""
    floats = ("ratio", "ratio_low", "ratio_high", "score", "coverage", "coverage_low", "coverage_high", "days_to_value")
    whole = ("promises", "settled", "verified", "rank", "covered")
    schema = {"provider": pl.String} | dict.fromkeys(whole, pl.Int64) | dict.fromkeys(floats, pl.Float64) | {"tied": pl.Boolean}
    scores = [asdict(score) for score in score_card(ledger)]
    return pl.DataFrame([{name: score[name] for name in schema} for score in scores], schema=schema)


def _read_rows(folder: Path) -> list[LogRow]:
    said = _about(folder / "about.json")
    if said["format"] > FORMAT:
        raise InputError(f"{folder} has format {said['format']}, written by a newer workbench: update the workbench")
    for path in (folder / "log.parquet", folder / "log.csv"):
        if path.is_file():
            frame = _read_log(path, said.get(DIGEST)).sort("seq")
            if (number := said.get("rows", frame.height)) != frame.height:
                raise InputError(f"{path} is damaged, with {frame.height} of {number} rows: export the ledger again")
            return [LogRow(*cells) for cells in frame.iter_rows()]
    raise InputError(f"there is no export of a ledger in {folder}: it would hold log.parquet (and {KEY} if it is signed)")


def _about(about: Path) -> dict[str, Any]:
    """What an export says of itself; its format is 0 where it says none."""
    if not about.is_file():
        return {"format": 0}
    try:
        said = json.loads(about.read_text(encoding="utf-8"))
    except ValueError as error:  # no JSON, or no UTF-8
        raise InputError(f"{about} is damaged, being no JSON: export the ledger again") from error
    number = said.get("format", 0) if isinstance(said, dict) else None
    if not isinstance(number, int):
        raise InputError(f"{about} is damaged, naming no format of an export: export the ledger again")
    return {**said, "format": number}


def _parquet(frame: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def _is_whole(path: Path, digest: object) -> bool:
    """Whether a parquet file is the one that was exported; without a digest of it, whether another process can read it.

    A damaged one may end the process that reads it, with nothing to catch.
    """
    if digest is not None:
        return hashlib.sha256(path.read_bytes()).hexdigest() == digest
    return subprocess.run([sys.executable, "-c", _TRIAL, str(path)], capture_output=True, check=False).returncode == 0


def _read_log(path: Path, digest: object) -> pl.DataFrame:
    damaged = f"{path} is damaged, and cannot be read as the log of a ledger: export the ledger again"
    if path.suffix == ".parquet" and not _is_whole(path, digest):
        raise InputError(damaged)
    try:
        frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
        if frame.columns != list(COLUMNS):
            raise InputError(f"{path} is no log of a ledger: its columns are not {', '.join(COLUMNS)}")
        frame = frame.cast(_SCHEMA)  # type: ignore[arg-type]
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, UnicodeDecodeError) as error:
        raise InputError(damaged) from error
    bare = [name for name in COLUMNS if name != "recommendation" and frame[name].has_nulls()]
    if bare:
        raise InputError(f"{path} is damaged, with rows that lack {' and '.join(bare)}: export the ledger again")
    return frame
