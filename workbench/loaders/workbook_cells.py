"""What a workbook says of its cells beside their values: which numbers it shows as per cent."""

from __future__ import annotations

import re
import zipfile
from array import array
from collections.abc import Callable, Collection, Mapping
from pathlib import PurePosixPath
from xml.parsers import expat

from workbench.errors import InputError
from workbench.loaders.source import SourceFile

__all__ = ["Places", "percent_places"]

_PERCENT_IDS = {9, 10}  # 0% and 0.00%, built in (ECMA-376, part 1, 18.8.30)
# what a format shows as it stands, or does not show: no sign of percents
_LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')

Places = Mapping[int, Collection[int]]
Attributes = Mapping[str, str]


def percent_places(file: SourceFile, sheet: str) -> Places:
    """Return the rows, by column, whose cells hold a number that is shown times 100 with a percent sign; both count from 0.

    Parameters
    ----------
    file : SourceFile
        A workbook that can be read.
    sheet : str
        Name of the sheet.

    Raises
    ------
    InputError
        If its parts cannot be read.
    """
    with _Parts(file) as parts:
        styles = {str(style) for style in _percent_styles(parts)}
        return parts.places(sheet, styles) if styles else {}


def _percent_styles(parts: _Parts) -> list[int]:
    """The numbers of the cell styles whose format has a percent sign."""
    formats, used = set(_PERCENT_IDS), list[int]()
    is_of_cells = False

    def note(name: str, said: Attributes) -> None:
        nonlocal is_of_cells
        if name == "numFmt" and "%" in _LITERAL.sub("", said.get("formatCode", "")):
            formats.add(int(said["numFmtId"]))
        elif name in ("cellXfs", "cellStyleXfs", "dxfs", "cellStyles"):
            is_of_cells = name == "cellXfs"
        elif name == "xf" and is_of_cells:
            used.append(int(said.get("numFmtId", 0)))

    parts.walk("xl/styles.xml", note)
    return [at for at, number in enumerate(used) if number in formats]


class _Parts:
    """The parts of an open workbook."""

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._book = zipfile.ZipFile(file.path)

    def __enter__(self) -> _Parts:
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    def walk(self, part: str, note: Callable[[str, Attributes], None]) -> None:
        """Give each element's name and attributes of a part to `note`; a part that is not there has none."""
        if part not in self._book.namelist():
            return
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda name, said: note(name.rpartition(":")[2], said)
        try:
            with self._book.open(part) as stream:
                parser.ParseFile(stream)
        except (expat.ExpatError, zipfile.BadZipFile, ValueError, KeyError) as error:
            label = self._file.label
            raise InputError(f"{label} cannot be read as a workbook: save it again as xlsx, csv or parquet") from error

    def places(self, sheet: str, styles: Collection[str]) -> Places:
        """The rows, by column, of a sheet's cells that hold a number in one of the styles."""
        found: dict[int, array[int]] = {}
        row = column = -1

        def note(name: str, said: Attributes) -> None:
            nonlocal row, column
            if name == "row":
                row, column = int(said["r"]) - 1 if "r" in said else row + 1, -1
            elif name == "c":
                column = _column(said["r"]) if "r" in said else column + 1
                if said.get("t", "n") == "n" and said.get("s") in styles:
                    found.setdefault(column, array("I")).append(row)

        self.walk(self._part_of(sheet), note)
        return found

    def _part_of(self, sheet: str) -> str:
        """The part that holds a sheet's cells."""
        links, targets = dict[str, str](), dict[str, str]()

        def note_sheet(name: str, said: Attributes) -> None:
            if name == "sheet":
                links[said["name"]] = next((value for key, value in said.items() if key.endswith(":id")), "")

        def note_target(name: str, said: Attributes) -> None:
            if name == "Relationship":
                targets[said["Id"]] = said["Target"]

        self.walk("xl/workbook.xml", note_sheet)
        self.walk("xl/_rels/workbook.xml.rels", note_target)
        return str(PurePosixPath("/xl") / targets.get(links.get(sheet, ""), "")).removeprefix("/")


def _column(address: str) -> int:
    """0 for A7, 26 for AA7."""
    number = 0
    for letter in address.rstrip("0123456789"):
        number = number * 26 + ord(letter) - 64
    return number - 1
