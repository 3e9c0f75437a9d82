"""Cumulative value: what verified gains have earned, what was put in, and what is left, by currency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from workbench.show.theme import BLUE, GREEN, INK, VERMILLION, axis_title, band, empty_figure, figure_theme
from workbench.verify.chain import LogRow
from workbench.verify.ledger import totals_over_time

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["value_data", "value_figure"]

TITLE = "Cumulative value"
MOMENTS = 40  # after the first row, at even distances
MOST_STEPS = 100  # costs drawn as the steps that they are; with more of them the curve is smooth anyway; own assumption
FIELDS = ("earned", "earned_low", "earned_high", "cost", "net")


def value_data(rows: Sequence[LogRow], at: datetime) -> pl.DataFrame:
    """Return the ledger's totals at moments from the first row to `at`, by what is known at `at`.

    Parameters
    ----------
    rows : sequence of LogRow
        Of a log, in their order.
    at : datetime
        The last moment; a later one than now counts on what runs as it runs.

    Returns
    -------
    polars.DataFrame
        `time` (UTC), `currency`, `earned`, `earned_low`, `earned_high`, `cost`, `net` [currency].
    """
    kinds: tuple[tuple[str, pl.DataType | type[pl.DataType]], ...] = (
        ("time", pl.Datetime("us", "UTC")),
        ("currency", pl.String),
    )
    schema = pl.Schema([*kinds, *((name, pl.Float64) for name in FIELDS)])
    if not rows or at <= min(row.time for row in rows):
        return pl.DataFrame(schema=schema)
    steps = _moments(rows, at)
    found = [
        {"time": moment, "currency": total.currency} | {name: getattr(total, name) for name in FIELDS}
        for moment, totals in zip(steps, totals_over_time(rows, steps), strict=True)
        for total in totals
    ]
    return pl.DataFrame(found, schema=schema)


def _moments(rows: Sequence[LogRow], at: datetime) -> list[datetime]:
    """Even distances from the first row on, and both sides of each cost, which is no slope that began before its day."""
    first = min(row.time for row in rows)
    even = [first + timedelta(seconds=(at - first).total_seconds() * k / MOMENTS) for k in range(MOMENTS)]
    costs = {row.time for row in rows if row.kind == "cost" and row.time < at}
    edges = [moment for time in costs for moment in (time - timedelta.resolution, time) if moment >= first]
    return sorted({*even, *(edges if len(costs) <= MOST_STEPS else ()), at})


def value_figure(data: pl.DataFrame) -> Figure:
    """Return earned with its interval, cost and net over time, a panel a currency in which there is something.

    Parameters
    ----------
    data : polars.DataFrame
        From `value_data`.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    told = data.filter(pl.any_horizontal(pl.col(name) != 0.0 for name in ("earned", "cost")))
    currencies = told["currency"].unique().sort().to_list()
    if not currencies:
        return empty_figure(TITLE, "Nothing was earned or put in yet.")
    figure = make_subplots(rows=len(currencies), cols=1, shared_xaxes=True, vertical_spacing=0.1 / len(currencies))
    for number, currency in enumerate(currencies, start=1):
        own = data.filter(pl.col("currency") == currency).sort("time")
        xs, ys = band(own, "time", "earned_low", "earned_high")
        area = {"fill": "toself", "mode": "none", "fillcolor": "rgba(0,158,115,0.18)", "hoverinfo": "skip"}
        figure.add_trace(go.Scatter(x=xs, y=ys, name="earned, 90 % interval", showlegend=number == 1, **area), number, 1)
        for name, colour in (("earned", GREEN), ("cost", VERMILLION), ("net", BLUE)):
            trace = go.Scatter(
                x=own["time"].to_list(),
                y=own[name],
                mode="lines",
                name=name,
                legendgroup=name,
                showlegend=number == 1,
                line={"color": colour, "width": 2},
                hovertemplate=f"{name} %{{y:,.4~g}}<extra></extra>",
            )
            figure.add_trace(trace, number, 1)
        figure.add_hline(y=0, line={"color": INK, "width": 1}, row=number, col=1)
        figure.update_yaxes(title_text=axis_title("since the first entry", currency), row=number, col=1)
    figure.update_xaxes(title_text="time, UTC", row=len(currencies), col=1)
    figure.update_layout(template=figure_theme(), title_text=TITLE, height=60 + 300 * len(currencies), margin_t=84)
    return figure
