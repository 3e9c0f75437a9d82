"""Sheets from files: read, check, and say in one sentence what does not fit and where."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbench.errors import InputError, closest_hint
from workbench.plant.sheet import Sheet
from workbench.plant.sheet_findings import sheet_findings
from workbench.plant.spans import parse_zone
from workbench.plant.yaml_text import KeyPath, YamlText, dotted, read_yaml

__all__ = ["library", "load_sheet", "read_sheet"]

_LIBRARY = Path(__file__).parent / "library"
_SUFFIXES = (".yaml", ".yml")
_LARGEST = 2_000_000  # [bytes] largest file that can be a sheet
_RECORDS = (".csv", ".parquet", ".tsv", ".txt", ".xlsx")  # endings of files of records


def library() -> dict[str, Path]:
    """Return the bundled sheets by name, in alphabetical order.

    Examples
    --------
    >>> all(path.suffix == ".yaml" for path in library().values())
    True
    """
    return {path.stem: path for path in sorted(_LIBRARY.glob("*.yaml"))}


def load_sheet(plant: str | Path) -> Sheet:
    """Return a plant's sheet, checked.

    Parameters
    ----------
    plant : str or Path
        Name of a bundled plant, or path of a sheet.

    Raises
    ------
    InputError
        If there is no such plant, or the sheet cannot be read as meant: one sentence with file, line and key.
    """
    path = _path_of(plant)
    data = _read_bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path.name}: is not UTF-8 text; save it as UTF-8") from None
    sheet = read_sheet(text, path.name)
    sheet._file = path
    _keep(sheet, data)
    return sheet


def read_sheet(text: str, label: str = "sheet") -> Sheet:
    """Return the sheet that a YAML text holds.

    Parameters
    ----------
    text : str
        YAML as `load_sheet` reads it from a file.
    label : str
        Name of the text, for messages.

    Raises
    ------
    InputError
        As `load_sheet`.

    Examples
    --------
    >>> sheet = read_sheet('''
    ... name: line_1
    ... period: 1h
    ... settings: {speed: {unit: rpm, low: 10, high: 20, max_step: 2}}
    ... outcomes: {waste: {unit: "%"}}
    ... objective: {minimize: waste, unit: "%"}
    ... ''')
    >>> sheet.settings["speed"].max_step, sheet.objective.maximize
    (2.0, False)
    """
    document = read_yaml(text, label)
    try:
        sheet = Sheet.model_validate(document.tree, context=_context(document.tree))
    except ValidationError as error:
        raise InputError(_sentence(error, document, label)) from None
    _keep(sheet, text.encode())
    sheet._findings = sheet_findings(sheet)
    return sheet


def _keep(sheet: Sheet, data: bytes) -> None:
    sheet._data, sheet._sha256 = data, hashlib.sha256(data).hexdigest()


def _path_of(plant: str | Path) -> Path:
    text = str(plant)
    bundled = library()
    if isinstance(plant, str) and text in bundled:
        return bundled[text]
    path = Path(plant)
    if isinstance(plant, Path) or path.suffix in _SUFFIXES or len(path.parts) > 1 or path.exists():
        return path
    near = f", the bundled plants are {', '.join(bundled)}" if bundled else ""
    hint = closest_hint(text, [*bundled, *_sheets_in(Path())])
    such = path.with_suffix(_SUFFIXES[0]) if path.name else "plant.yaml"
    raise InputError(f"there is no plant '{text}'{hint}{near}; a sheet is named by its path, such as {such}")


def _sheets_in(folder: Path) -> list[str]:
    """Names of the files in a folder that may be sheets."""
    return sorted(path.name for path in folder.glob("*") if path.suffix in _SUFFIXES) if folder.is_dir() else []


def _read_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(f"{path} is a folder: name the sheet in it, such as {path / 'plant.yaml'}")
    if path.suffix.lower() in _RECORDS and path.exists():
        raise InputError(
            f"{path} is a file of records, where a plant sheet is asked for: `workbench new NAME --from {path}` starts a sheet"
            " of it"
        )
    try:
        size = path.stat().st_size
        if size > _LARGEST:
            raise InputError(f"{path} has {size:,} bytes, a plant sheet at most {_LARGEST:,}: is it data?")
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"there is no file {path}{closest_hint(path.name, _sheets_in(path.parent))}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise InputError(f"{str(path)!r} cannot be read: its name holds a character that no file name can have") from None


def _context(tree: Mapping[str, Any]) -> dict[str, Any]:
    """What single keys need to know of others: the variables' choices for formulas, the timezone for dates."""
    variables: dict[str, Any] = {}
    for section in ("settings", "conditions", "outcomes"):
        named = tree.get(section)
        for name, spec in named.items() if isinstance(named, Mapping) else ():
            choices = spec.get("choices") if isinstance(spec, Mapping) else None
            variables[name] = [str(c) for c in choices] if isinstance(choices, list) else None
    context: dict[str, Any] = {"variables": variables}
    try:
        context["zone"] = parse_zone(str(tree.get("timezone") or "UTC"))
    except InputError:
        context["zone"] = parse_zone("UTC")  # the key `timezone` reports its own fault
    return context


def _sentence(error: ValidationError, document: YamlText, label: str) -> str:
    """The first fault in the order of the file, as one sentence."""
    faults = []
    for at, item in enumerate(error.errors(include_url=False, include_input=False)):
        keys: KeyPath = tuple(item["loc"]) + tuple(item.get("ctx", {}).get("keys", ()))
        line = document.line(keys)
        faults.append((line or 0, at, keys, _words(item)))
    line, _, keys, words = min(faults, key=lambda fault: (fault[0] == 0, fault[0], fault[1]))
    where = f"{label} line {line}" if line else label
    return f"{where}, {dotted(keys)}: {words}" if keys else f"{where}: {words}"


def _words(item: Any) -> str:
    match item["type"]:
        case "plant_sheet":
            return str(item["ctx"]["sentence"])
        case "missing":
            return "is missing" + _ADVICE.get(str(item["loc"][-1]), ": add it")
        case "tuple_type" | "list_type":
            return "needs a list"
        case "dict_type" | "model_type":
            return "needs keys and values below it"
    return str(item["msg"])[:1].lower() + str(item["msg"])[1:]


_ADVICE = {
    "formula": ": write a formula over the variables",
    "unit": ": write currency per time, such as CNY/h",
    "from": ": write the first moment that is left out, such as 2025-03-01",
    "to": ": write the first moment that counts again, such as 2025-03-09",
    "setting": ": name the setting",
    "outcome": ": name the outcome",
    "direction": ": write up or down",
    "name": ": a sheet starts with its name, such as name: acid_line_1",
    "settings": ": list at least one setting that you may change",
    "objective": ': say what to improve, such as objective: {maximize: recovery, unit: "%"}',
}
