"""Files that are whole or not there."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Write `text` beside `path`, then rename: a full disk or a kill leaves what was there before, never half a file.

    Parameters
    ----------
    path : Path
        The file; its folder is made where it is missing.
    text : str
        Written as UTF-8, lines end with a line feed on every system.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
