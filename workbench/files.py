"""Files that are whole or not there."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping
from pathlib import Path

from workbench.errors import InputError

__all__ = ["disk_sentence", "write_all", "write_whole"]

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}
_NO_PLACE = {errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP}


def disk_sentence(error: OSError, place: Path | None = None) -> str | None:
    """Return what a disk that refuses means for a user, in one sentence; None for any other fault of the system.

    Parameters
    ----------
    error : OSError
        What the system said.
    place : Path, optional
        What was to be written; without it, what the error names.

    Examples
    --------
    >>> disk_sentence(OSError(errno.ENOSPC, "No space left on device"), Path("o/card.html"))
    'the disk is full (o/card.html): make room, or write to another disk'
    """
    named = place if place is not None else error.filename
    where = f" ({named})" if named else ""
    if error.errno in _FULL:
        return f"the disk is full{where}: make room, or write to another disk"
    if isinstance(error, PermissionError):
        return f"no permission{where}: give yourself the right, or name another place"
    if error.errno in _FORBIDDEN | _NO_PLACE:
        return f"{error.strerror}{where}: name another place"
    return None


def write_whole(path: Path, text: str) -> None:
    """Write `text` beside `path`, then rename: a full disk or a kill leaves what was there before, never half a file.

    Parameters
    ----------
    path : Path
        The file; its folder is made where it is missing.
    text : str
        Written as UTF-8, lines end with a line feed on every system.

    Raises
    ------
    InputError
        If the disk is full, or refuses the place.
    """
    write_all({path: text})


def write_all(texts: Mapping[Path, str | bytes]) -> None:
    """Write each text as `write_whole`, and rename none before all are written: a full disk leaves no new file beside old ones.

    Parameters
    ----------
    texts : mapping of Path to str or bytes
        By file, in the order in which they are renamed; bytes are written as they are.

    Raises
    ------
    InputError
        If the disk is full, or refuses a place.
    """
    # by process: two that write the same file at once must not rename each other's
    parts = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in texts}
    place = None
    try:
        for path, text in texts.items():
            place = path.parent
            place.mkdir(parents=True, exist_ok=True)
            place = path
            if isinstance(text, bytes):
                parts[path].write_bytes(text)
            else:
                parts[path].write_text(text, encoding="utf-8", newline="\n")
        for path, part in parts.items():
            place = path
            part.replace(path)
    except OSError as error:
        said = disk_sentence(error, place)
        if said is None:
            raise
        raise InputError(said) from error
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):  # the fault before it is the one to tell
                part.unlink()
