"""How surely each limit holds, now and at the proposed settings: share of single periods within it, and what is predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.records import Recommendation
from workbench.show.digits import number_text, share_text
from workbench.show.theme import BLUE, GREY, INK, SOFT, VERMILLION, empty_figure, figure_theme, plain
from workbench.show.words import HELD_SHARE_WANTED, bound_text
from workbench.wording import many

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["limits_data", "limits_figure"]

SCHEMA = {
    "name": pl.String,
    "bound": pl.String,
    "value": pl.Float64,
    "unit": pl.String,
    "words": pl.String,
    "predicted": pl.Float64,
    "margin": pl.Float64,
    "now_p": pl.Float64,
    "proposed_p": pl.Float64,
}


def limits_data(recommendation: Recommendation) -> pl.DataFrame:
    """Return a row a limit, in the order of the record.

    Returns
    -------
    polars.DataFrame
        Columns `name`, `bound` (low or high), `value`, `unit`, `words` (`at most 0.6 %`), `predicted` (mean over recent
        conditions), `margin` (from predicted to the limit, negative beyond it) [`unit`], `now_p`, `proposed_p` (share of
        single periods within the limit, 0 to 1).
    """
    rows = []
    for line in recommendation.limits:
        margin = None if line.predicted is None else (line.value - line.predicted) * (1 if line.bound == "high" else -1)
        rows.append(
            {
                "name": line.name,
                "bound": line.bound,
                "value": line.value,
                "unit": line.unit,
                "words": bound_text(line),
                "predicted": line.predicted,
                "margin": margin,
                "now_p": line.now,
                "proposed_p": line.probability_held,
            }
        )
    return pl.DataFrame(rows, schema=SCHEMA)


def limits_figure(data: pl.DataFrame, *, proposed: str = "proposed", noun: str = "period") -> Figure:
    """Return a line a limit from the share held now to the share held at the proposed settings, 95 % marked.

    Parameters
    ----------
    data : polars.DataFrame
        From `limits_data`.
    proposed : str
        Word for the second mark; `considered` where nothing is proposed.
    noun : str
        What a row of the history is: `period` or `batch`.
    """
    import plotly.graph_objects as go

    if data.is_empty():
        return empty_figure("Limits", "The sheet has no limits.")
    rows = list(range(data.height))
    labels = [
        f"{plain(n, 30).replace('_', ' ')}<br><span style='color:{SOFT}'>{plain(w)}</span>"
        for n, w in data.select("name", "words").iter_rows()
    ]
    figure = go.Figure()
    links: list[float | None] = []
    places: list[int | None] = []
    for row, (now, then) in enumerate(data.select("now_p", "proposed_p").iter_rows()):
        if now is not None and then is not None:
            links += [100 * now, 100 * then, None]
            places += [row, row, None]
    if links:
        figure.add_trace(
            go.Scatter(x=links, y=places, mode="lines", line={"color": GREY, "width": 3}, hoverinfo="skip", showlegend=False)
        )
    worse = [
        then is not None and then < HELD_SHARE_WANTED and (now is None or then < now)
        for now, then in data.select("now_p", "proposed_p").iter_rows()
    ]
    marks = (
        ("now", "now_p", {"symbol": "circle", "size": 16, "color": "#ffffff", "line": {"color": INK, "width": 2}}),
        (proposed, "proposed_p", {"symbol": "diamond", "size": 11, "color": [VERMILLION if w else BLUE for w in worse]}),
    )
    for name, column, marker in marks if data["proposed_p"].is_not_null().any() else marks[:1]:
        texts = [
            f"{name}: {share_text(p)} of the {many(noun)} within; predicted {number_text(m)} {plain(u)}"
            for p, m, u in data.select(column, "predicted", "unit").iter_rows()
        ]
        figure.add_trace(
            go.Scatter(
                x=data[column] * 100,
                y=rows,
                mode="markers",
                marker=marker,
                name=name,
                customdata=texts,
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
    shares = [s for s in (*data["now_p"], *data["proposed_p"]) if s is not None]
    lowest = 100 * min([0.94, *shares])
    room = (100 - lowest) * 0.06
    figure.add_vline(
        x=100 * HELD_SHARE_WANTED,
        line={"color": SOFT, "width": 1.2, "dash": "dot"},
        annotation={"text": "95 %", "yanchor": "bottom", "font": {"size": 11, "color": SOFT}},
        annotation_position="top",
    )
    figure.update_xaxes(
        title_text=f"share of single {many(noun)} within the limit [%]",
        range=[lowest - room, 100 + room],
        nticks=7,
    )
    figure.update_yaxes(tickvals=rows, ticktext=labels, range=[data.height - 0.4, -0.6], showgrid=False, title_text=None)
    height = 150 + 44 * data.height
    figure.update_layout(
        template=figure_theme(),
        title_text="Limits, how surely each is held",
        height=height,
        margin_t=92,
        legend_y=1 + 22 / (height - 140),
    )
    return figure
