"""What an answer rests on, in sentences: support, placebo, hidden cause, model, conditions, rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from workbench.records import HiddenCause, Lineage, ModelLine, Placebo, Support
from workbench.show.digits import number_text, share_text
from workbench.show.words import one_line
from workbench.wording import counted, many

__all__ = [
    "hidden_sentence",
    "judged_sentence",
    "model_sentence",
    "periods_sentence",
    "placebo_sentence",
    "readings_sentence",
    "support_sentence",
]


def support_sentence(support: Support | None, row: str = "period") -> str:
    """Return what the history says about the proposed settings; `row` is what a row of it is.

    Examples
    --------
    >>> support_sentence(Support(nearest_periods=2, inside=True), "batch")
    "2 of the plant's own batches lie near these settings; they are inside what the history covers."
    """
    if support is None:
        return "Not applicable: no history stands behind these settings."
    n = support.nearest_periods
    if n == 0 and support.inside:
        return f"None of the plant's own {many(row)} lies near these settings, though they lie inside what the history covers."
    near = f"{n:,} of the plant's own {row if n == 1 else many(row)} {'lies' if n == 1 else 'lie'} near these settings"
    return f"{near}; they are {'inside' if support.inside else 'OUTSIDE'} what the history covers."


def placebo_sentence(placebo: Placebo | None) -> str:
    """Return the placebo line: how often the same choice proposes a change where there is nothing to find.

    Examples
    --------
    >>> placebo_sentence(Placebo(false_alarms=3, runs=100, rate=0.03, high=0.0757))[-51:]
    'proposed a change in 3 of 100 runs (at most 7.6 %).'
    """
    if placebo is None:
        return "Not run."
    return (
        "The same choice, replayed on this plant's own past with the effects removed, proposed a change in "
        f"{placebo.false_alarms:,} of {counted(placebo.runs, 'run')} (at most {share_text(placebo.high)})."
    )


def hidden_sentence(hidden: HiddenCause | None) -> str:
    """Return how strong a cause that nobody measured could at worst erase the gain, beside the strongest that is measured.

    At worst: the bias of such a cause is bounded, not known.

    Examples
    --------
    >>> hidden = HiddenCause(robustness=0.14, robustness_low=0.06, condition="rock_grade", condition_with_move=0.02,
    ...     condition_with_objective=0.05, times=3.1, slow_chance=0.4, slow_setting=None)
    >>> hidden_sentence(hidden)
    'A cause that nobody measured, 3.1 times as strong as rock_grade on move and objective, could at worst erase the gain.'
    """
    if hidden is None:
        return "Not judged: no gain is expected."
    if hidden.condition is None or hidden.times is None or not hidden.is_measured:
        strong = f" that explains {share_text(hidden.robustness)} of what is left of both, move and objective,"
    else:
        times = f"{hidden.times:.2g}" if hidden.times < 10 else number_text(hidden.times, 0)  # as T107 has it
        strong = f", {times} times as strong as {one_line(hidden.condition)} on move and objective,"
    words = f"A cause that nobody measured{strong} could at worst erase the gain."
    if hidden.slow_setting is not None:
        words += f" WARNING: slow moves of {one_line(hidden.slow_setting)} look as if there were one (T106)."
    if hidden.sudden_setting is not None:
        words += f" WARNING: gradual moves of {one_line(hidden.sudden_setting)} look as if there were one (T109)."
    if hidden.joint_setting is not None:
        words += f" WARNING: moves of {one_line(hidden.joint_setting)} together with others look as if there were one (T110)."
    return words


def model_sentence(model: ModelLine, lineage: Lineage) -> str:
    """Return what predicted, learned from how much, and how well in time order."""
    name = f" ({one_line(model.name)})" if model.name else ""
    if model.kind == "simulator":
        return f"First-principles simulator{name}; its constants are assumptions, not measurements of this plant."
    start = f"Learned from {counted(lineage.periods_used, lineage.row)}{name}"
    if model.skill is None:
        return f"{start}; skill not measured."
    told = f"{start}; skill {number_text(model.skill, 2)} against the naive forecast in time order (1 perfect, 0 no better)"
    if model.settings_skill is None:
        return f"{told}."
    does, where = ("takes", "off") if model.settings_skill > 0.0 else ("adds", "to")
    return f"{told}; knowing what settings do {does} {share_text(abs(model.settings_skill))} {where} its squared error."


def judged_sentence(lineage: Lineage) -> str:
    """Return from when to when gain and limits are judged, in plant time; nothing where the record does not say.

    Examples
    --------
    >>> lineage = Lineage(sheet_sha256="", source_sha256="", records_read=0, records_used=0, periods_used=900, from_=None,
    ...     to=None, seed=0, code="", recent_from="2026-06-30T14:00:00+02:00", recent_to="2026-08-29T13:00:00+02:00",
    ...     recent_periods=360)
    >>> judged_sentence(lineage)
    'Gain and limits are judged under the conditions of 30 Jun to 29 Aug 2026 (360 of 900 usable periods).'
    """
    n = lineage.recent_periods
    if not n:
        return ""
    usable = f"{lineage.periods_used:,} usable {many(lineage.row)}"
    if lineage.recent_from is None or lineage.recent_to is None:  # only batches may have no clock
        usable = f"{lineage.periods_used:,} usable batches"
        return f"Gain and limits are judged under the conditions of the last {n:,} of {usable}."
    first, last = (datetime.fromisoformat(stamp) for stamp in (lineage.recent_from, lineage.recent_to))
    start = f"{first.day} {first:%b}" + ("" if first.year == last.year else f" {first.year}")
    span = f"{start} to {last.day} {last:%b %Y}"
    return f"Gain and limits are judged under the conditions of {span} ({n:,} of {usable})."


def readings_sentence(lineage: Lineage) -> str:
    """Return the row ledger in words: read = used + set aside, by reason. A wide row of N needed cells is N readings."""
    return _ledger_sentence("readings", lineage.records_read, lineage.records_used, lineage.set_aside)


def periods_sentence(lineage: Lineage) -> str:
    """Return the ledger of periods, or batches, in words."""
    aside = sum(lineage.periods_set_aside.values())
    return _ledger_sentence(many(lineage.row), lineage.periods_used + aside, lineage.periods_used, lineage.periods_set_aside)


def _ledger_sentence(what: str, rows_in: int, used: int, aside: Mapping[str, int]) -> str:
    total = rows_in - used
    reasons = "; ".join(f"{one_line(r)} {n:,}" for r, n in sorted(aside.items(), key=lambda item: (-item[1], item[0])) if n)
    return f"{rows_in:,} {what} = {used:,} used + {total:,} set aside" + (f" ({reasons})" if total and reasons else "")
