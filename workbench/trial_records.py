"""What crosses rooms once a recommendation is tried on the plant: the trial plan and the verdict, frozen."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from workbench.records import Finding, Gain, Money, round_all

__all__ = [
    "PROGNOSIS",
    "UNPRICED",
    "Arm",
    "Block",
    "Cost",
    "Deviation",
    "Estimate",
    "Grade",
    "Look",
    "PlanSetting",
    "Power",
    "StopRule",
    "TrialLimit",
    "TrialLineage",
    "TrialPlan",
    "Verdict",
]

Arm = Literal["present", "proposed"]
Grade = Literal["A", "B", "C", "D", "E"]
PROGNOSIS = "@prognosis"  # the column of what the conditions foretell of the objective
UNPRICED = "not priced"  # kind of the deviation that says why a gain has no money though the sheet has a price
PLAN_SCHEMA = 1
VERDICT_SCHEMA = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the record that `to_json` wrote; ValueError where the text holds another one, or none."""
        body = json.loads(text)
        if not isinstance(body, dict):
            raise ValueError(f"a record begins with a brace, not with {text.strip()[:1]}")
        body.pop("schema", None)
        return cls.model_validate(body)

    def to_json(self) -> str:
        """Return the record as text: every key present, six significant digits, keys in reading order."""
        return json.dumps(round_all(self._body()), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def _body(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class PlanSetting(_Frozen):
    """One setting of a trial: its present and its proposed value, in its unit, and how fast it may be moved."""

    name: str
    tag: str
    unit: str
    present: float | str
    proposed: float | str
    max_rate: str | None = None


class Block(_Frozen):
    """One block of a trial: periods from `washout_until` to `end` count; all stamps are ISO 8601 in UTC."""

    number: int
    start: str
    washout_until: str
    end: str
    arm: Arm


class Look(_Frozen):
    """One look at the data: after how many blocks, and how much of the error rate is spent up to and with it [-].

    `over` is the chance that the trial has found the promised gain by then [-]; null in plans of versions that kept none.
    """

    after_block: int
    alpha_spent: float
    over: float | None = None


class StopRule(_Frozen):
    """When the trial goes back to the present settings: the limit outside its bound for so many periods running.

    `hours` is the same as a time [h], null where periods are batches. `in_block` is how many periods of one proposed block may
    lie outside in all, whether running or not: with so many the trial goes back, too; null where no such number tells anything,
    and in plans of versions that kept none. `in_trial` is the same over all proposed blocks; null where the shortest block is
    long enough for `periods`. `apart` is how far results are apart [periods] where they come more rarely than the periods: each
    then counts for so many of them, whatever the clock says; null else. `formula` is what a limit over a formula was about;
    null for an outcome's own limit, and in plans of versions that kept none.
    """

    limit: str
    bound: Literal["low", "high"]
    value: float
    unit: str
    periods: int
    hours: float | None = None
    in_block: int | None = None
    in_trial: int | None = None
    apart: int | None = None
    formula: str | None = None


class Power(_Frozen):
    """Chance that the trial finds an effect of this size at one-sided 5 % [-], by simulation on the plant's own past."""

    effect: float
    with_covariates: float
    without_covariates: float
    runs: int


class Cost(_Frozen):
    """What the trial costs if the promise is wrong: the loss over its proposed blocks, in the sheet's currency (or null)."""

    currency: str | None
    expected: float | None
    high: float | None
    note: str


class TrialPlan(_Frozen):
    """A randomised switchback between the present and the proposed settings, as `plan.json` holds it.

    Parameters
    ----------
    id : str
        The recommendation's id and the first 6 hex digits of the SHA-256 of the plan without `created` and `id`, without
        `batches` where it is false, and without `assurance`, `over` of a look and `in_block`, `in_trial` and `apart` of a stop
        rule where they are null.
    recommendation, recommendation_sha256 : str
        What is tried, and the hash of its `recommendation.json`.
    seed : int
        Draws the order out of the admissible ones.
    block_hours, washout_hours : float
        Length of a block, and the time after a change that does not count [h].
    order_rule : str
        `pairs`: of each two blocks in turn one has the present and one the proposed settings.
    n_orders : int
        Admissible orders under that rule.
    blocks : tuple of Block
    looks : tuple of Look
        The last is after the last block.
    stop_rules : tuple of StopRule
    rollback : tuple of PlanSetting
        Settings to go back to; `proposed` is repeated for the record.
    covariates : tuple of str
        Conditions that the analysis takes into account, fixed before the trial.
    prognosis : dict of str to float
        Weights of the conditions (of one with choices, `NAME=CHOICE`) whose sum foretells differences of the objective, learned
        before the trial [unit of the objective per unit of the condition]. Where it is not empty, the objective's analysis
        takes that sum into account instead of the covariates, which serve the other quantities and later re-estimates.
    max_steps : dict of str to float
        Largest steps of the sheet's numeric settings, by which it is told whether a setting stands where it should [unit of the
        setting]; empty in plans of versions that kept none.
    batches : bool
        True where the plant runs batches: a change comes with the first batch that starts after its time. Plans of versions
        that did not keep it have False.
    idle_days : tuple of int
        Days of the week (Monday is 0, plant time) on which no result is due, as the past hardly has any on them: their periods
        do not count. Empty in plans of versions that kept none.
    promise : Gain
        What the recommendation promised.
    power : tuple of Power
        For the promised gain, and for half of it.
    assurance : float, optional
        Chance that the trial finds a gain that is as unsure as the promise: normal, around what was expected, by the promise's
        low end [-]; null in plans of versions that kept none.
    carry_over : float
        Share of the effect that would be lost without the washout [-].
    cost : Cost
    answer : str
        One sentence: how long, and whether it can be proved at all.
    provable : bool
        False where a season is not enough.
    """

    id: str
    created: str
    recommendation: str
    recommendation_sha256: str
    plant: str
    title: str = ""
    timezone: str
    objective: str
    unit: str
    maximize: bool
    seed: int
    block_hours: float
    washout_hours: float
    order_rule: Literal["pairs"]
    n_orders: int
    start: str
    end: str
    blocks: tuple[Block, ...]
    looks: tuple[Look, ...]
    stop_rules: tuple[StopRule, ...]
    rollback: tuple[PlanSetting, ...]
    settings: tuple[PlanSetting, ...]
    covariates: tuple[str, ...]
    prognosis: dict[str, float] = {}
    max_steps: dict[str, float] = {}
    batches: bool = False
    idle_days: tuple[int, ...] = ()
    promise: Gain
    power: tuple[Power, ...]
    assurance: float | None = None
    carry_over: float
    cost: Cost
    answer: str
    provable: bool

    @property
    def days(self) -> str:
        """From which day to which it lasts, in plant time: `2026-06-01 to 2026-06-06`."""
        ends = (datetime.fromisoformat(end).astimezone(ZoneInfo(self.timezone)) for end in (self.start, self.end))
        return " to ".join(f"{end:%Y-%m-%d}" for end in ends)

    def _body(self) -> dict[str, Any]:
        return {"schema": PLAN_SCHEMA} | self.model_dump(mode="json")

    def identified(self) -> TrialPlan:
        """Return the same plan with its id."""
        return self.model_copy(update={"id": f"{self.recommendation}-{_digest(self)}"})


class Deviation(_Frozen):
    """Where the trial was not run as planned: in which block, what, and how many counted hours it took [h]."""

    block: int | None
    kind: str
    text: str
    hours: float = 0.0


class TrialLimit(_Frozen):
    """One limit during the trial: share of counted periods within it, by arm; null where nothing was measured.

    `broken` is true where the proposed settings held it clearly less often than they should, `stopped` where they broke it for
    as long, or as often in one block, as a stop rule says.
    """

    name: str
    bound: Literal["low", "high"]
    value: float
    unit: str
    held_present: float | None
    held_proposed: float | None
    stopped: bool = False
    broken: bool = False


class Estimate(_Frozen):
    """The measured effect on one quantity, positive is better for the objective, with its two-sided interval."""

    name: str
    unit: str
    estimate: float
    low: float | None
    high: float | None
    level: float


class TrialLineage(_Frozen):
    """From which bytes, rows and code the verdict comes.

    `period_hours` is the length of the periods that are counted, which may be finer than the sheet's [h]; null for batches, and
    in verdicts of versions that kept none.
    """

    sheet_sha256: str
    source_sha256: str
    source: str = ""
    records_read: int
    records_used: int
    periods_in: int
    periods_counted: int
    periods_set_aside: dict[str, int] = {}
    period_hours: float | None = None
    code: str


class Verdict(_Frozen):
    """The gain that a trial measured, as `verdict.json` holds it.

    `effect` is about the objective; `others` are outcomes and quantities of interest, each with its own interval and never
    to be added to the objective's money. `p_value` is one-sided, over `n_orders` orders; `final` is False for
    an interim look. `status` is null where an interim look decides nothing. `findings` are those of sheet and records that
    concern a measured gain; null in verdicts of versions that kept none.
    """

    id: str
    created: str
    recommendation: str
    plan: str | None
    plant: str
    grade: Grade
    status: Literal["verified", "not_verified"] | None
    final: bool
    reasons: tuple[str, ...]
    effect: Estimate | None
    promised: Gain | None
    others: tuple[Estimate, ...] = ()
    p_value: float | None
    n_orders: int | None
    blocks_used: int
    adherence: float | None
    deviations: tuple[Deviation, ...]
    limits: tuple[TrialLimit, ...]
    placebo_rate: float | None = None
    value_per_year: Money | None
    findings: tuple[Finding, ...] | None = None
    lineage: TrialLineage

    @property
    def beside(self) -> tuple[Estimate, ...]:
        """Of `others`, those that are not the objective itself, which `effect` is about: people read it twice else."""
        return tuple(other for other in self.others if self.effect is None or other.name != self.effect.name)

    def _body(self) -> dict[str, Any]:
        body = {"schema": VERDICT_SCHEMA} | self.model_dump(mode="json")
        for finding in body["findings"] or ():
            finding.pop("refuses")  # as in a recommendation
        return body

    def identified(self) -> Verdict:
        """Return the same verdict with its id."""
        return self.model_copy(update={"id": f"{self.plan or self.recommendation}-{_digest(self)}"})


def _digest(record: TrialPlan | Verdict) -> str:
    body = json.loads(record.to_json())
    body.pop("created")
    body.pop("id")
    for key in ("batches", "idle_days"):
        if not body.get(key):
            body.pop(key, None)  # plans that were written without it keep their ids
    later = (("looks", "over"), *(("stop_rules", key) for key in ("in_block", "in_trial", "apart")))
    parts = [(part, key) for of, key in later for part in body.get(of, ())]
    for part, key in ((body, "assurance"), (body.get("lineage", {}), "period_hours"), *parts):
        if part.get(key) is None:
            part.pop(key, None)  # the same
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:6]
