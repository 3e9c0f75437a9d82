"""Text readings: which of a variable's choices each is, whether the state of a share holds, and texts that are no choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.errors import closest_hint
from workbench.prepare.columns import Column
from workbench.prepare.readings import Readings
from workbench.records import Finding
from workbench.wording import counted

__all__ = ["NO_CHOICE", "choice_finding", "code_of_word", "codes_of", "screen_choices", "state_findings", "values_of"]

NO_CHOICE = "unknown choice"
STATES_SHOWN = 5


def code_of_word(word: str | None, codes: Mapping[str, int]) -> int:
    """Return the code of a text, -1 for none; a number is found under any way of writing it (`12`, `12.0`, `012`).

    Examples
    --------
    >>> code_of_word("12", {"A": 0, "012": 1})
    1
    """
    if word is None:
        return -1
    if word in codes:
        return codes[word]
    number = _number(word)
    if number is not None:
        for choice, code in codes.items():
            if _number(choice) == number:
                return code
    return -1


def codes_of(column: Column, readings: Readings) -> NDArray[np.int64]:
    """Return the position of each reading's text among the column's choices, -1 where it is none of them."""
    return _coded(readings, {choice: code for code, choice in enumerate(column.choices or ())})


def values_of(column: Column, readings: Readings) -> NDArray[np.float64]:
    """Return the readings' values; for a share 1 where the state holds and 0 elsewhere."""
    if column.state is None:
        return readings.value
    return np.equal(_coded(readings, {column.state: 0}), 0).astype(np.float64)


def screen_choices(columns: Sequence[Column], readings: Readings) -> tuple[Readings, int, list[Finding]]:
    """Return the readings with texts that are no choice marked as bad, how many these are, and findings on them."""
    findings = []
    lost = np.zeros(readings.time.size, dtype=bool)
    for column in columns:
        if column.state is not None and readings.words is not None:
            findings += state_findings(column, readings.words[readings.is_good].astype(str).tolist())
        if column.choices is None or readings.words is None:
            continue
        wrong = readings.is_good & (codes_of(column, readings) < 0)
        lost |= wrong
        if wrong.any():
            findings.append(choice_finding(column, readings.words[wrong].astype(str).tolist(), readings.time.size))
    n = int(np.count_nonzero(lost))
    return (replace(readings, is_good=readings.is_good & ~lost) if n else readings), n, findings


def choice_finding(column: Column, wrong: Sequence[str], n: int) -> Finding:
    """Return the finding on the texts `wrong`, which are none of the column's choices, among `n` readings."""
    choices = column.choices or ()
    words, counts = np.unique(np.array(wrong), return_counts=True)
    word = str(words[np.argmax(counts)])
    text = (
        f"{len(wrong):,} of {counted(n, 'reading')} not among the choices {', '.join(choices)}: set aside;"
        f" the commonest is {word!r}{closest_hint(word, choices)}"
    )
    return Finding(code="D113", tag=column.tag, text=text)


def state_findings(column: Column, words: Sequence[str]) -> list[Finding]:
    """Return a finding where the state that a share counts is none of the texts `words` of its tag."""
    if not words or column.state is None or any(code_of_word(word, {column.state: 0}) == 0 for word in set(words)):
        return []
    known, counts = np.unique(np.array(words), return_counts=True)
    commonest = [str(word) for word in known[np.argsort(-counts, kind="stable")]]
    held = f"{', '.join(commonest[:STATES_SHOWN])}{' and others' if len(commonest) > STATES_SHOWN else ''}"
    text = (
        f"the state {column.state!r} is in none of {counted(len(words), 'reading')}{closest_hint(column.state, commonest)},"
        f" so that {column.name} is 0 throughout; the readings say {held}"
    )
    return [Finding(code="D113", tag=column.tag, text=text)]


def _coded(readings: Readings, codes: Mapping[str, int]) -> NDArray[np.int64]:
    words = [] if readings.words is None else readings.words.tolist()
    distinct = {word: code_of_word(word, codes) for word in set(words)}
    return np.array([distinct[word] for word in words], dtype=np.int64)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
