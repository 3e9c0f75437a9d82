"""The schedule of a trial as one page for the control room: what to set when, when to stop, where to go back to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workbench.plant.spans import format_duration, parse_ramp
from workbench.show.digits import exact_text, number_text, share_text
from workbench.show.words import one_line
from workbench.trial_records import Block, Look, PlanSetting, StopRule, TrialPlan
from workbench.trials.ramps import ramp_steps
from workbench.wording import block_span, shown_unit, unit_of_change

__all__ = [
    "Way",
    "blocks_text",
    "ends_sentences",
    "is_of_batches",
    "letters_of",
    "plan_dates",
    "schedule_html",
    "schedule_view",
    "stop_sentences",
    "ways_of",
]

HOUR = timedelta(hours=1)
STEPS_SHOWN = 5  # of a ramp; a longer one is said in words
LATE = "30 minutes"  # a change this much later is as good as in time; own assumption


@dataclass(frozen=True)
class Way:
    """One setting of a trial as people read it: both values, and how to get from one to the other."""

    name: str
    tag: str
    unit: str
    present: str
    proposed: str
    ramp: str
    to_proposed: str
    to_present: str


def schedule_html(plan: TrialPlan) -> str:
    """Return the page: A4, loads nothing from elsewhere, all text from sheet and data escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("workbench.show"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("schedule.html.j2").render(v=schedule_view(plan))


def schedule_view(plan: TrialPlan) -> dict[str, Any]:
    """Return what the page shows, as text.

    The two ways of running are called A and B; which is which follows from the plan's id, so that A is not always the present
    one and no letter reveals what somebody hopes for.
    """
    zone = ZoneInfo(plan.timezone)
    letters = letters_of(plan)
    ways = ways_of(plan)
    present_first = letters["present"] == "A"
    last = max(
        (steps[-1].after for s in plan.settings if (steps := ramp_steps(s, s.present, s.proposed))), default=timedelta(0)
    )
    return {
        "title": one_line(plan.title or plan.plant),
        "plan": plan.id,
        "recommendation": plan.recommendation,
        "zone": plan.timezone,
        "from": _moment(plan.start, zone),
        "to": _moment(plan.end, zone),
        "weeks": f"{_hours(plan.start, plan.end) / 168:.1f}",
        "ways": [
            {
                "name": one_line(way.name).replace("_", " "),
                "tag": one_line(way.tag),
                "unit": one_line(shown_unit(way.unit)),
                "A": way.present if present_first else way.proposed,
                "B": way.proposed if present_first else way.present,
                "to_b": way.to_proposed if present_first else way.to_present,
                "to_a": way.to_present if present_first else way.to_proposed,
            }
            for way in ways
        ],
        "has_ramp": bool(last),
        "back": letters["present"],
        "rows": _rows(plan, zone, letters, last),
        "stops": stop_sentences(plan, f"blocks of {letters['proposed']}"),
        "reading": _readings(plan),
        "late": LATE,
        "batches": is_of_batches(plan),
        "washout": _span(plan.washout_hours) if plan.washout_hours else "",
    }


def letters_of(plan: TrialPlan) -> dict[str, str]:
    """Return the letter of each arm, drawn by the last hex digit of the plan's id."""
    is_even = int(plan.id[-1], 16) % 2 == 0
    return {"present": "A", "proposed": "B"} if is_even else {"present": "B", "proposed": "A"}


def is_of_batches(plan: TrialPlan) -> bool:
    """Return whether a trial changes from batch to batch; a plan of an older version tells it by its stop rules alone."""
    return plan.batches or (bool(plan.stop_rules) and all(rule.hours is None for rule in plan.stop_rules))


def ways_of(plan: TrialPlan) -> list[Way]:
    """Return the settings of a trial as people read them."""
    return [
        Way(
            name=s.name,
            tag=s.tag,
            unit=s.unit,
            present=_value(s.present, s),
            proposed=_value(s.proposed, s),
            ramp=_ramp(s.max_rate, s.unit) if s.max_rate else "in one step",
            to_proposed=_steps(s, s.present, s.proposed),
            to_present=_steps(s, s.proposed, s.present),
        )
        for s in plan.settings
    ]


def stop_sentences(plan: TrialPlan, blocks: str = "proposed blocks") -> list[str]:
    """Return each stop rule in words; `blocks` are those in which it counts."""
    return [
        f"{one_line(rule.limit).replace('_', ' ')} {_bound(rule)} {_running(rule)}{_in_all(rule, blocks)}"
        for rule in plan.stop_rules
    ]


def ends_sentences(plan: TrialPlan) -> list[str]:
    """Return what ends the trial: each look at the results with what it may decide, and each stop rule."""
    return [*_looks_sentences(plan), *(f"stop and go back at once: {rule}" for rule in stop_sentences(plan))]


def _looks_sentences(plan: TrialPlan) -> list[str]:
    zone = ZoneInfo(plan.timezone)
    out = []
    for look in plan.looks:
        when = _moment(plan.blocks[look.after_block - 1].end, zone)
        is_last = look.after_block == len(plan.blocks)
        what = "the end" if is_last else _early_words(look)
        out.append(f"after block {look.after_block} ({when}): {what}; p of at most {look.alpha_spent:.4g} decides")
    return out


def _early_words(look: Look) -> str:
    if look.over is None:
        return "an early look, nobody need stop for it"
    return f"an early look; with the promised gain the trial is over by then in {share_text(look.over)} of the cases"


def blocks_text(plan: TrialPlan) -> str:
    """Return how long the blocks of a trial are, from the shortest to the longest."""
    lengths = [_hours(block.start, block.end) for block in plan.blocks]
    return block_span(plan.block_hours, max(lengths, default=plan.block_hours))


def plan_dates(plan: TrialPlan) -> str:
    """Return from when to when the trial lasts, in plant time."""
    zone = ZoneInfo(plan.timezone)
    return f"{_moment(plan.start, zone)} to {_moment(plan.end, zone)}"


def _ramp(rate: str, unit: str) -> str:
    change, span = parse_ramp(rate)
    return f"at most {f'{exact_text(change)} {one_line(unit_of_change(unit))}'.rstrip()} per {format_duration(span)}"


def _readings(plan: TrialPlan) -> list[str]:
    """The looks, in words for the control room."""
    zone = ZoneInfo(plan.timezone)
    early = [look for look in plan.looks if look.after_block < len(plan.blocks)]
    out = [
        f"After block {look.after_block} ({_moment(plan.blocks[look.after_block - 1].end, zone)}) the engineer may look early: "
        "carry on unless you are told that the trial is over."
        for look in early
    ]
    return [*out, f"At the end, {_moment(plan.end, zone)}. Before that nobody judges by single blocks."]


def _rows(plan: TrialPlan, zone: ZoneInfo, letters: dict[str, str], ramp: timedelta) -> list[dict[str, Any]]:
    rows, before, day = [], "present", ""
    for block in plan.blocks:
        start = datetime.fromisoformat(block.start).astimezone(zone)
        is_change = block.arm != before
        week = f"{start.isocalendar()[0]} week {start.isocalendar()[1]}"
        rows.append(
            {
                "week": week if week != day else "",
                "number": block.number,
                "start": f"{start:%a} {start.day} {start:%b}",
                "time": f"{start:%H:%M}",
                "letter": letters[block.arm],
                "change": is_change,
                "ramp_until": _clock(block, zone, ramp) if is_change and ramp else "",
                "counts": _clock(
                    block, zone, datetime.fromisoformat(block.washout_until) - datetime.fromisoformat(block.start)
                ),
            }
        )
        before, day = block.arm, week
    return rows


def _clock(block: Block, zone: ZoneInfo, after: timedelta) -> str:
    """A moment of a block, with its day where that is another one."""
    start = datetime.fromisoformat(block.start)
    local, moment = start.astimezone(zone), (start + after).astimezone(zone)
    return f"{moment:%H:%M}" if moment.date() == local.date() else f"{moment:%a} {moment.day} {moment:%b} {moment:%H:%M}"


def _steps(setting: PlanSetting, start: float | str, end: float | str) -> str:
    """`1.84 at once, 2 after 4h`."""
    steps = ramp_steps(setting, start, end)
    texts = [
        f"{_value(step.value, setting)} {f'after {format_duration(step.after)}' if step.after else 'at once'}" for step in steps
    ]
    if len(texts) <= STEPS_SHOWN:
        return ", ".join(texts)
    return f"{texts[0]}, then every {format_duration(steps[1].after)} a step alike, {texts[-1]}"


def _value(value: float | str, setting: PlanSetting) -> str:
    """With as many decimals as the longer of both values has."""
    if isinstance(value, str):
        return one_line(value)
    both = [exact_text(v) for v in (setting.present, setting.proposed) if not isinstance(v, str)]
    return number_text(value, max(len(text.partition(".")[2]) for text in both))


def _bound(rule: StopRule) -> str:
    unit = shown_unit(rule.unit)
    return f"{'above' if rule.bound == 'high' else 'below'} {exact_text(rule.value)} {one_line(unit)}".rstrip()


def _running(rule: StopRule) -> str:
    said = _spell(rule, rule.periods)
    return said if said == "in 1 result" else f"{said} running"


def _in_all(rule: StopRule, blocks: str) -> str:
    """What it may be in one block and in all of them, where that says anything beside what runs on."""
    said, out = _spell(rule, rule.periods), ""
    for periods, where in ((rule.in_block, "within one block"), (rule.in_trial, f"over the {blocks}")):
        if periods is not None and _spell(rule, periods) != said:
            said = _spell(rule, periods)
            out += f", or {said} in all {where}"
    return out


def _spell(rule: StopRule, periods: int) -> str:
    """`for 12 hours`, or `in 2 results` where these come more rarely than the periods."""
    if rule.apart is None:
        return f"for {_time(rule, periods)}"
    results = math.ceil(periods / rule.apart)
    return "in 1 result" if results == 1 else f"in {results} results"


def _time(rule: StopRule, periods: int) -> str:
    if rule.hours is None:
        return "1 batch" if periods == 1 else f"{periods} batches"
    hours = rule.hours * periods / rule.periods
    return "1 hour" if hours == 1.0 else "1 day" if hours == 24.0 else _span(hours)


def _moment(stamp: str, zone: ZoneInfo) -> str:
    moment = datetime.fromisoformat(stamp).astimezone(zone)
    return f"{moment:%a} {moment.day} {moment:%b %Y %H:%M}"


def _hours(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)) / HOUR


def _span(hours: float) -> str:
    return f"{hours / 24:.3g} days" if hours >= 48 else f"{hours:.3g} hours"
