"""The first look in words: may these records be tuned on, what moved, and what is there to gain."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from workbench.prepare.apart import but_words
from workbench.records import Finding
from workbench.show.digits import UNKNOWN, decimals_for, money_text, number_text, share_text
from workbench.show.markdown_table import escaped, markdown_table
from workbench.show.shares import part_text
from workbench.wording import shown_unit, unit_of_change

__all__ = ["findings_markdown", "gain_markdown", "variables_markdown"]

CLEAR_SHOWN = 4  # settings named in the sentence on effects


def findings_markdown(findings: Sequence[Finding], refused: Sequence[Finding] = ()) -> str:
    """Return the verdict on the data and a table of all findings, those that disqualify the data first."""
    if refused:
        why = "\n".join(f"- **{escaped(f.code)}** {escaped(f.text)}" for f in refused)
        verdict = f"**These records cannot be tuned on.**\n\n{why}"
    else:
        restricted = escaped(but_words(findings))
        verdict = f"**These records can be tuned on{restricted}.**" + (
            "" if findings else " There is nothing to say against them."
        )
    others = [f for f in findings if f not in refused]
    if not others:
        return verdict + "\n"
    rows = [(f.code, f.tag or "", f.text) for f in others]
    counted = f"{len(rows)} thing{'s' if len(rows) > 1 else ''} to know about the data:"
    return f"{verdict}\n\n{counted}\n\n{markdown_table(('code', 'tag', 'finding'), 'lll', rows)}\n"


def variables_markdown(variables: pl.DataFrame) -> str:
    """Return a table of all variables: where each is, how far it spreads and how often it moves.

    Parameters
    ----------
    variables : polars.DataFrame
        From `movement_data` of the prepare room.
    """
    rows = []
    for row in variables.to_dicts():
        decimals = decimals_for(row["sd"]) if row["sd"] else None
        numbers = [number_text(row[key], decimals) for key in ("mean", "sd", "min", "max")]
        week = UNKNOWN if row["moves_per_week"] is None else number_text(row["moves_per_week"], 1)
        moves = UNKNOWN if row["moves"] is None else f"{row['moves']:,}"
        rows.append((row["role"], row["variable"], row["unit"], *numbers, moves, week, share_text(row["share_missing"])))
    heads = ("", "variable", "unit", "mean", "std. deviation", "lowest", "highest", "moves", "moves a week", "missing")
    return markdown_table(heads, "lllrrrrrrr", rows) + "\n"


def gain_markdown(
    skill: float | None,
    shares: pl.DataFrame,
    effects: pl.DataFrame,
    *,
    unit: str,
    currency: str | None,
    before_costs: bool = False,
) -> str:
    """Return what is there to gain, in three sentences.

    Parameters
    ----------
    skill : float or None
        Against the naive forecast in time order [-]; None where nothing was learned.
    shares : polars.DataFrame
        `part`, `share` [-].
    effects : polars.DataFrame
        `setting`, `unit`, `choice`, `step`, `gain`, `low`, `high` (positive is better) [`unit`], `value_per_year`.
    unit : str
        Unit of the objective.
    currency : str or None
        Of the yearly values.
    before_costs : bool
        True where the sheet has running costs, which neither gains nor yearly values count.
    """
    if skill is None:
        return "**Nothing was learned from these records**: there is nothing to say about a gain.\n"
    by = dict(shares.iter_rows())
    lines = [
        f"**Skill {number_text(skill, 2)}**: {_skill_words(skill)} "
        "(forecast in time order, against the last known level: 1 is perfect, 0 no better).",
        f"**{_of_settings(by['settings'])}**, {part_text(by['conditions'])} with "
        f"conditions, {part_text(by['drift and time of day'])} with slow drift and the time of day; "
        f"{part_text(by['unexplained'])} are unexplained.",
        _effects_sentence(effects, unit, currency, " before costs" if before_costs else ""),
    ]
    return "\n".join(f"- {line}" for line in lines) + "\n"


def _skill_words(skill: float) -> str:
    if skill >= 0.3:
        return "settings and conditions tell well where the objective goes next"
    if abs(skill) < 0.005:  # it is written as 0.00
        return "settings and conditions tell nothing about where the objective goes next"
    if skill > 0.0:
        return "settings and conditions tell a little about where the objective goes next"
    return (
        "settings and conditions do not tell where the objective goes next: its own ups and downs are larger than what they do"
    )


def _effects_sentence(effects: pl.DataFrame, unit: str, currency: str | None, before: str) -> str:
    known = effects.drop_nulls("gain")
    clear = known.filter((pl.col("low") > 0) | (pl.col("high") < 0)).sort(pl.col("gain").abs(), descending=True)
    if known.is_empty():
        return "**No setting moved**: nothing is known about moving them."
    if clear.is_empty():
        return "**No setting stands clear of zero** when it moves by one standard deviation alone."
    named = []
    for row in clear.head(CLEAR_SHOWN).to_dicts():
        move = f"at {row['choice']}" if row["choice"] else f"up by {number_text(row['step'])} {shown_unit(row['unit'])}".strip()
        worth = f"{number_text(row['gain'], sign=True)} {unit_of_change(unit)}".strip()
        worth += f" (90 % interval {number_text(row['low'], sign=True)} to {number_text(row['high'], sign=True)})"
        if row["value_per_year"] is not None and currency:
            worth += f", {money_text([row['value_per_year']], f'{currency}/year', sign=True)}"
        named.append(f"{row['setting'].replace('_', ' ')} {move}: {worth}")
    more = clear.height - len(named)
    rest = f" and {more} more" if more else ""
    shown = clear.head(CLEAR_SHOWN)
    is_choice = shown["choice"].is_not_null()
    notes = " A minus: lowering it would pay." if (shown.filter(~is_choice)["gain"] < 0).any() else ""
    notes += " A choice is compared with the most frequent one." if is_choice.any() else ""
    worth_it = escaped("; ".join(named))
    return f"**One standard deviation is worth something{before}** for {worth_it}{rest}.{notes}"


def _of_settings(share: float) -> str:
    if share < 0:
        return "None of the objective's ups and downs can be told to go with the settings"
    text = part_text(share)
    return f"{text[:1].upper()}{text[1:]} of the objective's ups and downs go with the settings"
