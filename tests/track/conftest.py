from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workbench.plant import read_sheet
from workbench.records import Gain, LimitLine, Lineage, ModelLine, Money, Placebo, Recommendation, SettingLine, Support
from workbench.switchback import draw_order
from workbench.track import Store, track_promise, track_study
from workbench.track.pages import Page, read_pages
from workbench.track.review import state_of
from workbench.trial_records import Block, Estimate, Look, PlanSetting, TrialLineage, TrialPlan, Verdict

STARTED = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)
NOW = datetime.now(UTC)


@pytest.fixture
def recommendation() -> Recommendation:
    line = SettingLine(
        name="free_sulfate", tag="AIC101.SP", unit="g/L", now=27.1, proposed=29.4, low=20.0, high=40.0, max_step=3.0
    )
    return Recommendation(
        id="",
        created="2026-01-12T06:00:00Z",
        as_of=None,
        plant="acid_line_1",
        status="proposed",
        reasons=(),
        settings=(line,),
        gain=Gain(objective="recovery", unit="%", expected=0.61, low=0.22, high=0.98, level=0.9),
        value_per_year=Money(currency="CNY", expected=3_050_000.0, low=1_100_000.0, high=4_900_000.0),
        limits=(LimitLine(name="cake_loss", bound="high", value=0.6, predicted=0.41, probability_held=0.99, now=0.98),),
        support=Support(nearest_periods=212, inside=True),
        candidate=None,
        findings=(),
        model=ModelLine(kind="surrogate", skill=0.41),
        placebo=Placebo(false_alarms=3, runs=100, rate=0.03, high=0.085),
        lineage=Lineage(
            sheet_sha256="ab" * 32,
            source_sha256="cd" * 32,
            source="history.csv",
            records_read=1000,
            records_used=990,
            periods_used=400,
            periods_set_aside={"not running": 3},
            from_="2025-01-01T00:00:00Z",
            to="2026-01-12T06:00:00Z",
            seed=0,
            held=("cooling", "flow"),
            code="0.1.0",
        ),
    ).identified("20260112T0600Z")


@pytest.fixture(scope="session")
def made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, made once: making one takes seconds, copying it none."""
    return Store.open(create=True, folder=tmp_path_factory.mktemp("made") / "mlruns").folder


@pytest.fixture
def store(made_store: Path, tmp_path: Path) -> Store:
    shutil.copytree(made_store, tmp_path / "mlruns")
    return Store.open(folder=tmp_path / "mlruns")


SHEET = """
name: acid_line_1
path: [Site, Line 1]
period: 1h
settings: {free_sulfate: {unit: g/L, low: 20, high: 40, max_step: 3}}
outcomes: {recovery: {unit: "%"}}
objective: {maximize: recovery, unit: "%"}
"""


class Desk:
    """What a person at the store does, in few words."""

    NOW = NOW
    SHEET = SHEET

    def __init__(self, store: Store) -> None:
        self.store = store

    def promised(self, record: Recommendation, four_eyes: bool = False) -> str:
        sheet = read_sheet(self.SHEET + ("" if four_eyes else "four_eyes: false\n"))
        run = track_study(self.store, record, started=self.NOW, description="**Proposed**: more\nmoney")
        track_promise(self.store, run, record, sheet)
        return record.id

    def moved(self, record: Recommendation, to: float, end: str = "20260113T0600Z") -> Recommendation:
        line = record.settings[0].model_copy(update={"proposed": to})
        return record.model_copy(update={"settings": (line,)}).identified(end)

    def page(self, name: str) -> Page:
        return read_pages(self.store)[state_of(self.store, name).run_id or ""]

    def plan_of(self, name: str) -> TrialPlan:
        state = state_of(self.store, name)
        settings = tuple(
            PlanSetting(name=s.name, tag=s.tag, unit=s.unit, present=s.now, proposed=s.proposed)
            for s in state.recommendation.settings
        )
        days = [datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=k) for k in range(17)]
        blocks = tuple(
            Block(
                number=k + 1,
                start=days[k].isoformat(),
                washout_until=(days[k] + timedelta(hours=6)).isoformat(),
                end=days[k + 1].isoformat(),
                arm="proposed" if is_proposed else "present",
            )
            for k, is_proposed in enumerate(draw_order(16, seed=0).tolist())
        )
        return TrialPlan(
            id="",
            created="2026-01-20T00:00:00Z",
            recommendation=state.id,
            recommendation_sha256=state.record_sha256,
            plant=state.plant,
            timezone="UTC",
            objective="recovery",
            unit="%",
            maximize=True,
            seed=0,
            block_hours=24,
            washout_hours=6,
            order_rule="pairs",
            n_orders=256,
            start="2026-02-01T00:00:00Z",
            end="2026-02-17T00:00:00Z",
            blocks=blocks,
            looks=(Look(after_block=16, alpha_spent=0.05),),
            stop_rules=(),
            rollback=settings,
            settings=settings,
            covariates=(),
            promise=Gain(objective="recovery", unit="%", expected=0.61, low=0.22, high=0.98, level=0.9),
            power=(),
            carry_over=0.0,
            cost={"currency": None, "expected": None, "high": None, "note": ""},
            answer="",
            provable=True,
        ).identified()

    def verdict_of(self, trial: TrialPlan, status: str | None = "verified", final: bool = True, **more: object) -> Verdict:
        body = {
            "id": "",
            "created": "2026-02-18T00:00:00Z",
            "recommendation": trial.recommendation,
            "plan": trial.id,
            "plant": trial.plant,
            "grade": "A",
            "status": status,
            "final": final,
            "reasons": (),
            "effect": Estimate(name="recovery", unit="%", estimate=0.5, low=0.2, high=0.8, level=0.9),
            "promised": None,
            "p_value": 0.01,
            "n_orders": 256,
            "blocks_used": 16,
            "adherence": 0.97,
            "deviations": (),
            "limits": (),
            "value_per_year": None,
            "lineage": TrialLineage(
                sheet_sha256="", source_sha256="", records_read=0, records_used=0, periods_in=0, periods_counted=0, code=""
            ),
        }
        return Verdict.model_validate(body | more).identified()


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)
