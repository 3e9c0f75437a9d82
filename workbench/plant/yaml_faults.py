"""Faults of YAML in words: what is wrong in which line, and what to type instead."""

from __future__ import annotations

import re

import yaml

__all__ = ["syntax_sentence"]

_QUOTED = frozenset("%@`*&!|>")
_LONGEST_KEY = 1024  # [characters] YAML 1.1, 7.2: a longer key is none
_LONG_KEY = re.compile(rf"[^\s:,{{}}\[\]][^:,{{}}\[\]]{{{_LONGEST_KEY},}}:(?:\s|$)")


def syntax_sentence(error: yaml.MarkedYAMLError, text: str) -> str:
    """Return line and fault of a YAML error, without the file's name.

    Parameters
    ----------
    error : yaml.MarkedYAMLError
        As the parser raised it; a problem ``quote X`` says that a value starts with the sign X.
    text : str
        The whole text.
    """
    mark = error.problem_mark or error.context_mark
    rows = text.splitlines() or [""]
    at = min(mark.line, len(rows) - 1) if mark else 0
    column = mark.column if mark and mark.line == at else len(rows[at])
    return f"line {at + 1}: {_fault(error, rows, at, column)}"


def _fault(error: yaml.MarkedYAMLError, rows: list[str], at: int, column: int) -> str:
    row, problem, context = rows[at], error.problem or "", error.context or ""
    sign = problem.removeprefix("quote ") if problem.startswith("quote ") else row[column : column + 1]
    if "alias" in context:
        sign = "*"
    if sign == "\t" or "\t" in row[: len(row) - len(row.lstrip())]:
        return "is indented with a tab; use spaces"
    if "sequence entries are not allowed" in problem:
        return "a value that is just '-' needs quotes, as in unit: \"-\""
    if sign in _QUOTED and (problem.startswith("quote ") or "cannot start any token" in problem or "alias" in context):
        return f"a value that starts with '{sign}' needs quotes{_quoted(row, column)}"
    if "mapping values are not allowed" in problem:
        return "a value that holds ': ' needs quotes, or the line before it lacks its ':'"
    opened = error.context_mark.line if error.context_mark else at
    if _LONG_KEY.search(row) or _LONG_KEY.search(rows[min(opened, at)]):
        many = f"has more than {_LONGEST_KEY:,} characters before a ':', too many for a key"
        return f"{many}; shorten it, or put quotes around a value"
    if "quoted scalar" in context:
        return "a quote is opened and not closed"
    if "flow" in context:
        hashed = any(re.search(r"[\[,{:]\s*#", part) for part in rows[opened : at + 1])
        hint = "; '#' starts a comment: put quotes around a value that holds it" if hashed else ""
        return f"a bracket opened in line {opened + 1} is not closed, or a ',' is missing{hint}"
    if "single document" in context + problem:
        return "holds a second document ('---'); one file is one sheet"
    if "could not find expected ':'" in problem and any("\uff1a" in near for near in rows[max(at - 1, 0) : at + 1]):
        return "here or in the line above a full-width '\uff1a' stands where ':' and a blank belong"
    if "could not find expected ':'" in problem:
        return "lacks its ':', or its indentation does not fit the lines above"
    if "<block end>" in problem:
        return "its indentation does not fit the lines above, or a quote is closed too early"
    return f"is not YAML as meant ({problem})"


def _quoted(row: str, column: int) -> str:
    """The value in quotes with its key, as it should stand."""
    found = re.search(r"([\w.]+)\s*:\s*$", row[:column])
    if not found:
        return ""
    in_brackets = "{" in row[:column] or "[" in row[:column]
    value = re.split(r"\s+#|[,}\]]" if in_brackets else r"\s+#", row[column:])[0].strip().replace('"', "")
    return f', as in {found[1]}: "{value}"'
