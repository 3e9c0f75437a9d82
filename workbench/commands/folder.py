"""A folder that a command is to write files into, tried before the command writes anything elsewhere."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import InputError

__all__ = ["demand_folder"]


def demand_folder(folder: Path) -> None:
    """Make a folder where it is missing, and try to write in it.

    Raises
    ------
    InputError
        If it cannot be made or written.
    """
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"probe")
    except OSError as error:
        raise InputError(f"the folder {folder} cannot be made or written ({error.strerror}): name another one") from error
