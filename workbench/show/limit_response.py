"""How the limits answer to each proposed change, the others kept: mean with interval, the limit, and the periods behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from workbench.show.response import LEGEND, MARKS, NOTE_BELOW, strokes
from workbench.show.theme import BLUE, SOFT, VERMILLION, axis_title, band, empty_figure, figure_theme, plain

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["limit_response_data", "limit_response_figure"]

LIMIT: dict[str, Any] = {"mode": "lines", "line": {"color": VERMILLION, "width": 1.5, "dash": "dash"}}
TITLE = "Limits when one setting moves alone"
PANEL_HEIGHT = 210  # [px]
FEW = 12  # values of a curve up to which they are drawn as points with ticks: a setting of whole numbers
SETTINGS_SHOWN, LIMITS_SHOWN = 4, 5  # panels that can be read side by side


def limit_response_data(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the curves that one figure holds: the first four settings, the five limits with the least room.

    Parameters
    ----------
    frame : polars.DataFrame
        From the tuning room's `limit_responses_frame`.

    Returns
    -------
    polars.DataFrame
        The same columns, and `room`, the least way from the predicted mean to the limit in shares of the curves' spread; rows
        with the least room first.
    """
    sign = pl.when(pl.col("bound") == "high").then(1.0).otherwise(-1.0)
    spread = (pl.col("high").max() - pl.col("low").min()).over("limit")
    data = frame.with_columns(
        (sign * (pl.col("limit_value") - pl.col("predicted")) / spread).min().over("limit", "bound").alias("room")
    )
    settings = frame["setting"].unique(maintain_order=True).to_list()[:SETTINGS_SHOWN]
    limits = data.sort("room", maintain_order=True)["limit"].unique(maintain_order=True).to_list()[:LIMITS_SHOWN]
    return data.filter(pl.col("setting").is_in(settings) & pl.col("limit").is_in(limits)).sort("room", maintain_order=True)


def limit_response_figure(
    data: pl.DataFrame, *, proposed: str = "proposed", seen: pl.DataFrame | None = None, choices: Sequence[str] = ()
) -> Figure:
    """Return a panel a limit and setting, the limit dashed, now and proposed marked.

    Parameters
    ----------
    data : polars.DataFrame
        From `limit_response_data`.
    proposed : str
        Word for the second mark; `considered` where nothing is proposed.
    seen : polars.DataFrame, optional
        `setting`, `value` of the history's periods, drawn as strokes along the bottom.
    choices : sequence of str
        Settings with choices that change, too: they have no curve, and are said not to be drawn.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    if data.is_empty():
        return empty_figure(TITLE, "No learned limit, or no setting that changes.")
    limits, settings = (data[c].unique(maintain_order=True).to_list() for c in ("limit", "setting"))
    figure = make_subplots(
        rows=len(limits), cols=len(settings), shared_xaxes="columns", shared_yaxes="rows", horizontal_spacing=0.04
    )
    for row, limit in enumerate(limits, start=1):
        for column, setting in enumerate(settings, start=1):
            where: dict[str, Any] = {"row": row, "col": column}
            panel = data.filter((pl.col("limit") == limit) & (pl.col("setting") == setting))
            curve = panel.unique("value", maintain_order=True).sort("value")
            xs, ys = band(curve, "value", "low", "high")
            area = {"fill": "toself", "fillcolor": BLUE, "opacity": 0.22, "line_width": 0, "mode": "lines", "hoverinfo": "skip"}
            figure.add_trace(go.Scatter(x=xs, y=ys, showlegend=False, **area), **where)
            is_few = curve.height <= FEW
            line = {
                "mode": "lines+markers" if is_few else "lines",
                "line": {"color": BLUE, "width": 2.2},
                "hovertemplate": "%{x:.4~g}: %{y:.4~g}<extra></extra>",
            }
            figure.add_trace(go.Scatter(x=curve["value"], y=curve["predicted"], showlegend=False, **line), **where)
            if is_few:
                figure.update_xaxes(tickvals=curve["value"].to_list(), **where)
            for value in panel["limit_value"].unique().sort():
                figure.add_hline(y=value, line={"color": VERMILLION, "width": 1.5, "dash": "dash"}, **where)
            for name, shown in (("now", "now"), ("proposed", proposed)):
                at = curve.sort((pl.col("value") - pl.col(name)).abs()).head(1)
                mark = {"mode": "markers", "marker": MARKS[name], "name": shown, "showlegend": row == column == 1}
                figure.add_trace(go.Scatter(x=at[name], y=at["predicted"], **mark), **where)
            if seen is not None:
                span = (curve["value"][0], curve["value"][-1])
                values = seen.filter((pl.col("setting") == setting) & pl.col("value").is_between(*span))["value"]
                rows = data.filter(pl.col("limit") == limit)
                bottom = min(rows["low"].to_list() + rows["limit_value"].to_list())
                figure.add_trace(strokes(values, bottom), **where)
            if row == len(limits):
                figure.update_xaxes(title_text=axis_title(setting, panel["unit"][0]), **where)
            if column == 1:
                figure.update_yaxes(title_text=axis_title(limit, panel["limit_unit"][0]), range=_range(data, limit), **where)
    looks = {"expected": LEGEND["expected"], "interval": LEGEND["interval"], "limit": LIMIT}
    for name, look in looks.items():
        figure.add_trace(go.Scatter(x=[None], y=[None], name=name, hoverinfo="skip", **look), row=1, col=1)
    figure.update_layout(template=figure_theme(), title_text=TITLE, height=len(limits) * PANEL_HEIGHT + 130, margin_t=84)
    if choices:
        named = ", ".join(f"{plain(name).replace('_', ' ')} (choices)" for name in choices)
        place = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "xanchor": "left", "yanchor": "top", "yshift": -NOTE_BELOW}
        figure.add_annotation(text=f"Not drawn: {named}.", showarrow=False, font={"color": SOFT}, **place)
        figure.update_layout(margin_b=NOTE_BELOW + 24, height=figure.layout.height + 24)
    return figure


def _range(data: pl.DataFrame, limit: str) -> list[float]:
    """All curves of a limit with its bounds, and room beyond them: a line along the edge is not seen."""
    of = data.filter(pl.col("limit") == limit)
    known = [float(v) for column in ("low", "high", "limit_value") for v in of[column].drop_nulls()]
    bottom, top = min(known), max(known)
    pad = 0.07 * ((top - bottom) or abs(top) or 1.0)
    return [bottom - pad, top + pad]
