"""The blocks of a trial with their outcomes: one mark a block, pairs joined, lost pairs hollow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.show.schedule import COLOURS
from workbench.show.theme import GREY, axis_title, empty_figure, figure_theme, plain
from workbench.show.words import objective_name
from workbench.verify.picture import TrialPicture

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["blocks_data", "blocks_figure"]

TITLE = "Blocks of the trial"


def blocks_data(picture: TrialPicture) -> pl.DataFrame:
    """Return the picture's blocks with `objective`, its value as people know it, `name`, `unit`, and `middle` in plant time.

    Parameters
    ----------
    picture : TrialPicture
        Of any trial.
    """
    plan = picture.plan
    sign = 1.0 if plan.maximize else -1.0
    middle = pl.col("counts_from") + (pl.col("end") - pl.col("counts_from")) / 2
    return picture.blocks.with_columns(
        (sign * pl.col("gain")).alias("objective"),
        middle.dt.convert_time_zone(plan.timezone).dt.replace_time_zone(None).alias("middle"),
        pl.lit(objective_name(plan.objective)).alias("name"),
        pl.lit(plan.unit).alias("unit"),
        pl.lit(plan.timezone).alias("timezone"),
    )


def blocks_figure(data: pl.DataFrame) -> Figure:
    """Return the mean of the objective in each block over time, the two of a pair joined by a line.

    Parameters
    ----------
    data : polars.DataFrame
        From `blocks_data`.
    """
    import plotly.graph_objects as go

    pair_of = (pl.col("block") - 1) // 2
    is_out = (pl.col("is_lost") | pl.col("objective").is_null()).any().over(pair_of)
    shown = data.with_columns(is_out.alias("is_out")).drop_nulls("objective")
    if shown.is_empty():
        return empty_figure(TITLE, "No block has a result yet.")
    figure = go.Figure()
    xs: list[object] = []
    ys: list[object] = []
    for (_,), pair in shown.filter(~pl.col("is_out")).group_by(pair_of, maintain_order=True):
        if pair.height == 2:
            xs += [*pair["middle"].to_list(), None]
            ys += [*pair["objective"].to_list(), None]
    figure.add_trace(go.Scatter(x=xs, y=ys, mode="lines", line={"color": GREY, "width": 1}, hoverinfo="skip", showlegend=False))
    for arm, colour in COLOURS.items():
        for out, word, symbol in ((False, arm, "circle"), (True, f"{arm}, pair lost", "circle-open")):
            own = shown.filter(pl.col("arm") == arm, pl.col("is_out") == out)
            if own.is_empty():
                continue
            figure.add_trace(
                go.Scatter(
                    x=own["middle"].to_list(),
                    y=own["objective"],
                    mode="markers",
                    name=word,
                    marker={"color": colour, "size": 9, "symbol": symbol},
                    customdata=list(zip(own["block"], own["hours_counted"], strict=True)),
                    hovertemplate=f"block %{{customdata[0]}}, {word}: %{{y:.4~g}}; %{{customdata[1]:.3~g}} h<extra></extra>",
                )
            )
    figure.update_yaxes(title_text=axis_title(data["name"][0], data["unit"][0]))
    figure.update_xaxes(title_text=f"time, {plain(data['timezone'][0])}")
    figure.update_layout(template=figure_theme(), title_text=f"{TITLE}: mean of each, pairs joined", height=360, margin_t=84)
    return figure
