"""Why these settings, in sentences and a table: what each change does alone, what binds, what else could be done."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.records import ChangeEffect, Gain, NextMove, Recommendation, RelaxedLimit, SettingLine, Variant
from workbench.show.digits import decimals_beside, decimals_for, number_text, share_text
from workbench.show.markdown_table import escaped, markdown_table
from workbench.show.words import gain_texts, is_changed, one_line, setting_texts
from workbench.wording import counted, many, shown_unit, unit_of_change

__all__ = ["why_markdown", "why_sentences"]

THERE = "{} there: with the setting within a tenth of its largest step, or at the nearest values run on both sides."
CHANGES_NAMED = 4  # in a sentence; the table holds all


def why_sentences(recommendation: Recommendation) -> list[tuple[str, str]]:
    """Return a term and a sentence for each thing to say: changes alone, limits, fewer changes, another way, next move."""
    r = recommendation
    out: list[tuple[str, str]] = []
    gain = r.gain or (r.candidate.gain if r.candidate else None)
    if r.why is None:
        return []
    if gain is not None and len(r.why.changes) > 1 and r.status == "proposed":
        out.append(("Each alone", _alone(r.why.changes, gain)))
    together = _only_together(r)
    if together:
        out.append(("Not alone", together))
    if gain is not None and r.why.relaxed:
        out.append(("Binding", _binding(r.why.relaxed, gain, _after_costs(r.why.changes))))
    if r.why.fewest is not None:
        after = "" if r.why.fewest.net is None else " after costs"
        share = "all" if r.why.fewest.share >= 1.0 else share_text(r.why.fewest.share)
        kept = f"alone would keep {share} of the gain{after}"
        out.append(("Fewer", f"{_moves(r.why.fewest.settings)} {kept}: {_worth(r.why.fewest)}."))
    if r.why.second is not None:
        out.append(("Another way", f"{_moves(r.why.second.settings)}: {_worth(r.why.second, ' after costs')}."))
    if r.why.next_move is not None:
        sentence = _next_move(r.why.next_move, r)
        if sentence:
            out.append(("To know more", sentence))
    return out


def why_markdown(recommendation: Recommendation) -> str:
    """Return the sentences, and a table of what each change does alone to the objective and to each limit, with intervals."""
    r = recommendation
    blocks = []
    gain = r.gain or (r.candidate.gain if r.candidate else None)
    if r.why is not None and r.why.changes and gain is not None:
        seen: dict[str, str] = {e.name: e.unit for c in r.why.changes for e in c.limits}
        costs = [_head("improvement after costs", gain.unit)] if _after_costs(r.why.changes) else []
        before = "improvement before costs" if costs else "improvement"
        limits = [_head(n, u) for n, u in seen.items()]
        heads = ("setting, alone", *costs, _head(before, gain.unit), *limits, f"{many(r.lineage.row)} there")
        rows = []
        for c in r.why.changes:
            by_name = {e.name: e for e in c.limits}
            cells = [_with_ends(by_name[n].change, by_name[n].low, by_name[n].high) if n in by_name else "" for n in seen]
            net = [_with_ends(c.net.expected, c.net.low, c.net.high)] if c.net is not None else []
            rows.append((c.setting, *net, _with_ends(c.gain, c.low, c.high), *cells, f"{c.periods:,}"))
        blocks.append(markdown_table(heads, "l" + "r" * (len(heads) - 1), rows))
        blocks.append(f"*{THERE.format(many(r.lineage.row).capitalize())}*")
    sentences = [f"- **{term}**: {escaped(sentence)}" for term, sentence in why_sentences(r)]
    if sentences:
        blocks.append("\n".join(sentences))
    return "\n\n".join(blocks) + "\n" if blocks else "Nothing is proposed and nothing was considered.\n"


def _head(name: str, unit: str) -> str:
    return f"{name} [{_unit(unit)}]" if _unit(unit) else name


def _alone(changes: Sequence[ChangeEffect], gain: Gain) -> str:
    ends = [(c.gain, c.low, c.high) if c.net is None else (c.net.expected, c.net.low, c.net.high) for c in changes]
    unit, after = _unit(gain.unit), _after_costs(changes)
    named = [f"{one_line(c.setting)} {_with_ends(*e)}" for c, e in zip(changes[:CHANGES_NAMED], ends, strict=False)]
    rest = len(changes) - CHANGES_NAMED
    more = f"; and {counted(rest, 'more change')}" if rest > 0 else ""
    return f"{', '.join(named)} {unit}".strip() + f"{after} ({100 * gain.level:.3g} % intervals){more}."


def _after_costs(changes: Sequence[ChangeEffect]) -> str:
    """` after costs` where the sheet has some, which the numbers count then; records of old versions count none."""
    return " after costs" if any(c.net is not None for c in changes) else ""


def _only_together(r: Recommendation) -> str:
    """Which changes, made alone, would end where nothing may be proposed, and why; empty where none would."""
    lines = {s.name: s for s in (r.candidate.settings if r.status == "no_change" and r.candidate else r.settings)}
    parts = []
    for change in r.why.changes if r.why is not None else ():
        faults = [] if change.inside else ["lies outside what the history covers"]
        faults += [f"does not hold the limit of {one_line(name)} as asked" for name in change.broken]
        line = lines.get(change.setting)
        if line is not None and _is_beyond(line):
            faults.append("is still outside its range")
        if faults:
            parts.append(f"{one_line(change.setting)} alone {' and '.join(faults)}")
    return f"{'; '.join(parts)}." if parts else ""


def _is_beyond(line: SettingLine) -> bool:
    """Whether the proposed value lies outside low to high: a step from further outside does not reach the range."""
    value = line.proposed
    if value is None or isinstance(value, str):
        return False
    return (line.low is not None and value < line.low) or (line.high is not None and value > line.high)


def _binding(relaxed: Sequence[RelaxedLimit], gain: Gain, after_costs: str) -> str:
    parts = []
    for line in relaxed:
        word = "at most" if line.bound == "high" else "at least"
        places = decimals_for(line.relaxed - line.value)
        bounds = f"{word} {number_text(line.relaxed, places)} instead of {number_text(line.value, places)} {_plain(line.unit)}"
        ends = None if line.low is None or line.high is None else (line.low, line.high)
        decimals = decimals_beside(gain.expected, gain.low, gain.high)
        worth = number_text(line.worth, decimals) if ends is None else _with_ends(line.worth, *ends)
        parts.append(f"{one_line(line.name)}: {bounds.strip()} would add {f'{worth} {_unit(gain.unit)}'.strip()}{after_costs}")
    return "; ".join(parts) + "."


def _next_move(move: NextMove, r: Recommendation) -> str:
    parts = []
    if move.setting is not None and move.to is not None:
        line = next(s for s in r.settings if s.name == move.setting)
        to = setting_texts(line.model_copy(update={"proposed": move.to}))[1]
        parts.append(f"Trying {one_line(move.setting)} at {f'{to} {_plain(line.unit)}'.strip()} would teach most.")
    if move.why is not None:
        said = one_line(move.why)
        start = f"Measure {one_line(move.measure)} more often: {said[:1]}" if move.measure else said[:1].upper()
        parts.append(f"{start}{said[1:]}.")
    return " ".join(parts)


def _moves(settings: Sequence[SettingLine]) -> str:
    """`free_sulfate to 1.87 %, solids to 32.2 %`: what moves, and where to."""
    moved = [s for s in settings if is_changed(s)]
    named = [f"{one_line(s.name)} to {setting_texts(s)[1]} {_plain(s.unit)}".strip() for s in moved[:CHANGES_NAMED]]
    return ", ".join(named) + (f" and {len(moved) - CHANGES_NAMED} more" if len(moved) > CHANGES_NAMED else "")


def _worth(variant: Variant, after_costs: str = "") -> str:
    expected, interval = gain_texts(variant.gain)
    if variant.net is None:
        return f"{expected}, {interval}"
    after, interval = gain_texts(variant.net)
    return f"{after}{after_costs}, {interval} ({expected} before costs)"


def _with_ends(middle: float, low: float, high: float) -> str:
    decimals = decimals_beside(middle, low, high)
    if low == high:
        return number_text(middle, decimals, sign=True)
    ends = f"{number_text(low, decimals, sign=True)} to {number_text(high, decimals, sign=True)}"
    return f"{number_text(middle, decimals, sign=True)} ({ends})"


def _unit(unit: str) -> str:
    return one_line(unit_of_change(unit))


def _plain(unit: str) -> str:
    return one_line(shown_unit(unit))
