"""Find the file of a source and make sure of it before anybody reads: there, readable, not empty, what it says it is."""

from __future__ import annotations

import codecs
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.addresses import NO_ADDRESS, is_address
from workbench.errors import InputError, closest_hint

if TYPE_CHECKING:
    from workbench.plant import Sheet, Source

__all__ = ["SourceFile", "is_unchanged", "locate", "read_source_file"]

Kind = Literal["text", "parquet", "xlsx"]

_BLOCK = 1 << 20  # [bytes] read at a time
_PARQUET_MAGIC = b"PAR1"
_ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old Excel, and every password-protected workbook
_SUFFIXES = {".csv": "text", ".txt": "text", ".tsv": "text", ".parquet": "parquet", ".pq": "parquet", ".xlsx": "xlsx"}


@dataclass(frozen=True)
class SourceFile:
    """A file that was opened once, from end to end.

    Parameters
    ----------
    path : Path
    kind : {"text", "parquet", "xlsx"}
        By content, not by suffix.
    sha256 : str
        Hash of its bytes, 64 hex digits.
    encoding : str
        Of a text file: ``utf-8``, ``utf-16`` or ``cp1252`` (the fallback); empty for the others.
    written : tuple of (int, int)
        Its size [bytes] and when it was last written [ns], as it was opened.
    """

    path: Path
    kind: Kind
    sha256: str
    encoding: str = ""
    written: tuple[int, int] = (0, 0)

    @property
    def label(self) -> str:
        """The file's name, for messages."""
        return self.path.name


def locate(sheet: Sheet | None, source: str | Path | Source | None) -> Path:
    """Return the path that a source means.

    Parameters
    ----------
    sheet : Sheet or None
        Its own source counts where `source` is None, relative to the sheet's file.
    source : str, Path, Source or None
        A path (relative to the current folder), a sheet's source, or None.

    Raises
    ------
    InputError
        If there is no source, or one that this room cannot read. Addresses are never repeated: they may hold a password.
    """
    if source is None:
        if sheet is None or sheet.source is None:
            where = "" if sheet is None else f" in {sheet.label}"
            raise InputError(
                f"no source of records is named{where}: add `source: {{file: history.csv}}` to the sheet, or name the file as "
                "source (--source FILE; of a notebook -p source=FILE)"
            )
        return locate(sheet, sheet.source)
    if isinstance(source, str):
        if is_address(source):
            raise InputError(NO_ADDRESS)
        return Path(source)
    if isinstance(source, Path):
        return source
    kind = source.kind
    if kind == "simulated":
        raise InputError("a simulated source is made by its simulator, not read from a file: name a csv, parquet or xlsx file")
    if kind != "file":
        raise InputError(
            f"a source by {kind} is not available yet: export the records to csv, parquet or xlsx, and name that `file`"
        )
    path = Path(str(source.file)).expanduser()
    if not path.is_absolute() and sheet is not None and sheet.file is not None:
        beside = sheet.file.parent / path
        return beside if beside.exists() or not path.exists() else path
    return path


def read_source_file(path: Path) -> SourceFile:
    """Return what a file is, with the hash of its bytes; one pass over it.

    Raises
    ------
    InputError
        If it is missing, a folder, not to be read, empty, protected, or neither text nor parquet nor xlsx.
    """
    path = path.expanduser()
    try:
        if not path.exists():
            raise InputError(f"{path} does not exist{_neighbour_hint(path)}: name a csv, parquet or xlsx file")
        if path.is_dir():
            raise InputError(
                f"{path} is a folder: name one csv, parquet or xlsx file in it;"
                " records of several files go into one, as rows of time, tag and value"
            )
        if not path.is_file():
            raise InputError(f"{path} is not a plain file: name a csv, parquet or xlsx file")
        if not os.access(path, os.R_OK):
            raise InputError(f"{path} may not be read by this account: ask for permission to read it")
        return _scanned(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror or 'input/output error'}): check the file and its permissions"
        ) from error


def is_unchanged(file: SourceFile) -> bool:
    """Return whether nobody wrote to a file, replaced it or took it away since it was opened."""
    try:
        return _written(file.path.expanduser().stat()) == file.written
    except OSError:
        return False


def _written(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def _neighbour_hint(path: Path) -> str:
    """A file of nearly the same name beside the missing one."""
    if not path.parent.is_dir():
        return ""
    try:
        return closest_hint(path.name, sorted(entry.name for entry in path.parent.iterdir())[:2000])
    except OSError:
        return ""


def _scanned(path: Path) -> SourceFile:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        written = _written(os.fstat(stream.fileno()))
        head = stream.read(_BLOCK)
        if not head.strip():
            raise InputError(f"{path.name} is empty: nothing to read")
        kind = _kind_by_content(path, head)
        decoder = codecs.getincrementaldecoder("utf-8")() if kind == "text" and not _is_utf16(head) else None
        is_utf8, block = True, head
        while block:
            digest.update(block)
            if decoder is not None and is_utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    is_utf8 = False
            block = stream.read(_BLOCK)
        if decoder is not None and is_utf8:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                is_utf8 = False
    encoding = "" if kind != "text" else "utf-16" if decoder is None else "utf-8" if is_utf8 else "cp1252"
    return SourceFile(path, kind, digest.hexdigest(), encoding, written)


def _kind_by_content(path: Path, head: bytes) -> Kind:
    if head.startswith(_PARQUET_MAGIC):
        return "parquet"
    if head.startswith(_ZIP_MAGIC):
        return "xlsx"
    if head.startswith(_OLE_MAGIC):
        raise InputError(f"{path.name} is protected by a password or an old xls workbook: save it as xlsx without a password")
    expected = _SUFFIXES.get(path.suffix.casefold(), "text")
    if expected != "text":
        meant = "a parquet file" if expected == "parquet" else "an xlsx file"
        raise InputError(f"{path.name} is not {meant}, whatever its name says: export it again")
    if not _is_utf16(head) and b"\0" in head:
        raise InputError(f"{path.name} is neither text nor parquet nor xlsx: export the records to one of these")
    return "text"


def _is_utf16(head: bytes) -> bool:
    """True for a byte order mark of UTF-16, or every other byte of the start being zero."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    start = head[:200]
    return len(start) >= 4 and (not any(start[1::2]) or not any(start[0::2]))
