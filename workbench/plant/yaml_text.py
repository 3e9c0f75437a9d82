"""YAML as a plant writes it: every value stays the text it is, duplicate keys are refused, and every key knows its line.

YAML 1.1 turns `on` into true, `22:30` into 1350 and `012` into 10, drops what follows ` #`, and takes the last of equal keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from workbench.errors import InputError
from workbench.plant.yaml_faults import syntax_sentence

__all__ = ["KeyPath", "YamlText", "dotted", "read_yaml"]

KeyPath = tuple[str | int, ...]

_TEXT_KEYS = frozenset({"name", "title", "tag", "measured", "unit", "description", "batch", "choices", "path", "file", "why"})
_NULLS = frozenset({"~", "null", "Null", "NULL"})


@dataclass(frozen=True)
class YamlText:
    """A YAML text as plain Python.

    Parameters
    ----------
    tree : dict
        Mappings, lists and texts; a key without a value holds None.
    lines : dict of key path to int
        Line of each key and list entry, from 1.
    """

    tree: dict[str, Any]
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def line(self, path: KeyPath) -> int | None:
        """Return the line of a key, or of the nearest key above it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None


def dotted(path: KeyPath) -> str:
    """Return a key path as a person writes it.

    Examples
    --------
    >>> dotted(("objective", "costs", 0, "unit"))
    'objective.costs[0].unit'
    """
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")


def read_yaml(text: str, label: str) -> YamlText:
    """Return the keys and values of a YAML text.

    Parameters
    ----------
    text : str
        What the file holds.
    label : str
        Name of the file, for messages.

    Raises
    ------
    InputError
        With label and line, if it is not YAML as meant.

    Examples
    --------
    >>> read_yaml("choices: [on, 22:30, 012]", "x.yaml").tree
    {'choices': ['on', '22:30', '012']}
    """
    try:
        node = _TextLoader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        raise InputError(f"{label} {syntax_sentence(error, text)}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = f"U+{error.character:04X}"
        raise InputError(f"{label} line {line}: holds a character that is no text ({code}); remove it") from None
    except RecursionError:
        raise InputError(f"{label}: is nested too deep to be a plant sheet") from None
    if node is None:
        raise InputError(f"{label}: is empty; `workbench new NAME` writes a sheet to start from")
    if not isinstance(node, yaml.MappingNode):
        raise InputError(
            f"{label} line {node.start_mark.line + 1}: is no plant sheet, which starts with a key such as `name: my_plant`"
        )
    walker = _Walker(text.splitlines(), label)
    return YamlText(walker.mapping(node, ()), walker.lines)


class _TextLoader(yaml.SafeLoader):
    """Safe loader that resolves nothing: every plain value is text; anchors, aliases and tags are refused."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  the type of the base class

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _refused_start("*", event)
        if getattr(event, "anchor", None):
            raise _refused_start("&", event)
        if getattr(event, "tag", None):
            raise _refused_start("!", event)
        return super().compose_node(parent, index)


def _refused_start(sign: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=f"quote {sign}", problem_mark=event.start_mark)


class _Walker:
    """Turns nodes into Python and notes the line of every key."""

    def __init__(self, rows: list[str], label: str) -> None:
        self.rows = rows
        self.label = label
        self.lines: dict[KeyPath, int] = {}

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise InputError(f"{self.label} line {line}: a key must be one word, not a list or a mapping")
            key = key_node.value
            below = (*path, key)
            if key in result:
                raise InputError(
                    f"{self.label} line {line}, {dotted(below)}: is given twice (first in line {self.lines[below]}); remove one"
                )
            self.lines[below] = line
            result[key] = self.value(value_node, below)
        return result

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            entries = []
            for at, entry in enumerate(node.value):
                self.lines[(*path, at)] = entry.start_mark.line + 1
                entries.append(self.value(entry, (*path, at)))
            return entries
        assert isinstance(node, yaml.ScalarNode)  # the only other kind
        self.refuse_comment(node, path)
        text = str(node.value)
        if node.style is None and (text == "" or (text in _NULLS and isinstance(path[-1], str))):
            return None
        return text

    def refuse_comment(self, node: yaml.ScalarNode, path: KeyPath) -> None:
        """Refuse `tag: #1 pump` and `tag: Pump #1`: YAML silently drops the rest of the line."""
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        mark = node.end_mark
        if node.style is not None or key not in _TEXT_KEYS or mark.line >= len(self.rows):
            return
        comment = re.match(r"\s*(#\S.*)", self.rows[mark.line][mark.column :])
        if comment:
            dropped = re.split(r"\s+#", comment[1])[0].strip()
            raise InputError(
                f"{self.label} line {mark.line + 1}, {dotted(path)}: '{dropped}' would be dropped as a comment; "
                "put quotes around a value that holds '#'"
            )
