"""What the objective's ups and downs go with: settings, conditions, slow drift, and what nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.show.digits import share_text
from workbench.show.theme import BLUE, GREY, PURPLE, SKY, empty_figure, figure_theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["part_text", "shares_data", "shares_figure"]

COLOURS = {"settings": BLUE, "conditions": PURPLE, "drift and time of day": SKY, "unexplained": GREY}


def part_text(share: float) -> str:
    """Return a part of the ups and downs in per cent; one estimated below none or above all of them is said in words.

    Parameters
    ----------
    share : float
        Any number: what is estimated of parts that go together may lie a little outside 0 to 1 [-].

    Examples
    --------
    >>> part_text(0.3), part_text(-0.004), part_text(1.003)
    ('30 %', 'none that can be told', 'about all')
    """
    return "none that can be told" if share < 0 else "about all" if share > 1 else share_text(share)


def shares_data(shares: pl.DataFrame) -> pl.DataFrame:
    """Return the shares with their text and colour, in the given order.

    Parameters
    ----------
    shares : polars.DataFrame
        From the models room: `part` (String), `share` (Float64) [-]; adds up to 1, a part may lie a little below 0.

    Returns
    -------
    polars.DataFrame
        Columns `part`, `share`, `text` (of `part_text`), `colour`.
    """
    texts = [part_text(s) for s in shares["share"]]
    colours = [COLOURS.get(part, GREY) for part in shares["part"]]
    return shares.select("part", "share").with_columns(
        pl.Series("text", texts, dtype=pl.String), pl.Series("colour", colours, dtype=pl.String)
    )


def shares_figure(data: pl.DataFrame) -> Figure:
    """Return a bar a part, its share of the variance written at its end; no bar where none can be told.

    Parameters
    ----------
    data : polars.DataFrame
        From `shares_data`.
    """
    import plotly.graph_objects as go

    title = "What the objective's ups and downs go with"
    if data.is_empty():
        return empty_figure(title, "Nothing was learned from these records.")
    drawn = (data["share"].clip(0.0) * 100).to_list()  # below 0 nothing can be told: a bar would say otherwise, across its name
    figure = go.Figure(
        go.Bar(
            x=drawn,
            y=data["part"].to_list(),
            orientation="h",
            marker_color=data["colour"].to_list(),
            text=data["text"].to_list(),
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    highest = max(float(x) for x in drawn)
    figure.update_xaxes(title_text="share of the objective's variance [%]", range=[0, 1.18 * highest])
    figure.update_yaxes(autorange="reversed", showgrid=False, ticks="")
    figure.update_layout(
        template=figure_theme(), title_text=title, height=110 + 34 * data.height, bargap=0.35, margin_t=48, showlegend=False
    )
    return figure
