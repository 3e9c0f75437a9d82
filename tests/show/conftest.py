"""Example answers of all three statuses, with the numbers of a phosphoric acid line, and one that tries to break a page."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from workbench.plant import Sheet, load_sheet
from workbench.records import (
    Candidate,
    Finding,
    Gain,
    History,
    LimitLine,
    Lineage,
    ModelLine,
    Money,
    OutcomeLine,
    Placebo,
    Recommendation,
    RefereeRow,
    RowLedger,
    SettingLine,
    Support,
)

HOSTILE = '<script>alert("x")</script>'
ID = "phosphoric_acid-20260112T0600Z-3fa9c1"


def _setting(name, tag, unit, now, proposed, low, high, max_step, supported):
    return SettingLine(
        name=name, tag=tag, unit=unit, now=now, proposed=proposed, low=low, high=high, max_step=max_step, supported=supported
    )


def settings(moved: bool = True) -> tuple[SettingLine, ...]:
    rows = [
        ("free_sulfate", "AIC101.SP", "g/L", 27.1234, 29.4, 20, 40, 3, (23.2, 31.8)),
        ("reactor_temperature", "TIC101.SP", "degC", 79.64, 78.1, 74, 84, 2, (76.5, 81.9)),
        ("wash_water", "FIC140.SP", "m3/h", 118.2, 121.9, 90, 140, 6, (104, 129)),
        ("acid_strength", "AIC120.SP", "%", 26.41, 26.41, 24, 29, 0.5, (25.4, 27.6)),
        ("recirculation", "FIC115.SP", "m3/h", 2450, 2450, 1800, 3000, 150, (2210, 2690)),
    ]
    lines = [_setting(n, t, u, a, b if moved else a, lo, hi, s, sup) for n, t, u, a, b, lo, hi, s, sup in rows]
    lines.append(
        _setting("defoamer_mode", "HS130", "", "continuous", "on demand" if moved else "continuous", None, None, None, None)
    )
    return tuple(lines)


def lineage(**changes) -> Lineage:
    base = {
        "sheet_sha256": "9f2c" * 16,
        "source_sha256": "b41d" * 16,
        "source": "simulated history, 360 days, seed 1",
        "records_read": 41_296,
        "records_used": 40_112,
        "set_aside": {"bad quality": 951, "text where a number belongs": 184, "duplicate stamp": 49},
        "periods_used": 1_874,
        "periods_set_aside": {"not running": 214, "pump repair": 48, "moving": 24},
        "from_": "2025-01-17T16:00:00Z",
        "to": "2026-01-12T06:00:00Z",
        "seed": 0,
        "code": "0.1.0+3a1f9c2",
    }
    return Lineage(**(base | changes))


FINDINGS = (
    Finding(code="D104", tag="TI-107", text="unchanged for 6.5 h on 3 Sep 2025 while the line ran: 2 periods set aside"),
    Finding(code="D131", tag="LAB.CAKE", text="results came 3.9 h after the sample in the median; the sheet says 4 h"),
    Finding(
        code="M210", tag=None, text="skill fell from 0.47 to 0.38 after 14 Oct 2025 (new rock blend): older periods count half"
    ),
)

REFEREE = (
    RefereeRow(
        label="published story",
        values={"recovery [%-points]": "+1.5", "value [M CNY/year]": "7.5"},
        note="as printed by the vendor; measured before and after, without a control",
    ),
    RefereeRow(
        label="simulated truth",
        values={"recovery [%-points]": "+0.55 (+0.51 to +0.59)", "value [M CNY/year]": "2.8"},
        note="the simulator, asked at the proposed settings over the same conditions",
    ),
    RefereeRow(label="promise", values={"recovery [%-points]": "+0.61 (+0.22 to +0.98)", "value [M CNY/year]": "3.1"}),
)


def outcomes() -> tuple[OutcomeLine, ...]:
    return (
        OutcomeLine(name="recovery", unit="%", now=95.02, proposed=95.63, change=0.61, low=0.22, high=0.98, level=0.9),
        OutcomeLine(name="cake_loss", unit="%", now=0.472, proposed=0.411, change=-0.061, low=-0.101, high=-0.019, level=0.9),
        OutcomeLine(name="filtration_rate", unit="t/h", now=6.42, proposed=6.38, change=-0.04, low=-0.14, high=0.06, level=0.9),
        OutcomeLine(name="steam", unit="t/h", now=31.2, proposed=31.9, change=0.7, low=0.3, high=1.1, level=0.9),
    )


def limits() -> tuple[LimitLine, ...]:
    return (
        LimitLine(name="cake_loss", bound="high", value=0.6, predicted=0.411, probability_held=0.991, now=0.981, unit="%"),
        LimitLine(name="filtration_rate", bound="low", value=5.8, predicted=6.38, probability_held=0.9997, now=1.0, unit="t/h"),
        LimitLine(name="wash_ratio", bound="high", value=0, predicted=-4.62, probability_held=1.0, now=1.0, unit="t/h"),
        LimitLine(name="steam", bound="high", value=33, predicted=31.9, probability_held=0.931, now=0.924, unit="t/h"),
    )


def make_proposed(**changes) -> Recommendation:
    base = {
        "id": ID,
        "created": "2026-01-12T08:14:03Z",
        "as_of": "2026-01-12T06:00:00Z",
        "plant": "phosphoric_acid",
        "title": "Phosphoric acid, dihydrate line 1",
        "status": "proposed",
        "reasons": (),
        "settings": settings(),
        "gain": Gain(objective="recovery", unit="%", expected=0.61, low=0.22, high=0.98, level=0.9),
        "value_per_year": Money(currency="CNY", expected=3_050_000, low=1_100_000, high=4_900_000),
        "limits": limits(),
        "outcomes": outcomes(),
        "support": Support(nearest_periods=212, inside=True),
        "candidate": None,
        "findings": FINDINGS,
        "model": ModelLine(kind="surrogate", name="evidence regression", skill=0.41),
        "placebo": Placebo(false_alarms=3, runs=100, rate=0.03, high=0.085),
        "referee": REFEREE,
        "lineage": lineage(),
    }
    return Recommendation(**(base | changes))


def make_no_change(**changes) -> Recommendation:
    base = {
        "id": "phosphoric_acid-20260112T0600Z-77ab02",
        "status": "no_change",
        "reasons": (
            "The best change within one step improves recovery by 0.08 %-points, but its 90 % interval, "
            "-0.11 to 0.27, reaches below zero.",
            "free_sulfate moved by less than 0.4 g/L in 94 % of the periods: "
            "the records cannot tell its effect from the noise.",
            "A randomised trial of 8 blocks of 24 h with free_sulfate at 27.1 and 28.6 g/L would settle it to +-0.10 %-points.",
        ),
        "settings": settings(moved=False),
        "gain": None,
        "value_per_year": None,
        "candidate": Candidate(
            settings=settings(), gain=Gain(objective="recovery", unit="%", expected=0.08, low=-0.11, high=0.27, level=0.9)
        ),
        "referee": (),
    }
    return make_proposed(**(base | changes))


def make_refused(**changes) -> Recommendation:
    base = {
        "id": "phosphoric_acid-20260112T0600Z-c01d5e",
        "status": "refused",
        "reasons": (
            "Only 31 usable periods; at least 50 are needed (D201).",
            "recovery has no result in 96 % of the periods (D203).",
        ),
        "settings": settings(moved=False),
        "gain": None,
        "value_per_year": None,
        "limits": (),
        "outcomes": (),
        "support": None,
        "candidate": None,
        "findings": (
            *FINDINGS[:2],
            Finding(code="D201", tag=None, text="31 usable periods of 402; at least 50 are needed", refuses=True),
            Finding(code="D203", tag="LAB.REC", text="no result in 386 of 402 periods", refuses=True),
        ),
        "model": ModelLine(kind="surrogate"),
        "placebo": None,
        "referee": (),
        "lineage": lineage(periods_used=31, periods_set_aside={"no result of recovery": 371}),
    }
    return make_proposed(**(base | changes))


def make_hostile() -> Recommendation:
    """Every name that comes from sheet or data is long, foreign or an attack."""
    long_tag = "SITE1.AREA_07.UNIT_3310.LINE_A.REACTOR_SECTION.TIC_33101A.PIDA.SP_OPERATOR_ENTRY_VALUE"
    lines = list(settings())
    lines[0] = lines[0].model_copy(update={"name": "free_sulfate_in_the_filtrate_of_the_first_digestion_tank", "tag": long_tag})
    lines[1] = lines[1].model_copy(update={"tag": HOSTILE, "unit": "<b>degC</b>"})
    lines[5] = lines[5].model_copy(update={"now": "</td><td>" + HOSTILE, "proposed": "\x1b[31mred\n| pipe | `tick`"})
    return make_proposed(
        title=f"磷酸装置一号线(二水法)反应与过滤工段 {HOSTILE}",
        plant="phosphoric_acid",
        settings=tuple(lines),
        gain=Gain(
            objective="recovery*1.25 - 0.05*max(steam - 31, 0) - 0.4*cake_loss if wash_water > 100 else recovery",
            unit="%",
            expected=0.61,
            low=0.22,
            high=0.98,
            level=0.9,
        ),
        reasons=(f"remark with {HOSTILE} and 中文",),
        limits=(
            LimitLine(name=HOSTILE, bound="high", value=0.6, predicted=None, probability_held=None, now=None, unit="%"),
            *limits()[1:],
        ),
        findings=(Finding(code="D104", tag=HOSTILE, text=f"text {HOSTILE} [link](http://example.invalid)"), *FINDINGS),
        referee=(RefereeRow(label=HOSTILE, values={HOSTILE: HOSTILE}, note=HOSTILE),),
        lineage=lineage(source=f"C:\\data\\{HOSTILE}.csv", set_aside={HOSTILE: 1184}),
    )


@pytest.fixture
def make():
    """The makers of example records, by name, for tests that change a field."""
    return SimpleNamespace(
        proposed=make_proposed,
        no_change=make_no_change,
        refused=make_refused,
        history=make_history,
        lineage=lineage,
        settings=settings,
    )


@pytest.fixture
def proposed() -> Recommendation:
    return make_proposed()


@pytest.fixture
def no_change() -> Recommendation:
    return make_no_change()


@pytest.fixture
def refused() -> Recommendation:
    return make_refused()


@pytest.fixture
def hostile() -> Recommendation:
    return make_hostile()


SHEET = """\
name: acid_line
title: Phosphoric acid, dihydrate line 1
timezone: Asia/Shanghai
currency: CNY
hours_per_year: 7920
period: 4h
settings:
  free_sulfate: {tag: AIC101.SP, unit: g/L, low: 20, high: 40, max_step: 3}
  temperature: {tag: TIC101.SP, unit: degC, low: 74, high: 84, max_step: 2}
  mode: {tag: HS130, choices: [continuous, on demand]}
conditions:
  rock_p2o5: {tag: LAB.ROCK, unit: "%"}
outcomes:
  recovery: {tag: LAB.REC, unit: "%"}
  cake_loss: {tag: LAB.CAKE, unit: "%", high: 0.6}
limits:
  - {name: wash_ratio, formula: "cake_loss - 0.02*free_sulfate", high: 0, unit: "%"}
objective:
  maximize: "100*recovery - 3*free_sulfate"
  unit: CNY/h
"""


@pytest.fixture
def history() -> History:
    return make_history(reasons={5: "not running", 6: "not running", 7: "not running", 30: "moving"})


@pytest.fixture
def sheet(tmp_path) -> Sheet:
    path = tmp_path / "acid_line.yaml"
    path.write_text(SHEET, encoding="utf-8")
    return load_sheet(path)


def make_history(periods: int = 60, reasons: dict[int, str] | None = None, clock: bool = True) -> History:
    """A history whose numbers are easy to check by hand: free_sulfate 25 then 28 then 25 ..., every 10 periods."""
    reason = [(reasons or {}).get(i) for i in range(periods)]
    start = datetime(2025, 1, 17, 16, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "time": [start + i * timedelta(hours=4) if clock else None for i in range(periods)],
            "batch": [None if clock else f"B{i}" for i in range(periods)],
            "free_sulfate": [25.0 + 3.0 * ((i // 10) % 2) for i in range(periods)],
            "temperature": [80.0] * periods,
            "mode": ["continuous" if i < periods - 15 else "on demand" for i in range(periods)],
            "rock_p2o5": [31.0 + 0.01 * i for i in range(periods)],
            "recovery": [95.0 + 0.1 * (i % 4) if i % 2 == 0 else None for i in range(periods)],
            "cake_loss": [0.5 + 0.001 * i for i in range(periods)],
            "@objective": [9400.0 + i for i in range(periods)],
            "@cost": [None] * periods,
            "@limit:wash_ratio": [-0.1] * periods,
            "steady": [True] * periods,
            "reason": reason,
        },
        schema_overrides={"time": pl.Datetime("us", "UTC"), "batch": pl.String, "@cost": pl.Float64, "reason": pl.String},
    )
    aside = dict(Counter(r for r in reason if r))
    return History(
        frame, RowLedger(1000, {"bad quality": 40, "duplicate stamp": 10}), RowLedger(periods, aside), (), "ab" * 32, "made"
    )
