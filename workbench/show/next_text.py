"""The next small move in a terminal."""

from __future__ import annotations

from workbench.show.digits import UNKNOWN, decimals_for, exact_text, number_text, share_text
from workbench.show.plain_table import plain_table, wrapped
from workbench.show.words import objective_name, one_line
from workbench.trials.next_step import NextLimit, NextSetting, NextStep, Prospect
from workbench.wording import counted, many, shown_unit, unit_of_change

__all__ = ["next_text"]


def next_text(step: NextStep) -> str:
    """Return the move as text: what to set, when, for how long, what is expected of it, and why."""
    lines = [f"{one_line(step.title or step.plant)}: {_stage(step)}", ""]
    rows = [(one_line(s.name), one_line(s.tag), *_values(s), one_line(s.unit), _range(s)) for s in step.settings]
    lines += [plain_table(("setting", "tag", "now", "next", "best so far", "unit", "range"), "llrrrll", rows)]
    when = f"not before {_stamp(step.not_before)}" if step.not_before else "when it suits"
    then = f"leave the settings alone for {step.hold}, and ask again with the newer records."
    lines += wrapped(f"Set nothing: {then}" if _is_still(step) else f"Set it {when}; then {then}")
    waiting = f", {step.pending} more without a result yet" if step.pending else ""
    lines += wrapped(f"Learned from {counted(step.results, 'result')}{waiting}.")
    for what, prospect in (("The move", step.next), ("Best so far", step.best)):
        if prospect is not None:
            lines += wrapped(f"{what}: {_expected(prospect, step)}.")
    if step.expected_most is not None and step.room is not None:
        lines += wrapped(_outlook(step.expected_most, step.room, unit_of_change(step.unit)))
    for limit in step.limits:
        lines += wrapped(_limit(limit, many(step.row)))
    for reason in step.reasons:
        lines += wrapped(f"- {reason}")
    return "\n".join(line.rstrip() for line in lines).replace(UNKNOWN, "-") + "\n"


def _stage(step: NextStep) -> str:
    """What kind of move it is: one that is expected to bring nothing is made to learn, whatever it is drawn from."""
    if step.is_back:
        return "a move back to where the limits hold"
    if step.stage == "first_moves":
        return f"move {step.move} of {step.moves} of the first moves"
    if _is_still(step):
        is_broken = any(limit.is_broken for limit in step.limits)
        return "a limit is broken, and no move is known to mend it" if is_broken else "no move for now"
    return "a move uphill" if step.next is not None and step.next.expected > 0.0 else "a move to learn from"


def _is_still(step: NextStep) -> bool:
    return step.stage == "climb" and all(setting.next == setting.now for setting in step.settings)


def _expected(prospect: Prospect, step: NextStep) -> str:
    unit = f" {one_line(unit_of_change(step.unit))}".rstrip()
    decimals = decimals_for(prospect.high - prospect.low)
    expected, low, high = (number_text(v, decimals, sign=True) for v in (prospect.expected, prospect.low, prospect.high))
    if prospect.high == prospect.low:
        return f"the present settings; improvement is in {objective_name(step.objective)}"
    better = f"better with probability {share_text(prospect.probability_better)}"
    interval = f"{share_text(prospect.level)} interval {low} to {high}"
    return f"{expected}{unit} against now in {objective_name(step.objective)} ({interval}), {better}"


def _outlook(expected: float, room: float, unit: str) -> str:
    decimals = decimals_for(room)
    most, left = (f"{number_text(value, decimals, sign=True)} {one_line(unit)}".rstrip() for value in (expected, room))
    return f"No small move is expected to gain more than {most}; the records so far leave room for at most {left}."


def _limit(limit: NextLimit, rows: str) -> str:
    bound = f"{one_line(limit.name)} {'<=' if limit.bound == 'high' else '>='} {exact_text(limit.value)}"
    bound = f"{bound} {one_line(shown_unit(limit.unit))}".rstrip()
    if limit.expected is None or limit.now is None:
        return f"Limit {bound}: nothing is known of it yet."
    lately = ""
    if limit.latest is not None:
        lately = f"; since the last move it held in {share_text(limit.latest)} of {counted(limit.latest_results, 'result')}"
    then, now, asked = (share_text(share) for share in (limit.expected, limit.now, limit.asked))
    return f"Limit {bound}: expected to hold in {then} of {rows} at the move and in {now} now, asked are {asked}{lately}."


def _values(setting: NextSetting) -> tuple[str, ...]:
    values = (setting.now, setting.next, setting.best)
    if setting.max_step is None:
        return tuple(one_line(str(value)) for value in values)
    decimals = 0 if setting.integer else decimals_for(setting.max_step / 20.0)
    return tuple(number_text(float(value), decimals) for value in values)


def _range(setting: NextSetting) -> str:
    if setting.low is None or setting.high is None:
        return "choices"
    return f"{exact_text(setting.low)} to {exact_text(setting.high)}"


def _stamp(stamp: str) -> str:
    return f"{stamp[:10]} {stamp[11:16]} plant time"
