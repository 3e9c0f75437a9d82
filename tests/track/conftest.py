from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workbench.records import Gain, LimitLine, Lineage, ModelLine, Money, Placebo, Recommendation, SettingLine, Support

STARTED = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)


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
            from_="2025-01-01T00:00:00Z",
            to="2026-01-12T06:00:00Z",
            seed=0,
            code="0.1.0",
        ),
    ).identified("20260112T0600Z")
