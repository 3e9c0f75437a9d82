"""What the card shows, as texts and places ready for the template: numbers have units, what is unknown is said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from workbench.records import Finding, LimitLine, Lineage, OutcomeLine, Recommendation, RefereeRow, SettingLine
from workbench.show.bars import interval_bar, setting_bar
from workbench.show.costs import net_sentence
from workbench.show.digits import UNKNOWN, decimals_for, exact_text, number_text, share_text
from workbench.show.evidence import (
    hidden_sentence,
    judged_sentence,
    model_sentence,
    periods_sentence,
    placebo_sentence,
    readings_sentence,
    support_sentence,
)
from workbench.show.paper import print_points
from workbench.show.referee import referee_table
from workbench.show.regimes import regime_texts
from workbench.show.why import why_sentences
from workbench.show.words import (
    NOT_PRICED,
    bound_text,
    change_text,
    findings_in_order,
    gain_texts,
    headline,
    is_changed,
    level_text,
    limit_held_note,
    money_texts,
    next_step,
    objective_name,
    one_line,
    setting_texts,
    time_text,
)
from workbench.wording import counted, many, shown_unit, unit_of_change

__all__ = ["card_view"]

SETTINGS_SHOWN, LIMITS_SHOWN, OUTCOMES_SHOWN, FINDINGS_SHOWN = 9, 8, 8, 8  # what one A4 sheet holds; the rest unfolds on screen
FINDINGS_BESIDE_TRUTH = 5  # the table of promise and truth needs room on the sheet too
EXPECTED_NOTE = (
    "These are what the model expects; the improvement is promised with a reserve on top, so they need not add up to it."
)
CHOICES_LENGTH = 60  # [characters] that the names of a setting's choices may take
HASH_LENGTH = 12  # [hex digits] of a hash shown; the whole stands in its title


def card_view(
    recommendation: Recommendation,
    chain_head: str | None = None,
    choices: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the texts and places that the card's template needs, by name.

    Parameters
    ----------
    recommendation : Recommendation
        Of any status.
    chain_head : str, optional
        Head of the review log's hash chain when the card is written, 64 hex digits.
    choices : mapping of str to sequence of str, optional
        By setting, the choices that the sheet allows.
    """
    r = recommendation
    title, subline = headline(r)
    view: dict[str, Any] = {
        "page_title": f"{title} - {one_line(r.title or r.plant)}",
        "title": one_line(r.title or r.plant),
        "plant": one_line(r.plant),
        "status": r.status,
        "id": r.id,
        "as_of": time_text(until, r.lineage.timezone) if (until := r.as_of or r.lineage.to) else "",
        "headline": title,
        "subline": subline,
        "next_step": next_step(r),
        "judged": _typeset(judged_sentence(r.lineage)),
        "reasons_head": {"proposed": "Remarks", "no_change": "Why, and what would settle it", "refused": "Why"}[r.status],
        "reasons": [_typeset(one_line(t)) for t in r.reasons],
        **_worth(r),
        **_settings(r, choices),
        **_limits(r),
        **_outcomes(r),
        **_findings(r),
        "regimes": [
            {
                "title": t.title,
                "heads": [_typeset(head) for head in t.heads],
                "rows": [(_typeset(label), [_typeset(cell) for cell in cells]) for label, cells in t.rows],
                "sentences": [_typeset(sentence) for sentence in t.sentences],
            }
            for t in regime_texts(r)
        ],
        "evidence": _evidence(r),
        "referee": _referee(r.referee),
        "lineage": _lineage(r, chain_head),
    }
    return view | {"print_points": print_points(view)}


def _worth(r: Recommendation) -> dict[str, Any]:
    """The two big figures of the banner: the gain in its unit, and in money a year."""
    if r.gain is None:
        return {"gain": None, "money": None, "not_priced": ""}
    gain, (expected, interval) = r.gain, gain_texts(r.gain)
    number, _, unit = expected.partition(" ")
    view = {
        "label": f"Improvement in {_label(objective_name(gain.objective))}",
        "objective": one_line(gain.objective),
        "number": _typeset(number),
        "unit": unit,
        "exact": f"{exact_text(gain.expected)} {unit}",
        "interval": _typeset(interval),
        "level": _typeset(level_text(r)),
        "bar": interval_bar(gain.expected, gain.low, gain.high),
        "spoken": _typeset(f"{expected}, {interval}; the thin line is zero"),
    }
    if r.value_per_year is None:
        return {"gain": view, "money": None, "not_priced": NOT_PRICED}
    money = r.value_per_year
    expected, interval = money_texts(money, gain.level)
    number, _, unit = expected.partition(" ")
    return {
        "gain": view,
        "not_priced": "",
        "money": {
            "number": _typeset(number),
            "unit": unit,
            "interval": _typeset(interval),
            "net": _typeset(net_sentence(r)),
            "exact": f"{_typeset(exact_text(money.expected))} {money.currency}/year",
            "exact_interval": _typeset(f"{exact_text(money.low)} to {exact_text(money.high)} {money.currency}/year"),
        },
    }


def _settings(r: Recommendation, choices: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Changed settings first; what stays is listed too while it fits, else named in one line."""
    changed = [s for s in r.settings if is_changed(s)]
    same = [s for s in r.settings if not is_changed(s)]
    listed = changed + (same if len(r.settings) <= SETTINGS_SHOWN else [])
    if r.status != "proposed" and not changed:
        listed = []
    rest = [s for s in r.settings if s not in listed]
    candidate = None
    if r.candidate is not None:
        moved = [s for s in r.candidate.settings if is_changed(s)] or list(r.candidate.settings)
        expected, interval = gain_texts(r.candidate.gain)
        words = f"Estimated improvement in {_label(objective_name(r.candidate.gain.objective))}: {expected}, {interval}."
        candidate = {"settings": [_setting(s, choices.get(s.name, ())) for s in moved], "gain": _typeset(words)}
    return {
        "settings": [_setting(s, choices.get(s.name, ())) for s in listed],
        "settings_head": "Settings, now and proposed",
        "settings_legend": "proposed" if any(setting_bar(s) for s in listed) else "",
        "unchanged": _typeset(", ".join(f"{_label(s.name)} {_with_unit(setting_texts(s)[0], s.unit)}" for s in rest)),
        "candidate": candidate,
    }


def _setting(s: SettingLine, choices: Sequence[str]) -> dict[str, Any]:
    now, proposed = setting_texts(s)
    changed, change = is_changed(s), change_text(s)
    change_unit = one_line(unit_of_change(s.unit)) if isinstance(s.proposed, float) and changed else ""
    span = "" if s.low is None or s.high is None else f"{exact_text(s.low)} to {_with_unit(exact_text(s.high), s.unit)}"
    span = span or _listed_choices(choices)
    spoken = [
        f"now {_with_unit(now, s.unit)}",
        f"proposed {_with_unit(proposed, s.unit)}" if changed else "unchanged",
        f"allowed {span}",
    ]
    if s.supported is not None:
        spoken.append(f"the history covers {number_text(s.supported[0])} to {_with_unit(number_text(s.supported[1]), s.unit)}")
    if s.max_step is not None:
        spoken.append(f"largest step {_with_unit(exact_text(s.max_step), unit_of_change(s.unit))}")
    return {
        "name": one_line(s.name),
        "label": _label(s.name),
        "tag": one_line(s.tag) if s.tag != s.name else "",
        "unit": _unit(s.unit),
        "now": _typeset(now),
        "proposed": _typeset(proposed),
        "change": _typeset(change),
        "change_unit": change_unit,
        "changed": changed,
        "bar": setting_bar(s),
        "low": _typeset(exact_text(s.low)),
        "high": _typeset(exact_text(s.high)),
        "range_words": _typeset(span)
        or ("one of the sheet's choices" if isinstance(s.now, str) or isinstance(s.proposed, str) else "no range given"),
        "spoken": _typeset("; ".join(spoken)),
    }


def _listed_choices(choices: Sequence[str]) -> str:
    """The choices by name while they fit into their column."""
    names = [one_line(choice) for choice in choices]
    if len(", ".join(names)) > CHOICES_LENGTH:
        return f"one of {len(names)} choices in the sheet"
    return ", ".join(names)


def _limits(r: Recommendation) -> dict[str, Any]:
    """All limits while they fit, in the sheet's order; else those held least first and the rest folded."""
    limits = list(r.limits)
    if len(limits) > LIMITS_SHOWN:
        limits.sort(key=lambda line: -1.0 if line.probability_held is None else line.probability_held)
    shown, more = limits[:LIMITS_SHOWN], limits[LIMITS_SHOWN:]
    known = [line.probability_held for line in more if line.probability_held is not None]
    least = f", each held in {share_text(min(known))} of the {many(r.lineage.row)} or more" if known else ""
    word = _then(r) if any(line.probability_held is not None for line in r.limits) else ""
    return {
        "limits": [_limit(line, word) for line in shown],
        "limits_more": [_limit(line, word) for line in more],
        "limits_more_words": f"{counted(len(more), 'more limit')}{least}.",
        "limits_head": {
            "proposed": "Limits at the proposed settings",
            "considered": "Limits at the change considered",
            "": "Limits",
        }[word],
        "held_head": f"Held, now → {word}" if word else f"{many(r.lineage.row).capitalize()} held",
    }


def _then(r: Recommendation) -> str:
    """What stands beside "now": the proposal, the change that was considered, or nothing."""
    if r.status == "proposed":
        return "proposed"
    return "considered" if r.candidate is not None else ""


def _limit(line: LimitLine, then: str) -> dict[str, Any]:
    margin = (
        None
        if line.predicted is None
        else (line.value - line.predicted if line.bound == "high" else line.predicted - line.value)
    )
    decimals = decimals_for(margin or line.value)
    grade, word = limit_held_note(line)
    held = (
        f"{share_text(line.now)} → {share_text(line.probability_held)}"
        if then
        else share_text(line.now if line.now is not None else line.probability_held)
    )
    return {
        "name": one_line(line.name),
        "label": _label(line.name),
        "bound": _typeset(bound_text(line)),
        "predicted": _typeset(_with_unit(number_text(line.predicted, decimals), line.unit)),
        "margin": "" if margin is None else _typeset(_margin_words(margin, decimals, unit_of_change(line.unit))),
        "held": held,
        "grade": grade if then else "",
        "word": word if then else "",
    }


def _margin_words(margin: float, decimals: int, unit: str) -> str:
    return _with_unit(f"{'margin' if margin >= 0 else 'beyond it by'} {number_text(abs(margin), decimals)}", unit)


def _outcomes(r: Recommendation) -> dict[str, Any]:
    """All outcomes; where the objective is a formula, people add their changes up: a note says why that is not the gain."""
    lines, then = r.outcomes, _then(r)
    gain = r.gain or (r.candidate.gain if r.candidate else None)
    rows = [_outcome(line) for line in lines]
    levels = sorted({line.level for line in lines})
    moves = any(line.change is not None for line in lines)
    return {
        "outcomes": rows[:OUTCOMES_SHOWN],
        "outcomes_more": rows[OUTCOMES_SHOWN:],
        "outcomes_more_words": counted(len(rows[OUTCOMES_SHOWN:]), "more outcome"),
        "outcomes_move": moves,
        "outcomes_head": f"Now → {then or 'then'}" if moves else "Now",
        "outcomes_of": ", at the change considered" if then == "considered" and moves else "",
        "outcomes_note": EXPECTED_NOTE if moves and gain and gain.objective not in {line.name for line in lines} else "",
        "outcomes_level": " with " + " and ".join(f"{share_text(level)} interval" for level in levels) if moves else "",
    }


def _outcome(line: OutcomeLine) -> dict[str, Any]:
    known = line.change is not None and line.low is not None and line.high is not None
    width = line.high - line.low if line.low is not None and line.high is not None else None
    decimals = min(decimals_for(width or line.change), decimals_for(line.change) + 1)  # what is known exactly needs no more
    change, change_unit = number_text(line.change, decimals, sign=True), one_line(unit_of_change(line.unit))
    interval = f"{number_text(line.low, decimals, sign=True)} to {number_text(line.high, decimals, sign=True)}" if known else ""
    return {
        "name": one_line(line.name),
        "label": _label(line.name),
        "unit": _unit(line.unit),
        "now": _typeset(number_text(line.now, decimals)),
        "proposed": _typeset(number_text(line.proposed, decimals)),
        "change": _typeset(change),
        "change_unit": change_unit if line.change is not None else "",
        "interval": _typeset(interval),
        "bar": interval_bar(line.change or 0.0, line.low or 0.0, line.high or 0.0) if known else None,
        "spoken": _typeset(f"change {_with_unit(change, change_unit)}, interval {interval}; the thin line is zero"),
    }


def _evidence(r: Recommendation) -> list[tuple[str, str]]:
    rows = [("Placebo", placebo_sentence(r.placebo)), ("History", support_sentence(r.support, r.lineage.row))]
    if r.status == "refused":
        rows = [("Placebo", "Not run."), ("History", "Not judged: the data are disqualified.")]
    rows.append(
        ("Model", model_sentence(r.model, r.lineage) if r.status != "refused" else "Not fitted: the data are disqualified.")
    )
    gain = r.gain or (r.candidate.gain if r.candidate else None)
    if r.hidden is not None:
        rows.append(("Hidden cause", hidden_sentence(r.hidden)))
    rows += why_sentences(r)
    if gain is not None and objective_name(gain.objective) == "the objective":
        rows.append(("Objective", f"{one_line(gain.objective)} [{gain.unit}]"))
    return [(term, _typeset(sentence)) for term, sentence in rows]


def _findings(r: Recommendation) -> dict[str, Any]:
    rows = [_finding(f) for f in findings_in_order(r)]
    refusing = sum(f.refuses for f in r.findings)
    shown = FINDINGS_BESIDE_TRUTH if r.referee else FINDINGS_SHOWN
    return {
        "findings": rows[:shown],
        "findings_more": rows[shown:],
        "findings_count": f"{len(rows)}, {refusing} of them disqualifying" if refusing else f"{len(rows)}, none disqualifying",
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": one_line(finding.code),
        "tag": one_line(finding.tag or ""),
        "text": one_line(finding.text),
        "refuses": finding.refuses,
    }


def _referee(rows: Sequence[RefereeRow]) -> dict[str, Any] | None:
    """Published, promised and true side by side."""
    table = referee_table(rows)
    if table is None:
        return None
    body = [(label, [_ends_apart(_typeset(cell)) for cell in cells]) for label, cells in table.rows]
    return {"heads": table.heads, "rows": body, "notes": [_typeset(note) for note in table.notes]}


def _ends_apart(cell: str) -> tuple[str, str]:
    """An estimate and its ends in brackets, which go below it where the page is narrow."""
    middle, bracket, ends = cell.partition(" (")
    return middle, f"({ends}" if bracket else ""


def _lineage(r: Recommendation, chain_head: str | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Terms with their parts, each a text and what stands in its title."""
    lineage: Lineage = r.lineage
    first, last, written = (time_text(stamp, lineage.timezone) for stamp in (lineage.from_, lineage.to, r.created))
    span = f"{first} to {last}" if lineage.from_ or lineage.to else "no clock in the source"
    hashes = [("sheet", lineage.sheet_sha256), ("source", lineage.source_sha256)]
    rows: list[tuple[str, list[tuple[str, str]]]] = [
        ("Source", [(one_line(lineage.source) or "not named", ""), (span, "")]),
        ("Readings", [(readings_sentence(lineage), "")]),
        (many(lineage.row).capitalize(), [(periods_sentence(lineage), "")]),
        ("SHA-256", [(f"{word} {text[:HASH_LENGTH]}", text) for word, text in hashes if text]),
        (
            "Made",
            [(f"seed {lineage.seed}", ""), (f"code {one_line(lineage.code)}", ""), (f"written {written}", "")],
        ),
    ]
    if chain_head:
        rows.append(("Review log", [(f"chain head {chain_head[:HASH_LENGTH]}", chain_head)]))
    return rows


def _label(name: str) -> str:
    """A variable's name as words: underscores are spaces."""
    return one_line(name).replace("_", " ")


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {_unit(unit)}".strip() if text != UNKNOWN else text


def _unit(unit: str) -> str:
    """The unit as shown: nothing for plain numbers."""
    return one_line(shown_unit(unit))


def _typeset(text: str) -> str:
    """A hyphen before a number becomes a minus sign, as wide as a plus; exponents and names stay. A number keeps its %."""
    return re.sub(r"(?<=\d) %", "\u00a0%", re.sub(r"(?<![\w+-])-(?=\d)", "−", text))
