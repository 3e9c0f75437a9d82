"""The schedule of a trial over time: which settings in which block, what does not count, when the results are looked at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from workbench.show.theme import BLUE, INK, SOFT, VERMILLION, axis_title, empty_figure, figure_theme, plain
from workbench.trial_records import TrialPlan

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["schedule_data", "schedule_figure"]

COLOURS = {"present": BLUE, "proposed": VERMILLION}
TITLE = "Schedule of the trial"
MILLISECOND = timedelta(milliseconds=1)


def schedule_data(plan: TrialPlan) -> pl.DataFrame:
    """Return one row a block, stamps in plant time without offset.

    Parameters
    ----------
    plan : TrialPlan
        Of any trial.

    Returns
    -------
    polars.DataFrame
        `block`, `arm`, `start`, `counts_from`, `end`, `is_look` (whether the results are looked at after it), `timezone`.
    """
    zone = ZoneInfo(plan.timezone)
    looks = {look.after_block for look in plan.looks}

    def local(stamp: str) -> datetime:
        return datetime.fromisoformat(stamp).astimezone(zone).replace(tzinfo=None)

    rows = [
        {
            "block": block.number,
            "arm": block.arm,
            "start": local(block.start),
            "counts_from": local(block.washout_until),
            "end": local(block.end),
            "is_look": block.number in looks,
            "timezone": plan.timezone,
        }
        for block in plan.blocks
    ]
    return pl.DataFrame(rows)


def schedule_figure(data: pl.DataFrame, *, title: str = "") -> Figure:
    """Return the schedule as two rows of bars: washouts pale, looks as dashed lines.

    Parameters
    ----------
    data : polars.DataFrame
        From `schedule_data`.
    title : str
        Of the figure.
    """
    import plotly.graph_objects as go

    if data.is_empty():
        return empty_figure(title or TITLE, "The trial has no blocks.")
    figure = go.Figure()
    span = "%{customdata[1]} to %{customdata[2]}<extra></extra>"
    for arm, colour in COLOURS.items():
        own = data.filter(pl.col("arm") == arm)
        for what, start, end, opacity in (
            ("does not count yet", "start", "counts_from", 0.3),
            ("counts", "counts_from", "end", 0.95),
        ):
            hours = (own[end] - own[start]) / MILLISECOND
            figure.add_bar(
                x=hours.to_list(),
                base=own[start].to_list(),
                y=[arm] * own.height,
                orientation="h",
                name=f"{arm}, {what}",
                marker={"color": colour, "opacity": opacity, "line": {"width": 0.5, "color": "white"}},
                customdata=list(zip(own["block"], own[start].dt.to_string(), own[end].dt.to_string(), strict=True)),
                hovertemplate=f"block %{{customdata[0]}}, {arm}, {what}<br>{span}",
            )
    for moment in data.filter("is_look")["end"].to_list():
        figure.add_vline(x=moment, line={"color": INK, "dash": "dash", "width": 1})
        figure.add_annotation(
            x=moment, y=1, yref="paper", yanchor="bottom", text="look", showarrow=False, font={"size": 11, "color": SOFT}
        )
    figure.update_layout(
        template=figure_theme(),
        title_text=plain(title or TITLE, 120),
        barmode="overlay",
        bargap=0.35,
        height=280,
        margin={"t": 84},
        showlegend=False,
    )
    when = f"time, {plain(data['timezone'][0])}"
    figure.update_xaxes(type="date", title_text=f"{when}; pale: just changed, does not count")
    figure.update_yaxes(title_text=axis_title("settings"), categoryorder="array", categoryarray=["proposed", "present"])
    return figure
