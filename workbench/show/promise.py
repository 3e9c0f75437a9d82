"""The promised gain with its interval against zero, and against the placebo replays, where there was nothing to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.records import Recommendation
from workbench.show.theme import BLUE, GREY, SOFT, VERMILLION, axis_title, empty_figure, figure_theme, plain
from workbench.wording import unit_of_change

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["promise_data", "promise_figure"]

SCHEMA = {
    "kind": pl.String,
    "label": pl.String,
    "objective": pl.String,
    "unit": pl.String,
    "run": pl.Int64,
    "gain": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}


def promise_data(recommendation: Recommendation, placebo: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the promise and the placebo replays, a row each; no rows where there is neither promise nor candidate.

    Parameters
    ----------
    recommendation : Recommendation
        Of any status.
    placebo : polars.DataFrame, optional
        The replays: `run` (Int64), `gain`, `low` (Float64) [objective's unit].

    Returns
    -------
    polars.DataFrame
        Columns `kind` (promise, candidate or placebo), `label`, `objective`, `unit`, `run` (null but for placebo), `gain`,
        `low`, `high` (null for placebo). A replay whose `low` is above zero would have proposed.
    """
    candidate = recommendation.candidate
    gain = recommendation.gain or (candidate.gain if candidate else None)
    if gain is None:
        return pl.DataFrame(schema=SCHEMA)
    kind, label = ("promise", "promise") if recommendation.gain else ("candidate", "considered, not proposed")
    row = {
        "kind": kind,
        "label": label,
        "objective": gain.objective,
        "unit": gain.unit,
        "run": None,
        "gain": gain.expected,
        "low": gain.low,
        "high": gain.high,
    }
    promise = pl.DataFrame([row], schema=SCHEMA)
    if placebo is None or placebo.is_empty():
        return promise
    named = {"kind": "placebo", "label": "placebo replays", "objective": gain.objective, "unit": gain.unit}
    replays = placebo.select(
        *(pl.lit(text).alias(name) for name, text in named.items()),
        pl.col("run").cast(pl.Int64),
        pl.col("gain", "low").cast(pl.Float64),
        pl.lit(None, pl.Float64).alias("high"),
    )
    return pl.concat([promise, replays.sort("run")])


def promise_figure(data: pl.DataFrame, *, before_costs: bool = False) -> Figure:
    """Return the promise against zero, the placebo replays below it as points.

    Parameters
    ----------
    data : polars.DataFrame
        From `promise_data`.
    before_costs : bool
        True where the sheet has running costs, which no promise of an objective counts.
    """
    import plotly.graph_objects as go

    promise = data.filter(pl.col("kind") != "placebo")
    if promise.is_empty():
        return empty_figure("The promise", "Nothing is promised: there is no gain to show.")
    replays = data.filter(pl.col("kind") == "placebo").drop_nulls("gain")
    unit, objective, label = promise["unit"][0], promise["objective"][0], promise["label"][0]
    is_promise = promise["kind"][0] == "promise"
    colour = BLUE if is_promise else SOFT
    figure = go.Figure()
    if not replays.is_empty():
        # replays stand one above the other by rank, so that equal gains do not hide each other
        heights = (replays["run"].rank("ordinal") % 12).cast(pl.Float64) / 12 * 0.7 - 0.35
        found = replays["low"].fill_null(0.0) > 0
        for name, mask, shade in (("placebo", ~found, GREY), ("placebo that would have proposed", found, VERMILLION)):
            part = replays.filter(mask)
            marks = {
                "mode": "markers",
                "marker": {"color": shade, "size": 7, "opacity": 0.75},
                "name": f"{name} ({part.height})",
            }
            hover = "replay %{customdata}: %{x:.3~g}<extra></extra>"
            figure.add_trace(
                go.Scatter(x=part["gain"], y=heights.filter(mask), customdata=part["run"], hovertemplate=hover, **marks)
            )
    spread = {
        "type": "data",
        "array": promise["high"] - promise["gain"],
        "arrayminus": promise["gain"] - promise["low"],
        "color": colour,
        "thickness": 3,
        "width": 8,
    }
    dot = {"mode": "markers", "marker": {"color": colour, "size": 13, "symbol": "diamond" if is_promise else "diamond-open"}}
    hover = "%{x:.3~g}<extra></extra>"
    figure.add_trace(
        go.Scatter(x=promise["gain"], y=[1], error_x=spread, name=f"{label}, with its interval", hovertemplate=hover, **dot)
    )
    figure.add_vline(x=0, line={"color": SOFT, "width": 1.2})
    rows = {1.0: label.replace(", ", ",<br>")} | ({} if replays.is_empty() else {0.0: "placebo<br>replays"})
    figure.update_yaxes(
        tickvals=list(rows), ticktext=list(rows.values()), range=[-0.55 if len(rows) > 1 else 0.5, 1.5], showgrid=False
    )
    figure.update_xaxes(title_text=axis_title("improvement", unit_of_change(unit)), tickformat="~r")
    height = 290 if len(rows) > 1 else 210
    title = f"Improvement in {plain(objective, 36).replace('_', ' ')} {'before costs ' if before_costs else ''}against zero"
    figure.update_layout(template=figure_theme(), title_text=title, height=height, margin_t=76, showlegend=len(rows) > 1)
    return figure
