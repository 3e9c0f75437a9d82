"""Files that are whole or not there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["write_all", "write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Write `text` beside `path`, then rename: a full disk or a kill leaves what was there before, never half a file.

    Parameters
    ----------
    path : Path
        The file; its folder is made where it is missing.
    text : str
        Written as UTF-8, lines end with a line feed on every system.
    """
    write_all({path: text})


def write_all(texts: Mapping[Path, str]) -> None:
    """Write each text as `write_whole`, and rename none before all are written: a full disk leaves no new file beside old ones.

    Parameters
    ----------
    texts : mapping of Path to str
        By file.
    """
    parts = {path: path.with_name(f".{path.name}.part") for path in texts}
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            parts[path].write_text(text, encoding="utf-8", newline="\n")
        for path, part in parts.items():
            part.replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
