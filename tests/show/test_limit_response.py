"""Curves of the limits along proposed changes: which are shown, and what the figure draws."""

from __future__ import annotations

import polars as pl
import pytest

from workbench.show import limit_response_data, limit_response_figure


def curves(n_settings: int = 1, n_limits: int = 1) -> pl.DataFrame:
    """Limit k lies k + 1 above what is predicted; settings move it by 1 over their range."""
    rows = []
    for k in range(n_limits):
        for j in range(n_settings):
            for value in (0.0, 0.5, 1.0):
                rows.append(
                    {
                        "limit": f"x{k}",
                        "bound": "high",
                        "limit_unit": "%",
                        "limit_value": 2.0 + k,
                        "setting": f"s{j}",
                        "unit": "degC",
                        "value": value,
                        "predicted": value,
                        "low": value - 0.1,
                        "high": value + 0.1,
                        "now": 0.0,
                        "proposed": 0.5,
                    }
                )
    return pl.DataFrame(rows)


def test_the_tightest_limits_are_shown() -> None:
    data = limit_response_data(curves(n_settings=6, n_limits=7))
    assert sorted(set(data["setting"])) == ["s0", "s1", "s2", "s3"]
    assert sorted(set(data["limit"])) == ["x0", "x1", "x2", "x3", "x4"]
    assert data["limit"][0] == "x0"
    assert data["room"][0] == pytest.approx((2.0 - 1.0) / 1.2)


def test_figure_draws_curve_limit_marks_and_periods() -> None:
    seen = pl.DataFrame({"setting": ["s0", "s0", "other"], "value": [0.2, 5.0, 0.3]})
    figure = limit_response_figure(limit_response_data(curves()), proposed="considered", seen=seen)
    assert [t.name for t in figure.data if t.name] == ["now", "considered", "expected", "interval", "limit"]
    proposed = next(t for t in figure.data if t.name == "considered")
    assert (proposed.x[0], proposed.y[0]) == (0.5, 0.5)
    assert [s.y0 for s in figure.layout.shapes] == [2.0]
    (rug,) = [t for t in figure.data if t.marker.symbol == "line-ns-open"]
    assert list(rug.x) == [0.2]


def test_limits_lie_inside_the_figure_and_what_is_not_drawn_is_said() -> None:
    """The bound lay on the very edge of the panel; a choice that changes was left out without a word."""
    figure = limit_response_figure(limit_response_data(curves()), choices=["feed_mode"])
    bottom, top = figure.layout.yaxis.range
    assert bottom < -0.1 < 2.0 < top
    assert figure.layout.annotations[-1].text == "Not drawn: feed mode (choices)."


def test_few_values_have_points_and_ticks_of_their_own() -> None:
    few = limit_response_figure(limit_response_data(curves()))
    (line,) = [t for t in few.data if t.mode == "lines+markers"]
    assert list(few.layout.xaxis.tickvals) == list(line.x)
    many = pl.concat([curves().with_columns(pl.col("value") + k / 50) for k in range(50)])
    assert limit_response_figure(limit_response_data(many)).layout.xaxis.tickvals is None


def test_nothing_to_draw_is_said() -> None:
    figure = limit_response_figure(limit_response_data(curves().clear()))
    assert not figure.data
    assert figure.layout.annotations[0].text == "No learned limit, or no setting that changes."
