"""A store's log written by hand: promises, decisions, costs, verdicts and what was left of them, at given moments."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.made import made_proposal
from workbench.records import Gain, Money, SettingLine
from workbench.trial_records import Estimate, TrialLineage, TrialPlan, Verdict
from workbench.verify.chain import KEY
from workbench.verify.costs import record_cost
from workbench.verify.log import Log
from workbench.verify.promise import record_promise
from workbench.verify.states import change_state, read_states

LINEAGE = TrialLineage(
    sheet_sha256="", source_sha256="", records_read=0, records_used=0, periods_in=0, periods_counted=0, code=""
)


PLAN = {
    "created": "",
    "recommendation_sha256": "",
    "timezone": "UTC",
    "objective": "recovery",
    "unit": "%",
    "maximize": True,
    "seed": 0,
    "block_hours": 24,
    "washout_hours": 6,
    "order_rule": "pairs",
    "n_orders": 256,
    "blocks": (),
    "looks": (),
    "stop_rules": (),
    "rollback": (),
    "settings": (),
    "covariates": (),
    "promise": Gain(objective="recovery", unit="%", expected=0.6, low=0.2, high=1.0, level=0.9),
    "power": (),
    "carry_over": 0.0,
    "cost": {"currency": None, "expected": None, "high": None, "note": ""},
    "answer": "",
    "provable": True,
}


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Book:
    """Writes what happened; `at` is a date, UTC."""

    def __init__(self, folder: Path) -> None:
        self.log = Log.open(folder, create=True)
        self.made = 0

    def promise(
        self,
        plant: str,
        at: str,
        gain: tuple[float, float, float] = (0.6, 0.2, 1.0),
        money: tuple[float, float, float] | None = (3e6, 1e6, 5e6),
        currency: str = "CNY",
        provider: str = "workbench",
        unit: str = "",
        setting: float | str | None = None,
        now: float | str = 27.0,
        **others: tuple[float | str, float | str],
    ) -> str:
        self.made += 1
        proposed = 30.0 + self.made if setting is None else setting
        moves = {"s": (now, proposed)} | others
        record = made_proposal(
            plant,
            tuple(
                SettingLine(name=name, tag=name, unit="g/L", now=a, proposed=b, low=20, high=99, max_step=3)
                for name, (a, b) in moves.items()
            ),
            Gain(objective="recovery", unit="%", expected=gain[0], low=gain[1], high=gain[2], level=0.9),
            created=day(at).isoformat(),
            value_per_year=Money(currency=currency, expected=money[0], low=money[1], high=money[2]) if money else None,
        ).identified(at.replace("-", "") + "T0000Z")
        record_promise(
            self.log, record.to_json(), sheet=plant, unit=unit, provider=provider, actor="Ann", at=day(at), four_eyes=False
        )
        return record.id

    def decide(self, name: str, to: str, at: str) -> None:
        change_state(
            self.log, read_states(self.log.rows(recommendation=name))[name], to, reason="said so", actor="Bo", at=day(at)
        )

    def start(self, name: str, at: str) -> None:
        self.decide(name, "approved", at)
        self.decide(name, "on_trial", at)

    def verdict(
        self,
        name: str,
        at: str,
        effect: tuple[float, float, float] | None,
        money: tuple[float, float, float] | None,
        currency: str = "CNY",
        status: str = "verified",
        level: float = 0.9,
        **more: Any,
    ) -> Verdict:
        estimate = None
        if effect is not None:
            estimate = Estimate(name="recovery", unit="%", estimate=effect[0], low=effect[1], high=effect[2], level=level)
        verdict = Verdict.model_validate(
            {
                "id": "",
                "created": day(at).isoformat(),
                "recommendation": name,
                "plan": f"{name}-plan",
                "plant": read_states(self.log.rows(recommendation=name))[name].plant,
                "grade": "A",
                "status": status,
                "final": True,
                "reasons": (),
                "effect": estimate,
                "promised": None,
                "p_value": 0.01,
                "n_orders": 256,
                "blocks_used": 16,
                "adherence": 0.97,
                "deviations": (),
                "limits": (),
                "value_per_year": Money(currency=currency, expected=money[0], low=money[1], high=money[2]) if money else None,
                "lineage": LINEAGE,
            }
            | more
        ).identified()
        self.log.append("verdict", verdict.plant, name, {"text": verdict.to_json()}, at=day(at))
        if verdict.plan and verdict.status:
            self.decide(name, verdict.status, at)
        return verdict

    def decay(self, name: str, month: str, share: float, below: bool, at: str, **more: Any) -> None:
        said = {"month": month, "gain": 0.0, "low": 0.0, "high": 0.0, "share": share, "below": below}
        plant = read_states(self.log.rows(recommendation=name))[name].plant
        self.log.append("decay", plant, name, said | {"adherence": 0.9, "periods": 30} | more, at=day(at))

    def plan(self, name: str, start: str, end: str, at: str, **more: Any) -> None:
        """A plan with nothing in it but its dates, and what else is given."""
        state = read_states(self.log.rows(recommendation=name))[name]
        said = {"id": f"{name}-plan", "recommendation": name, "plant": state.plant, "start": day(start).isoformat()}
        text = TrialPlan.model_validate(PLAN | said | {"end": day(end).isoformat()} | more).to_json()
        self.log.append("plan", state.plant, name, {"text": text}, at=day(at))

    def roll_back(self, name: str, at: str) -> None:
        plant = read_states(self.log.rows(recommendation=name))[name].plant
        self.log.append("rollback", plant, name, {"from": "verified", "reason": "x", "settings": {"s": 27.0}}, at=day(at))

    def cost(self, plant: str, category: str, amount: float, at: str, currency: str = "CNY", **more: Any) -> None:
        record_cost(self.log, plant, category, amount, currency, "", at=day(at), **more)

    @property
    def rows(self) -> list[Any]:
        return self.log.rows()


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.delenv(KEY, raising=False)
    folder = tmp_path / "store"
    folder.mkdir()
    return Book(folder)


def script(b: Book) -> None:
    """2025: a good one, a worthless one, a fading one, one rolled back, one withdrawn, one replaced, one without a price."""
    acid, mill = "Site A / Acid", "Site A / Mill"
    good = b.promise("acid_1", "2025-01-10", (0.6, 0.2, 1.0), (3e6, 1e6, 5e6), unit=acid)
    b.start(good, "2025-01-20")
    rock = Estimate(name="rock", unit="t/year", estimate=-2900.0, low=-5200.0, high=-600.0, level=0.9)
    b.cost("acid_1", "trial", 120_000.0, "2025-03-31", recommendation=good)
    b.verdict(good, "2025-04-01", (0.48, 0.24, 0.72), (2.4e6, 1.2e6, 3.6e6), others=(rock,))
    b.cost("acid_1", "licence", 300_000.0, "2025-01-02", provider="workbench")

    worthless = b.promise("mill_1", "2025-02-01", (2.0, 0.5, 3.5), (1e6, 0.25e6, 1.75e6), provider="ACME", unit=mill)
    b.start(worthless, "2025-02-10")
    b.verdict(worthless, "2025-04-10", (-0.1, -0.8, 0.6), (-5e4, -4e5, 3e5), status="not_verified")
    b.cost("mill_1", "hours", 80_000.0, "2025-04-10", recommendation=worthless)

    fading = b.promise("acid_2", "2025-01-15", (0.4, 0.1, 0.7), (1.2e6, 0.3e6, 2.1e6), unit=acid)
    b.start(fading, "2025-01-20")
    b.verdict(fading, "2025-03-01", (0.33, 0.13, 0.53), (1e6, 0.4e6, 1.6e6))
    for month, share, below in [("2025-04", 0.9, False), ("2025-05", 0.5, True), ("2025-06", 0.3, True)]:
        b.decay(fading, month, share, below, "2025-07-02")
    b.cost("acid_2", "downtime", 400_000.0, "2025-02-20", recommendation=fading)
    b.cost("acid_2", "downtime", -100_000.0, "2025-02-25", recommendation=fading)  # too much was written before

    gone = b.promise("cooler", "2025-02-10", (5.0, 2.0, 8.0), (4e5, 1.6e5, 6.4e5), "EUR", provider="ACME")
    b.start(gone, "2025-02-20")
    b.cost("cooler", "training", 20_000.0, "2025-03-01", "EUR", recommendation=gone)
    b.verdict(gone, "2025-05-01", (4.5, 2.25, 6.75), (365_000.0, 182_500.0, 547_500.0), "EUR")
    b.roll_back(gone, "2025-08-01")

    stopped = b.promise("dryer", "2025-06-01", money=(1e5, 5e4, 1.5e5), currency="EUR")
    b.start(stopped, "2025-06-10")
    b.decide(stopped, "withdrawn", "2025-06-20")
    b.roll_back(stopped, "2025-06-20")
    b.promise("kiln", "2025-07-01", setting=40.0)
    b.promise("kiln", "2025-07-15", setting=50.0)

    unpriced = b.promise("packer", "2025-08-01", money=None)
    b.start(unpriced, "2025-08-10")
    b.verdict(unpriced, "2025-10-01", (0.5, 0.1, 0.9), None, grade="B")
    b.cost("packer", "other", 5_000.0, "2025-09-01", "EUR", recommendation=unpriced)


@pytest.fixture(scope="session")
def written_year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(KEY, raising=False)
        book = Book(tmp_path_factory.mktemp("year"))
        script(book)
    return book.log.path


@pytest.fixture
def year(book: Book, written_year: Path) -> Book:
    """The scripted year, in a file of its own."""
    shutil.copyfile(written_year, book.log.path)
    return book


@pytest.fixture
def at() -> datetime:
    return day("2026-01-01")


@pytest.fixture
def run_notebook() -> Any:
    """Run the code cells of an export's notebook in its folder, and return their names."""

    def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        monkeypatch.chdir(folder)
        cells = json.loads((folder / "recompute.ipynb").read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        assert "workbench" not in code
        names: dict[str, Any] = {}
        exec(compile(code, "recompute.ipynb", "exec"), names)
        return names

    return run
