"""What a source says about a reading's quality, as good, uncertain or bad: words, OPC codes, flags and percentages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from workbench.records import Finding

__all__ = ["BAD", "GOOD", "QUALITY", "UNCERTAIN", "QualityReading", "is_quality", "quality_meanings"]

GOOD, UNCERTAIN, BAD = "good", "uncertain", "bad"
QUALITY = pl.Enum([GOOD, UNCERTAIN, BAD])

_GOOD_WORDS = {"ok", "true", "valid", "normal", "g", "t", "y", "yes", "gut", "正常", "好", "良好"}
_UNCERTAIN_WORDS = {
    "questionable", "suspect", "doubtful", "substituted", "subnormal", "estimated", "manual", "annotated", "interpolated",
    "u", "unsicher", "可疑",
}  # fmt: skip
_BAD_WORDS = {
    "false", "invalid", "failed", "fail", "failure", "error", "fault", "no data", "nodata", "not connected", "comm fail",
    "commfail", "i/o timeout", "timeout", "out of service", "configure", "scan off", "device failure", "sensor failure",
    "b", "f", "n", "no", "schlecht", "坏", "异常",
}  # fmt: skip
_DA_TOP = 255  # OPC DA quality is one byte; its top two bits are 11 good, 01 uncertain, else bad (OPC DA 2.05a, 6.8)
_UA_BITS = 1 << 32  # OPC UA status codes have 32 bits; the top two are 00 good, 01 uncertain, else bad (OPC 10000-4, 7.39)


@dataclass(frozen=True)
class QualityReading:
    """What each value of a quality column means.

    Parameters
    ----------
    meanings : mapping of str to str
        Value as text to good, uncertain or bad; what is not listed is good.
    finding : str or None
        A sentence where the meaning was not plain.
    """

    meanings: Mapping[str, str]
    finding: str | None = None

    def expr(self, column: pl.Expr) -> pl.Expr:
        """Return the quality of each row of a column as `QUALITY`."""
        by_meaning = {q: [text for text, meaning in self.meanings.items() if meaning == q] for q in (BAD, UNCERTAIN)}
        if not by_meaning[BAD] and not by_meaning[UNCERTAIN]:
            return pl.lit(GOOD, dtype=QUALITY)
        text = column.cast(pl.String)
        return (
            pl.when(text.is_in(by_meaning[BAD]).fill_null(False))
            .then(pl.lit(BAD, dtype=QUALITY))
            .when(text.is_in(by_meaning[UNCERTAIN]).fill_null(False))
            .then(pl.lit(UNCERTAIN, dtype=QUALITY))
            .otherwise(pl.lit(GOOD, dtype=QUALITY))
        )


def quality_meanings(values: pl.Series, name: str, tag: str | None = None) -> QualityReading:
    """Return what the distinct values of a quality column mean, decided from all of them together.

    Numbers above 255 make the column OPC UA status codes, else it is OPC DA. A column of 0 and 1 alone is a flag: 1 is good,
    but under the name 'status' 0 is. A column of 0 alone is good (OPC UA). A column of at most 100 with 100 in it is a
    percentage: 100 good, 0 bad. The last three are own assumptions and said as a finding.

    Parameters
    ----------
    values : polars.Series
        Distinct values, of any type.
    name : str
        Header of the column.
    tag : str, optional
        The tag it belongs to, for the sentence.

    Examples
    --------
    >>> quality_meanings(pl.Series(["192", "64", "0"]), "Quality").meanings
    {'192': 'good', '64': 'uncertain', '0': 'bad'}
    """
    seen = {text: text.strip().casefold() for text in values.cast(pl.String).drop_nulls().unique(maintain_order=True).to_list()}
    numbers = {text: number for text, bare in seen.items() if (number := _code(bare)) is not None}
    meanings, sentence = _numbers(numbers, name, tag) if numbers else ({}, None)
    unknown = []
    for text, bare in seen.items():
        if text in numbers or not bare:
            continue
        word = _word(bare)
        if word is None:
            unknown.append(text)
        meanings[text] = word or UNCERTAIN
    if unknown:
        listed = ", ".join(f"'{text}'" for text in sorted(unknown)[:5])
        sentence = (
            f"quality {listed} in column '{name}' is none of the known words and was taken as uncertain (used and counted)"
        )
    return QualityReading(meanings, sentence)


def is_quality(values: pl.Series) -> bool:
    """Return True when all values are words or codes that can only be a quality."""
    seen = {text.strip().casefold() for text in values.cast(pl.String).drop_nulls().unique().to_list()} - {""}
    codes = {_code(text) for text in seen} - {None}
    plain = all(_word(text) is not None or _code(text) is not None for text in seen)
    return bool(seen) and plain and (not codes or any(code is not None and (code == 192 or code >= 1 << 30) for code in codes))


def finding_of(reading: QualityReading, tag: str | None = None) -> Finding | None:
    """Return the finding of a quality column, None where its meaning was plain."""
    return None if reading.finding is None else Finding(code="L113", tag=tag, text=reading.finding)


def _numbers(codes: Mapping[str, int], name: str, tag: str | None) -> tuple[dict[str, str], str | None]:
    where = f"column '{name}'" + (f" of '{tag}'" if tag else "")
    distinct = set(codes.values())
    if any(code > _DA_TOP for code in distinct):
        return {text: _ua(code) for text, code in codes.items()}, None
    if distinct == {0}:
        sentence = f"{where} holds 0 alone, which was read as good (OPC UA); with OPC DA codes all of it would be bad"
        return dict.fromkeys(codes, GOOD), sentence
    if distinct <= {0, 1}:
        good = 0 if "status" in name.casefold() else 1
        sentence = f"{where} holds 0 and 1 only: {good} was read as good, {1 - good} as bad"
        return {text: GOOD if code == good else BAD for text, code in codes.items()}, sentence
    if max(distinct) == 100:
        sentence = f"{where} was read as a percentage: 100 good, 0 bad, between them uncertain (used and counted)"
        return {text: GOOD if code == 100 else BAD if code == 0 else UNCERTAIN for text, code in codes.items()}, sentence
    return {text: _da(code) for text, code in codes.items()}, None


def _da(code: int) -> str:
    return {0b11: GOOD, 0b01: UNCERTAIN}.get(code >> 6, BAD)


def _ua(code: int) -> str:
    return {0b00: GOOD, 0b01: UNCERTAIN}.get(code >> 30, BAD)


def _code(text: str) -> int | None:
    """A quality code as a number from 0 on; negative ones are 32 bits with a sign."""
    try:
        number = float(int(text, 16)) if text.startswith("0x") else float(text)
    except ValueError:
        return None
    return int(number) % _UA_BITS if number.is_integer() and abs(number) < _UA_BITS else None


def _word(text: str) -> str | None:
    for meaning, words in ((GOOD, _GOOD_WORDS), (UNCERTAIN, _UNCERTAIN_WORDS), (BAD, _BAD_WORDS)):
        if text in words or text.startswith(meaning):
            return meaning
    return None
