"""The answer as markdown for the description of an MLflow run: verdict and money in the first two lines, then the tables."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.records import LimitLine, Recommendation, SettingLine
from workbench.show import evidence as basis
from workbench.show import words
from workbench.show.costs import net_sentence
from workbench.show.digits import decimals_for, exact_text, number_text, share_text
from workbench.show.markdown_table import escaped, markdown_table
from workbench.show.referee import referee_table
from workbench.show.regimes import regime_texts
from workbench.show.why import why_markdown
from workbench.wording import many, shown_unit

__all__ = ["answer_markdown", "evidence_markdown", "found_markdown", "recommendation_markdown"]

FINDINGS_SHOWN = 10
LINE_LENGTH = 220  # [characters] of the first line; MLflow fades the description after about two lines


def recommendation_markdown(recommendation: Recommendation) -> str:
    """Return the answer as markdown; names and texts that come from sheet or data are escaped.

    Parameters
    ----------
    recommendation : Recommendation
        Of any status.

    Returns
    -------
    str
        The first line is the verdict with what changes, the second the gain and its money.
    """
    r = recommendation
    blocks = [answer_markdown(r).rstrip()]
    if r.why is not None and r.why.changes:
        blocks += ["### Why", why_markdown(r).rstrip()]
    blocks += ["### Evidence", evidence_markdown(r).rstrip()]
    if r.findings:
        found = words.findings_in_order(r)
        lines = [f"- **{escaped(f.code)}** {escaped(f.tag) + ' ' if f.tag else ''}{escaped(f.text)}" for f in found]
        more = len(lines) - FINDINGS_SHOWN
        blocks += [
            "### Findings",
            "\n".join(lines[:FINDINGS_SHOWN] + ([f"- and {more} more in recommendation.json"] if more > 0 else [])),
        ]
    return "\n\n".join(blocks) + "\n"


def answer_markdown(recommendation: Recommendation) -> str:
    """Return the answer alone: verdict, gain and money, reasons, settings now and proposed, limits and whether they hold."""
    r = recommendation
    # two blanks, not a backslash: MLflow shows the latter
    blocks = [f"{_first_line(r)}  \n{_second_line(r)}"]
    if net := net_sentence(r):
        blocks[0] += f" {escaped(net)}"
    if r.reasons:
        blocks.append("\n".join(f"- {escaped(t)}" for t in r.reasons))
    if r.status == "proposed":
        blocks += ["### Settings", _settings_table(r.settings, "proposed")]
    if r.candidate is not None:
        expected, interval = words.gain_texts(r.candidate.gain)
        objective = escaped(words.objective_name(r.candidate.gain.objective))
        sentence = f"Estimated improvement in {objective}: {escaped(expected)}, {escaped(interval)}."
        blocks += ["### Best change considered, NOT PROPOSED", _settings_table(r.candidate.settings, "considered"), sentence]
    for texts in regime_texts(r):
        rows = [(label, *cells) for label, cells in texts.rows]
        blocks += [f"### {escaped(texts.title)}", markdown_table(("", *texts.heads), "l" + "r" * len(texts.heads), rows)]
        blocks.append("\n".join(f"- {escaped(sentence)}" for sentence in texts.sentences))
    if r.limits:
        blocks += ["### Limits", _limits_table(r.limits, "proposed" if r.candidate is None else "considered")]
    return "\n\n".join(blocks) + "\n"


def found_markdown(recommendation: Recommendation) -> str:
    """Return all findings as a table, in the order of the card; in words where there are none."""
    rows = [
        (f.code, f.tag or "", f"{f.text} (disqualifies the data)" if f.refuses else f.text)
        for f in words.findings_in_order(recommendation)
    ]
    if not rows:
        return "Findings: none. Sheet and data raised no question.\n"
    return f"### Findings\n\n{markdown_table(('code', 'tag', 'finding'), 'lll', rows)}\n"


def evidence_markdown(recommendation: Recommendation) -> str:
    """Return what the answer rests on: placebo, history, model, the objective in full, rows, periods, and truth where known."""
    r = recommendation
    evidence = [
        f"Readings: {basis.readings_sentence(r.lineage)}.",
        f"{many(r.lineage.row).capitalize()}: {basis.periods_sentence(r.lineage)}.",
    ]
    if r.status != "refused":
        gain = r.gain or (r.candidate.gain if r.candidate else None)
        named = gain is None or words.objective_name(gain.objective) == words.one_line(gain.objective)
        evidence = [
            *([f"Conditions: {basis.judged_sentence(r.lineage)}"] if r.lineage.recent_periods else []),
            f"Placebo: {basis.placebo_sentence(r.placebo)}",
            f"History: {basis.support_sentence(r.support, r.lineage.row)}",
            *([] if r.hidden is None else [f"Hidden cause: {basis.hidden_sentence(r.hidden)}"]),
            f"Model: {basis.model_sentence(r.model, r.lineage)}",
            *([] if gain is None or named else [f"Objective: {gain.objective} [{gain.unit}]"]),
            *evidence,
        ]
    listed = "\n".join(f"- {escaped(t)}" for t in evidence)
    truth = _truth(r)
    return f"{listed}\n\n{truth}\n" if truth else f"{listed}\n"


def _truth(r: Recommendation) -> str:
    """Promise beside truth, for a plant that is simulated."""
    table = referee_table(r.referee)
    if table is None:
        return ""
    rows = [(label, *cells) for label, cells in table.rows]
    beside = markdown_table(("", *table.heads), "l" + "r" * len(table.heads), rows)
    notes = "\n".join(f"- {escaped(note)}" for note in table.notes)
    return f"**Promise beside truth** (the plant is simulated, so the truth is known)\n\n{beside}\n\n{notes}"


def _first_line(r: Recommendation) -> str:
    word = f"**{words.STATUS_WORDS[r.status]}**"
    if r.status == "refused":
        return f"{word}: these records cannot support an answer."
    if r.status == "no_change" and r.regimes:
        return f"**{words.STATUS_WORDS[r.status]}** of one setting for all. {escaped(words.headline(r)[1])}"
    if r.status == "no_change":
        return f"{word}: the records support no change that could be proved; keep the settings as they are."
    moves = []
    for s in (s for s in r.settings if words.is_changed(s)):
        now, proposed = words.setting_texts(s)
        moves.append(escaped(f"{s.name} {now} to {proposed} {shown_unit(s.unit)}".strip()))
    line = f"{word}: {', '.join(moves)}"
    while len(line) > LINE_LENGTH and len(moves) > 1:
        moves.pop()
        line = f"{word}: {', '.join(moves)} and more"
    return f"{line}."


def _second_line(r: Recommendation) -> str:
    if r.gain is None:
        return escaped(words.next_step(r))
    expected, interval = words.gain_texts(r.gain)
    money, money_interval = words.money_texts(r.value_per_year, r.gain.level)
    gain = f"Improvement in {escaped(words.objective_name(r.gain.objective))} **{escaped(expected)}** ({escaped(interval)})"
    return f"{gain}; worth **{escaped(money)}** ({escaped(money_interval)})." if money_interval else f"{gain}. {escaped(money)}"


def _settings_table(settings: Sequence[SettingLine], then: str) -> str:
    rows = []
    for s in sorted(settings, key=lambda line: not words.is_changed(line)):
        now, proposed = words.setting_texts(s)
        allowed = f"{exact_text(s.low)} to {exact_text(s.high)}" if s.low is not None and s.high is not None else "choices"
        rows.append((s.name, s.tag, now, proposed, words.change_text(s), s.unit, allowed))
    return markdown_table(("setting", "tag", "now", then, "change", "unit", "allowed"), "llrrrlr", rows)


def _limits_table(limits: Sequence[LimitLine], then: str) -> str:
    judged = any(line.probability_held is not None for line in limits)
    rows = []
    for line in limits:
        margin = None if line.predicted is None else line.value - line.predicted
        predicted = number_text(line.predicted, decimals_for(margin or line.value))
        beside = (share_text(line.probability_held), words.limit_held_note(line)[1]) if judged else ()
        rows.append((line.name, words.bound_text(line), predicted, share_text(line.now), *beside))
    heads = ("limit", "must be", "predicted", "held now", *((f"held {then}", "") if judged else ()))
    return markdown_table(heads, "llrrrl", rows)
