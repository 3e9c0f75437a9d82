"""One notebook, headlessly: parameters checked first, output written beside and then renamed, a failure said in a sentence."""

from __future__ import annotations

import contextlib
import errno
import glob
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.errors import InputError, WorkbenchError
from workbench.run.execute import NotebookError, execute
from workbench.run.find import find_notebook
from workbench.run.parameters import check_parameters

__all__ = ["NotebookError", "run_notebook"]

_ABANDONED = 24 * 3600.0  # [s] since a half-written notebook was touched, after which its run is taken for dead; own assumption


def run_notebook(
    name: str | Path,
    parameters: Mapping[str, object] | None = None,
    out: str | Path | None = None,
    *,
    progress: bool | None = None,
) -> Path:
    """Run a notebook from top to bottom and return where the run notebook lies.

    Parameters
    ----------
    name : str or Path
        As `find_notebook` takes it.
    parameters : mapping of str to object, optional
        By the names of the notebook's cell tagged `parameters`.
    out : str or Path, optional
        The notebook to write; without it `out/NAME.ipynb`, `out/NAME-PLANT.ipynb` or `out/NAME-RECOMMENDATION.ipynb`, by
        what the parameters name, and `out/FOLDER/NAME-PLANT.ipynb` for a sheet in a folder. An earlier run is replaced, a
        source never.
    progress : bool, optional
        Whether to draw a bar; without it only on a terminal.

    Returns
    -------
    Path
        The output; it stands there only after every cell ran. A failed run is kept as `NAME.failed.ipynb` beside it.

    Raises
    ------
    InputError
        If the notebook, a parameter or `out` is not as meant, or a cell raised InputError.
    NotebookError
        If a cell failed otherwise, or the kernel died.
    """
    source = find_notebook(name)
    values = check_parameters(source, parameters or {})
    target = Path(out) if out is not None else _default_out(source, values)
    _check_target(source, target)
    failed = target.with_name(f"{target.stem}.failed.ipynb")
    part = target.with_name(f".{target.stem}.{os.getpid()}.part.ipynb")
    bar = sys.stderr.isatty() if progress is None else progress
    with _disk_faults(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        try:
            execute(source, part, values, bar)
            part.replace(target)
        except WorkbenchError as error:
            if not part.exists():
                raise
            part.replace(failed)
            raise type(error)(f"{error}; the notebook as far as it ran is {failed}") from error
        finally:
            part.unlink(missing_ok=True)
        failed.unlink(missing_ok=True)
    return target


def _default_out(source: Path, values: Mapping[str, Any]) -> Path:
    """One file a notebook and what it is about, so that runs for two plants or recommendations do not replace each other.

    A sheet in a folder has its run in a folder of that name: the sheets of two lines may bear one file name.
    """
    about = values.get("plant") or values.get("recommendation")
    if not isinstance(about, str) or not about:
        return Path("out", f"{source.stem}.ipynb")
    here, sheet = Path.cwd(), Path(os.path.abspath(Path(about).expanduser()))
    folder = sheet.parent.relative_to(here) if sheet.is_relative_to(here) else Path(*sheet.parent.parts[1:])
    return Path("out", folder, f"{source.stem}-{sheet.stem}.ipynb")


def _sweep(target: Path) -> None:
    """Take away what killed runs of this notebook left half-written; a run that lives writes its own again at its next cell."""
    for part in target.parent.glob(f".{glob.escape(target.stem)}.*.part.ipynb"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > _ABANDONED:
                part.unlink()


def _check_target(source: Path, target: Path) -> None:
    """Refuse everything that a run may not replace."""
    if target.suffix != ".ipynb":
        raise InputError(f"--out {target} does not end in .ipynb: name the notebook to write")
    if target.is_dir():
        raise InputError(f"--out {target} is a folder: name the notebook to write")
    if not target.exists():
        return
    if not target.samefile(source):
        with contextlib.suppress(ValueError, AttributeError, TypeError, KeyError):
            if "papermill" in json.loads(target.read_text(encoding="utf-8"))["metadata"]:
                return
    raise InputError(f"{target} is a notebook that no run wrote: name another with --out, a source is never replaced")


@contextlib.contextmanager
def _disk_faults(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise InputError(f"the disk is full while writing {target}: make room, or name another place with --out") from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}:
            raise InputError(f"{target} cannot be written ({error.strerror}): name another place with --out") from error
        raise
