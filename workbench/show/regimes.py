"""Settings by regime as people read them: settings down, regimes across, and what following the condition adds."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.records import LimitLine, Recommendation, RegimeLine, RegimeTable, SettingLine
from workbench.show.digits import UNKNOWN, decimals_for, exact_text, number_text, share_text
from workbench.show.words import gain_texts, is_changed, money_texts, objective_name, one_line, setting_texts
from workbench.wording import many, unit_of_change

__all__ = ["RegimeText", "regime_label", "regime_texts"]


@dataclass(frozen=True)
class RegimeText:
    """One table of settings by regime, all text.

    Parameters
    ----------
    title : str
    heads : list of str
        Of the columns beside the first: now, for all (where something is proposed), then the regimes.
    rows : list of tuple of str and list of str
        Share of the periods, the settings that move, improvement with interval, the limit that is held least.
    sentences : list of str
        What the table adds beyond one setting for all, and how far that is to be believed.
    """

    title: str
    heads: list[str]
    rows: list[tuple[str, list[str]]]
    sentences: list[str]


def regime_label(line: RegimeLine, unit: str) -> str:
    """Return a regime in a few words.

    Examples
    --------
    >>> from workbench.records import Gain, Support
    >>> gain = Gain(objective="a", unit="%", expected=1, low=0, high=2, level=0.9)
    >>> line = RegimeLine(low=29.7, high=30.3, periods=60, share=0.3, settings=(), gain=gain, limits=(),
    ...                   support=Support(nearest_periods=9, inside=True))
    >>> regime_label(line, "%"), regime_label(line.model_copy(update={"low": None}), "%")
    ('29.7 to 30.3 %', 'below 30.3 %')
    """
    end = "" if unit in {"", "-"} else f" {one_line(unit)}"
    if line.choice is not None:
        return one_line(line.choice)
    if line.low is None:
        return f"below {exact_text(line.high)}{end}"
    if line.high is None:
        return f"{exact_text(line.low)}{end} or more"
    return f"{exact_text(line.low)} to {exact_text(line.high)}{end}"


def regime_texts(recommendation: Recommendation) -> list[RegimeText]:
    """Return the tables of settings by regime; empty where one setting serves all."""
    return [_texts(recommendation, table) for table in recommendation.regimes]


def _texts(r: Recommendation, table: RegimeTable) -> RegimeText:
    one = r.gain if r.status == "proposed" else None
    columns = [*([r.settings] if one is not None else []), *(line.settings for line in table.lines)]
    heads = ["now", *(["for all"] if one is not None else []), *(regime_label(line, table.unit) for line in table.lines)]
    first = ["", *(["100 %"] if one is not None else [])]
    rows = [(f"share of recent {many(r.lineage.row)}", first + [share_text(line.share) for line in table.lines])]
    for across in zip(*columns, strict=True):
        if any(is_changed(s) for s in across):
            rows.append((_named(across[0].name, across[0].unit), _setting_cells(across)))
    gains = [*([one] if one is not None else []), *(line.gain for line in table.lines)]
    decimals = decimals_for(*(g.high - g.low for g in gains))
    objective, unit = objective_name(table.gain.objective), unit_of_change(table.gain.unit)
    middle = [number_text(g.expected, decimals) for g in gains]
    ends = [f"{number_text(g.low, decimals)} to {number_text(g.high, decimals)}" for g in gains]
    rows.append((_named(f"improvement in {objective}", unit), ["", *middle]))
    rows.append((f"{share_text(table.gain.level)} interval", ["", *ends]))
    if any(line.limits for line in table.lines):
        held = [*([r.limits] if one is not None else []), *(line.limits for line in table.lines)]
        rows.append(("limit held least", ["", *(_least(limits) for limits in held)]))
    return RegimeText(f"Settings by regime: {_words(table.condition)}", heads, rows, _sentences(table, one is not None))


def _sentences(table: RegimeTable, proposes: bool) -> list[str]:
    expected, interval = gain_texts(table.beyond)
    than = "one setting for all" if proposes else "the present settings"
    said = f"Following {_words(table.condition)} gives {expected} more than {than} ({interval})"
    money, money_interval = money_texts(table.beyond_per_year, table.beyond.level)
    said += f", worth {money} ({money_interval})." if money_interval else "."
    luck = table.placebo
    return [
        said,
        f"Replayed on this plant's own past without products of settings and conditions, such a table promised "
        f"more than is there in {luck.false_alarms:,} of {luck.runs:,} runs (at most {share_text(luck.high)}).",
        *(["What is approved and put on trial is one setting for all, not this table."] if proposes else []),
    ]


def _setting_cells(across: tuple[SettingLine, ...]) -> list[str]:
    now = next((setting_texts(s)[0] for s in across if is_changed(s)), UNKNOWN)
    return [now, *(setting_texts(s)[1] if is_changed(s) else "as now" for s in across)]


def _least(limits: tuple[LimitLine, ...]) -> str:
    known = [(line.probability_held, line.name) for line in limits if line.probability_held is not None]
    return f"{share_text(min(known)[0])} {_words(min(known)[1])}" if known else UNKNOWN


def _named(name: str, unit: str) -> str:
    return _words(name) if unit in {"", "-"} else f"{_words(name)} [{one_line(unit)}]"


def _words(name: str) -> str:
    return one_line(name).replace("_", " ")
