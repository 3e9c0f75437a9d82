"""What a notebook may be told: the cell tagged `parameters`, its names, types and defaults, read without running it."""

from __future__ import annotations

import ast
import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.addresses import NO_ADDRESS, is_address
from workbench.errors import InputError, closest_hint
from workbench.run.find import shipped_notebooks

__all__ = ["Parameter", "check_parameters", "read_assignments", "read_parameters", "require_parameters"]

_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}
_NOTHING = {"null", "none", ""}
_KINDS = ("bool", "int", "float", "str", "list", "dict", "None")


@dataclass(frozen=True)
class Parameter:
    """One line of the parameters cell.

    Parameters
    ----------
    name : str
    default : object
        Its value there; None also where the cell computes it.
    kinds : frozenset of str
        What it takes: of bool, int, float, str, list, dict, None; empty where the cell does not tell.
    """

    name: str
    default: object
    kinds: frozenset[str]

    def read(self, text: str) -> object:
        """Return the value that a text typed on the command line means, by the kind of the default.

        Raises
        ------
        InputError
            If the text is none of what the parameter takes.

        Examples
        --------
        >>> Parameter("track", True, frozenset({"bool"})).read("no")
        False
        """
        folded = text.strip().casefold()
        if "None" in self.kinds and self.kinds != {"None"} and folded in _NOTHING:
            return None
        if "bool" in self.kinds and folded in _TRUE | _FALSE:
            return folded in _TRUE
        for kind, reader in (("int", int), ("float", float)):
            if kind in self.kinds:
                try:
                    return reader(text)
                except ValueError:
                    continue
        if self.kinds & {"list", "dict"}:
            value = _json(text)
            if type(value).__name__ in self.kinds:
                return value
        if "str" in self.kinds:
            return text
        if self.kinds in (frozenset(), frozenset({"None"})):
            value = _json(text)
            return text if value is _NOT_JSON else value
        raise InputError(f"parameter {self.name} takes {self._takes()}, not {text!r}")

    def _takes(self) -> str:
        words = {"bool": "true or false", "int": "a whole number", "float": "a number", "str": "a text", "None": "null"}
        words |= {"list": 'a list as JSON such as \'["a", "b"]\'', "dict": "a mapping as JSON such as '{\"a\": 1}'"}
        return " or ".join(words[kind] for kind in _KINDS if kind in self.kinds)


def read_parameters(path: Path) -> dict[str, Parameter]:
    """Return the parameters of a notebook, by name in the order of the cell.

    Parameters
    ----------
    path : Path
        A notebook; it is not run.

    Raises
    ------
    InputError
        If the file is no notebook, or not exactly one cell is tagged `parameters`, or that cell is not plain Python.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
        sources = ["".join(cell["source"]) for cell in tagged]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} cannot be read as a notebook: save it again from JupyterLab") from error
    if len(sources) != 1:
        number = "no cell" if not sources else f"{len(sources)} cells"
        raise InputError(f"{path} has {number} tagged 'parameters': tag exactly one in JupyterLab's property inspector")
    try:
        lines = ast.parse(sources[0]).body
    except SyntaxError as error:
        raise InputError(
            f"the parameters cell of {path} is not plain Python (line {error.lineno}): assign constants only"
        ) from error
    found = [_parameter(line) for line in lines]
    return {parameter.name: parameter for parameter in found if parameter}


def read_assignments(path: Path, assignments: Iterable[str]) -> dict[str, object]:
    """Return the values of `key=value` texts, each of the kind that the notebook's default has.

    Parameters
    ----------
    path : Path
        The notebook.
    assignments : iterable of str
        As typed after -p.

    Raises
    ------
    InputError
        If one is not `key=value`, twice there, or unknown to the notebook, or its value is of another kind.
    """
    known = read_parameters(path)
    values: dict[str, object] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = name.strip()
        if not equals or not name:
            raise InputError(f"-p {assignment} is not key=value: write for example -p plant=phosphoric_acid")
        if name in values:
            raise InputError(f"parameter {name} is given twice: give it once")
        values[name] = _known(path, name, known).read(text)
    return values


def check_parameters(path: Path, values: Mapping[str, object]) -> dict[str, Any]:
    """Return the values as Papermill may write them into the notebook; names and kinds are those of its cell.

    Raises
    ------
    InputError
        If a name is unknown, or a value is not made of text, numbers, true, false, null, lists and mappings.
    """
    known = read_parameters(path)
    checked = {}
    for name, value in values.items():
        parameter = _known(path, name, known)
        plain = _plain(name, value)
        if name == "source" and isinstance(plain, str) and is_address(plain):  # a notebook would keep it
            raise InputError(NO_ADDRESS)
        kind = "None" if plain is None else type(plain).__name__
        fits = kind in parameter.kinds or (kind == "int" and "float" in parameter.kinds)
        if not fits and parameter.kinds not in (frozenset(), frozenset({"None"})):
            raise InputError(f"parameter {name} takes {parameter._takes()}, not {value!r}{_text_hint(parameter, value)}")
        checked[name] = plain
    return checked


def require_parameters(notebook: str, names: Mapping[str, object]) -> None:
    """Refuse parameters of the wrong kind, whoever gave them: Papermill's own command line hands texts on as they are.

    Parameters
    ----------
    notebook : str
        Name of one that comes with the package.
    names : mapping of str to object
        What its cell of parameters set, among whatever else has a name there.

    Raises
    ------
    InputError
        As `check_parameters`.
    """
    path = shipped_notebooks()[notebook]
    given = {name: names[name] for name in read_parameters(path) if name in names}
    check_parameters(
        path, {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in given.items()}
    )


def _text_hint(parameter: Parameter, value: object) -> str:
    """What to write for 'false' where a text is no answer."""
    if "bool" not in parameter.kinds or not isinstance(value, str) or value.casefold() not in _TRUE | _FALSE:
        return ""
    return f", which is a text: write {value.casefold() in _TRUE}"


def _known(path: Path, name: str, known: Mapping[str, Parameter]) -> Parameter:
    if name not in known:
        takes = f"it takes {', '.join(known)}" if known else "it takes none"
        raise InputError(f"{path.name} has no parameter {name!r}{closest_hint(name, known)}: {takes}")
    return known[name]


def _parameter(line: ast.stmt) -> Parameter | None:
    """One assignment of the cell; None for anything else, such as a comment or an import."""
    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is not None:
        default = _literal(line.value)
        words = set(re.findall(r"\w+", re.sub(r"\[.*\]", "", ast.unparse(line.annotation))))
        if "Optional" in words:
            words = set(re.findall(r"\w+", ast.unparse(line.annotation))) - {"Optional"} | {"None"}
        return Parameter(line.target.id, default, frozenset(words & set(_KINDS)) if words <= set(_KINDS) else frozenset())
    if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
        default = _literal(line.value)
        kind = "None" if default is None else type(default).__name__
        return Parameter(line.targets[0].id, default, frozenset({kind} & set(_KINDS)))
    return None


def _literal(value: ast.expr) -> object:
    try:
        return ast.literal_eval(value)
    except ValueError:
        return None


_NOT_JSON = object()


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return _NOT_JSON


def _plain(name: str, value: object) -> object:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list | tuple):
        return [_plain(name, item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(name, item) for key, item in value.items()}
    raise InputError(
        f"parameter {name} cannot be {value!r} ({type(value).__name__}): give a text, a finite number, true, false, null,"
        " a list or a mapping"
    )
