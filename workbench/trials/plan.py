"""From a recommendation and the plant's past to one trial plan, with the candidates that were considered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from workbench.errors import InputError
from workbench.plant import Sheet
from workbench.prepare.steady import settling_of
from workbench.records import History, Recommendation, SettingLine, grid_of
from workbench.switchback.orders import admissible_orders, draw_order
from workbench.switchback.reckoned import POWER_WANTED
from workbench.trial_records import Block, Look, PlanSetting, Power, TrialPlan
from workbench.trials.calendar import ShiftCalendar, calendar_of
from workbench.trials.candidates import Candidate, Progress, Question, choose, consider, lengthened
from workbench.trials.cost import trial_cost
from workbench.trials.idle_days import idle_notes
from workbench.trials.later import later_notes
from workbench.trials.looks import plan_looks
from workbench.trials.past import MICROSECONDS, Past
from workbench.trials.plan_words import plan_answer, plan_notes
from workbench.trials.power import Rehearsal, rehearse
from workbench.trials.ramps import ramp_hours, ramp_shares
from workbench.trials.stops import stop_rules
from workbench.trials.weekdays import idle_days

__all__ = ["Planned", "plan_settings", "plan_switchback"]

RUNS = 1000  # rehearsals of the plan that is recommended
HOUR = timedelta(hours=1)
AHEAD = timedelta(days=1)  # from the last record to the earliest start; own assumption
MONDAY = 0
POWER_FOUND = POWER_WANTED - 0.02  # rehearsed anew, which is known to two points; own assumption
LOST_SAID = 0.1  # share of pairs of blocks that breaks and missing results usually cost [-]; own assumption


@dataclass(frozen=True)
class Planned:
    """A plan, what else was considered, and what a reader should know.

    Parameters
    ----------
    plan : TrialPlan
    candidates : tuple of Candidate
        By block length; the chosen one among them.
    chosen : Candidate
    notes : tuple of str
        What was assumed, a sentence each.
    """

    plan: TrialPlan
    candidates: tuple[Candidate, ...]
    chosen: Candidate
    notes: tuple[str, ...]

    def cost_of(self, candidate: Candidate) -> float | None:
        """Return what a candidate costs if the promise is wrong, expected, in the plan's currency: as half of its time is."""
        if self.plan.cost.expected is None:
            return None
        return self.plan.cost.expected * candidate.weeks / self.chosen.weeks


def plan_switchback(
    sheet: Sheet,
    history: History,
    past: Past,
    recommendation: Recommendation,
    *,
    record_sha256: str,
    created: str,
    seed: int = 0,
    start: datetime | None = None,
    progress: Progress | None = None,
) -> Planned:
    """Return the trial that the plant needs to prove a recommendation.

    Parameters
    ----------
    sheet, history
        Of the plant, at the sheet's own grain.
    past : Past
        What trials are rehearsed on, from `past_of`.
    recommendation : Recommendation
        Of status `proposed`.
    record_sha256 : str
        Of its `recommendation.json`.
    created : str
        Moment of writing.
    seed : int
        Of the order and of the rehearsals, 0 or more.
    start : datetime, optional
        Earliest start; default the first Monday that is a day or more after the last record.
    progress : callable, optional
        Told what is being done, how much of it, and of how much.

    Raises
    ------
    InputError
        If the recommendation proposes nothing, or the trial would begin before the records end, or cannot be laid out at all.
    """
    settings = plan_settings(sheet, recommendation)
    gain = recommendation.gain
    if recommendation.status != "proposed" or gain is None or not settings:
        raise InputError(f"{recommendation.id} proposes no change (status {recommendation.status}): there is nothing to try")
    calendar = calendar_of(sheet)
    grid = calendar.to_local(history.frame["time"][0])
    question = Question(
        effect=gain.expected,
        spread=gain.spread,
        settling_hours=max(settling_of(sheet, s.name) for s in settings) / MICROSECONDS,
        washout_hours=None if sheet.trial.washout is None else sheet.trial.washout / HOUR,
        ramp=ramp_shares(settings),
        ramp_hours=ramp_hours(settings),
        start=_start(sheet, history, calendar, start),
        longest=sheet.trial.longest,
        grid=grid,
        seed=seed,
    )
    if sheet.period is None:
        question = _per_batch(question)
    candidates = consider(past, calendar, question, progress)
    if not candidates:
        raise InputError(
            f"{sheet.name}: no block of four weeks or less leaves a period after washout and ramp "
            f"({question.settling_hours + question.ramp_hours:g} h): check settling and max_rate in the sheet"
        )
    best = choose(candidates, question.longest)
    chosen, again = _long_enough(past, best, calendar, question)
    powers, assurance = _powers(again, question), again.power(question.effect, spread=question.spread)
    candidates = [chosen if candidate is best else candidate for candidate in candidates]
    looks = _looks(again, question)
    order = draw_order(chosen.n_blocks, seed).tolist()
    blocks = _blocks(chosen, calendar, order)
    provable = powers[0].with_covariates >= POWER_FOUND and chosen.boundaries[-1] - chosen.boundaries[0] <= question.longest
    proposed_hours = sum(_hours(block) for block in blocks if block.arm == "proposed")
    trial_hours = (chosen.boundaries[-1] - chosen.boundaries[0]) / HOUR
    period_hours = past.period_hours if sheet.period is None else sheet.period / HOUR
    plan = TrialPlan(
        id="",
        created=created,
        recommendation=recommendation.id,
        recommendation_sha256=record_sha256,
        plant=sheet.name,
        title=sheet.title,
        timezone=sheet.timezone,
        objective=sheet.objective.text,
        unit=sheet.objective.unit,
        maximize=sheet.objective.maximize,
        seed=seed,
        block_hours=chosen.block_hours,
        washout_hours=chosen.washout_hours,
        order_rule="pairs",
        n_orders=admissible_orders(chosen.n_blocks),
        start=blocks[0].start,
        end=blocks[-1].end,
        blocks=blocks,
        looks=looks,
        stop_rules=stop_rules(
            sheet,
            history.frame,
            recommendation.limits,
            period_hours,
            trial_hours,
            max(map(_hours, blocks)),
            min(map(_hours, blocks)),
        ),
        rollback=settings,
        settings=settings,
        covariates=chosen.covariates,
        prognosis=_prognosis(sheet, chosen),
        max_steps={name: s.max_step for name, s in sheet.settings.items() if s.max_step is not None},
        batches=sheet.period is None,
        idle_days=idle_days(past),
        promise=gain,
        power=powers,
        assurance=assurance,
        carry_over=chosen.carry_over,
        cost=trial_cost(recommendation.value_per_year, sheet.hours_per_year, proposed_hours),
        answer=plan_answer(chosen, powers, assurance, question, gain.unit, provable=provable),
        provable=provable,
    ).identified()
    plan = TrialPlan.from_json(plan.to_json())  # what is shown is what is written: six significant digits
    fewer = _power_with_losses(past, chosen, calendar, question)
    idle = idle_notes(past, calendar, question, chosen, powers[0].with_covariates, RUNS)
    lost = chosen.layout.lost_in(order)
    assumed = plan_notes(sheet, past, recommendation, question, chosen, fewer, lost)
    notes = (*assumed, *idle, *later_notes(plan, period_hours))
    return Planned(plan, tuple(candidates), chosen, notes)


def plan_settings(sheet: Sheet, recommendation: Recommendation) -> tuple[PlanSetting, ...]:
    """Return the settings that the trial moves, present values on a grid that people can set (that of proposals)."""
    out = []
    for line in recommendation.settings:
        if line.now is None or line.proposed is None or line.now == line.proposed:
            continue
        setting = sheet.settings.get(line.name)
        present = _settable(line, is_whole=setting is not None and setting.integer)
        rate = setting.max_rate if setting is not None else None
        out.append(
            PlanSetting(
                name=line.name,
                tag=line.tag,
                unit=line.unit,
                present=line.now if present == line.proposed and line.now is not None else present,
                proposed=line.proposed,
                max_rate=rate,
            )
        )
    return tuple(out)


def _settable(line: SettingLine, *, is_whole: bool) -> float | str:
    """The present value as a multiple of what people set values by."""
    assert line.now is not None
    if isinstance(line.now, str) or line.max_step is None:
        return line.now
    resolution = 1.0 if is_whole else grid_of(line.max_step)
    return float(f"{round(line.now / resolution) * resolution:.12g}")


def _start(sheet: Sheet, history: History, calendar: ShiftCalendar, start: datetime | None) -> datetime:
    last: datetime = history.frame["time"].max()  # type: ignore[assignment]
    ended = calendar.to_local(last) + (sheet.period or timedelta(0))
    if start is not None:
        wanted = calendar.to_local(start)
        if wanted < ended:
            raise InputError(
                f"--start {wanted:%Y-%m-%d %H:%M} lies before the last record ({ended:%Y-%m-%d %H:%M}): a trial begins after it"
            )
        return wanted
    day = (ended + AHEAD).replace(hour=0, minute=0, second=0, microsecond=0)
    while day < ended + AHEAD or day.weekday() != MONDAY:
        day += timedelta(days=1)
    return day


def _per_batch(question: Question) -> Question:
    """Batches stand on their own: nothing of one is felt in the next, and blocks count from their own start."""
    return Question(**(vars(question) | {"settling_hours": 0.0, "grid": question.start}))


def _blocks(chosen: Candidate, calendar: ShiftCalendar, order: list[bool]) -> tuple[Block, ...]:
    moments = [calendar.to_utc(moment) for moment in chosen.boundaries]
    return tuple(
        Block(
            number=k + 1,
            start=_iso(moments[k]),
            washout_until=_iso(moments[k] + timedelta(hours=chosen.washout_hours)),
            end=_iso(moments[k + 1]),
            arm="proposed" if is_proposed else "present",
        )
        for k, is_proposed in enumerate(order)
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _hours(block: Block) -> float:
    return (datetime.fromisoformat(block.end) - datetime.fromisoformat(block.start)) / HOUR


def _long_enough(past: Past, chosen: Candidate, calendar: ShiftCalendar, question: Question) -> tuple[Candidate, Rehearsal]:
    """The chosen trial, as long as its assurance asks for where that is rehearsed anew, or as there is time; and the rehearsal.

    The runs that chose a trial flatter it.
    """

    def anew(trial: Candidate) -> Rehearsal:
        return rehearse(trial.known_of(past), trial.layout, RUNS, question.seed + 1, weekly=calendar.is_weekly)

    again = anew(chosen)
    while (assurance := again.power(question.effect, spread=question.spread)) < POWER_FOUND:
        longer = lengthened(past, calendar, question, chosen, assurance)
        if longer is None:
            break
        chosen, again = longer, anew(longer)
    return chosen, again


def _powers(again: Rehearsal, question: Question) -> tuple[Power, ...]:
    return tuple(
        Power(
            effect=effect,
            with_covariates=again.power(effect),
            without_covariates=again.power(effect, covariates=False),
            runs=RUNS,
        )
        for effect in (question.effect, question.effect / 2)
    )


def _looks(again: Rehearsal, question: Question) -> tuple[Look, ...]:
    """The plan's looks, with the chance that each has said yes to the promised gain by then."""
    looks = plan_looks(again.layout.n_blocks)
    over = again.over_by(question.effect, looks)
    return tuple(look.model_copy(update={"over": share}) for look, share in zip(looks, over, strict=True))


def _power_with_losses(past: Past, chosen: Candidate, calendar: ShiftCalendar, question: Question) -> float:
    """Power of the chosen trial where one pair of blocks in ten, at least one, is lost [-]."""
    pairs = chosen.n_blocks // 2
    left = chosen.whole.cut(2 * (pairs - max(round(LOST_SAID * pairs), 1)))
    again = rehearse(chosen.known_of(past), left, RUNS, question.seed + 1, weekly=calendar.is_weekly)
    return again.power(question.effect)


def _prognosis(sheet: Sheet, chosen: Candidate) -> dict[str, float]:
    """Weights that foretell the objective itself, not its improvement."""
    if chosen.prognosis is None:
        return {}
    sign = 1.0 if sheet.objective.maximize else -1.0
    return {name: sign * weight for name, weight in chosen.prognosis.weights.items()}


def candidates_frame(planned: Planned) -> pl.DataFrame:
    """Return the candidates as a table, a row each.

    Columns are the shortest and longest block and the washout [h], blocks, weeks, power [-], cost, covariates, `is_foretold`,
    `is_chosen`.
    """
    return pl.DataFrame(
        [
            {
                "block_hours": c.block_hours,
                "block_hours_most": c.block_hours_most,
                "washout_hours": c.washout_hours,
                "blocks": c.n_blocks,
                "weeks": c.weeks,
                "power": c.power,
                "power_half": c.power_half,
                "assurance": c.assurance,
                "power_without": c.power_without,
                "power_half_without": c.power_half_without,
                "carry_over": c.carry_over,
                "bias": c.bias,
                "explained": c.explained,
                "covariates": ", ".join(c.covariates),
                "is_foretold": c.prognosis is not None,
                "cost": planned.cost_of(c),
                "is_chosen": c is planned.chosen,
            }
            for c in planned.candidates
        ]
    )
