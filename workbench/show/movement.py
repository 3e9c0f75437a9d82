"""What moved: for each setting how often it stood where, against its allowed range and where it stands now."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from workbench.prepare.columns import set_column
from workbench.prepare.steady import MOVE_SHARE
from workbench.records import History
from workbench.show.theme import BLUE, SOFT, VERMILLION, axis_title, empty_figure, figure_theme, plain
from workbench.wording import many

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from workbench.plant import Setting, Sheet

__all__ = ["movement_data", "movement_figure"]

BINS = 24
PANEL_HEIGHT, COLUMNS = 150, 2  # [px], panels side by side
SCHEMA = {
    "setting": pl.String,
    "unit": pl.String,
    "left": pl.Float64,
    "right": pl.Float64,
    "label": pl.String,
    "periods": pl.Int64,
    "moves": pl.Int64,
    "low": pl.Float64,
    "high": pl.Float64,
    "now": pl.Float64,
    "now_label": pl.String,
}


def movement_data(history: History, sheet: Sheet, now: Mapping[str, float | str | None] | None = None) -> pl.DataFrame:
    """Return how often each setting stood where, over the usable periods.

    Parameters
    ----------
    history : History
        Its usable periods count.
    sheet : Sheet
        Whose settings are shown, in its order.
    now : mapping of str to float or str, optional
        Present value by setting, as the recommendation has it [setting's unit].

    Returns
    -------
    polars.DataFrame
        A row a bin or choice: `setting`, `unit`, `left`, `right` (bin, null for choices), `label` (the choice, else null),
        `periods` [periods], `moves` (differences between neighbouring periods above 20 % of max_step; for choices any
        change) [moves], `low`, `high`, `now` (null for choices), `now_label`. What people set counts, where that is recorded
        beside what was measured or what the outcomes feel of it.
    """
    usable, given = history.usable, now or {}
    parts = []
    for name, setting in sheet.settings.items():
        values = usable[set_column(usable.columns, name)].drop_nulls()
        present = given.get(name)
        rows = _choice_rows(values, setting) if setting.is_categorical else _bin_rows(values, setting)
        shared: dict[str, Any] = {
            "setting": name,
            "unit": setting.unit,
            "moves": _moves(values, setting),
            "low": setting.low,
            "high": setting.high,
            "now": present if isinstance(present, int | float) else None,
            "now_label": present if isinstance(present, str) else None,
        }
        parts += [shared | row for row in rows]
    return pl.DataFrame(parts, schema=SCHEMA)


def movement_figure(data: pl.DataFrame, *, noun: str = "period") -> Figure:
    """Return a compact histogram for each setting, allowed range and present value marked.

    Parameters
    ----------
    data : polars.DataFrame
        From `movement_data`.
    noun : str
        What a row of the history is: `period` or `batch`.
    """
    from plotly.subplots import make_subplots

    settings = data["setting"].unique(maintain_order=True).to_list()
    title = "Where the settings stood, and how often they moved"
    if not settings:
        return empty_figure(title, "The sheet has no settings.")
    columns = min(COLUMNS, len(settings))
    rows = math.ceil(len(settings) / columns)
    height = rows * PANEL_HEIGHT + 110
    figure = make_subplots(
        rows=rows, cols=columns, horizontal_spacing=0.12, vertical_spacing=68 / (height - 130) if rows > 1 else 0
    )
    known_now = bool(data["now"].is_not_null().any())
    for number, name in enumerate(settings):
        where = {"row": number // columns + 1, "col": number % columns + 1}
        _draw(figure, data.filter(pl.col("setting") == name), where, first=number == 0, known_now=known_now, rows=many(noun))
    figure.update_yaxes(title_text=many(noun), col=1)
    figure.update_yaxes(rangemode="tozero", nticks=4)
    figure.update_layout(
        template=figure_theme(), title_text=title, height=height, bargap=0.06, margin_t=84, legend_y=1 + 8 / (height - 132)
    )
    return figure


def _draw(figure: Figure, panel: pl.DataFrame, where: dict[str, int], *, first: bool, known_now: bool, rows: str) -> None:
    import plotly.graph_objects as go

    moves = panel["moves"][0]
    if panel["label"].is_not_null().any():
        colours = [VERMILLION if label == panel["now_label"][0] else BLUE for label in panel["label"]]
        names = [plain(t, 18) for t in panel["label"]]
        figure.add_trace(
            go.Bar(
                x=list(range(len(names))),  # by number: two long words may be shortened alike
                y=panel["periods"],
                marker_color=colours,
                customdata=names,
                hovertemplate=f"%{{customdata}}: %{{y}} {rows}<extra></extra>",
                showlegend=False,
            ),
            **where,
        )
        figure.update_xaxes(tickvals=list(range(len(names))), ticktext=names, **where)
    else:
        low, high = panel["low"][0], panel["high"][0]
        middle, width = (panel["left"] + panel["right"]) / 2, panel["right"] - panel["left"]
        figure.add_trace(
            go.Bar(
                x=middle,
                y=panel["periods"],
                width=width,
                marker_color=BLUE,
                hovertemplate=f"%{{x:.4~g}}: %{{y}} {rows}<extra></extra>",
                showlegend=False,
            ),
            **where,
        )
        marks = (low, high, panel["now"][0], *panel["left"], *panel["right"])
        ends = [float(v) for v in marks if v is not None]
        pad = (max(ends) - min(ends)) * 0.04 or 1.0
        figure.update_xaxes(range=[min(ends) - pad, max(ends) + pad], **where)
        if (width == 1.0).all() and (middle % 1.0 == 0.0).all() and max(ends) - min(ends) < BINS:  # whole numbers
            figure.update_xaxes(tick0=0.0, dtick=1.0 if max(ends) - min(ends) < 12.0 else 2.0, **where)
        for bound in (low, high):
            if bound is not None:
                figure.add_vline(x=bound, line={"color": SOFT, "width": 1.3, "dash": "dot"}, **where)
        if panel["now"][0] is not None:
            figure.add_vline(x=panel["now"][0], line={"color": VERMILLION, "width": 2}, **where)
    words = "never moved" if moves == 0 else f"{moves:,} move{'s' if moves != 1 else ''}"
    figure.update_xaxes(title_text=f"{axis_title(panel['setting'][0], panel['unit'][0], 28)}, {words}", **where)
    if first:
        marks = (("now", {"color": VERMILLION, "width": 2}), ("allowed range", {"color": SOFT, "width": 1.3, "dash": "dot"}))
        for name, line in marks if known_now else marks[1:]:
            figure.add_trace(go.Scatter(x=[None], y=[None], mode="lines", line=line, name=name), **where)


def _bin_rows(values: pl.Series, setting: Setting) -> list[dict[str, Any]]:
    """Equal bins over all that was seen; an integer setting has one bin a number while there are few."""
    finite = values.filter(values.is_finite())
    if finite.is_empty():
        return [{"left": setting.low, "right": setting.high, "label": None, "periods": 0}]
    low, high = float(finite.min()), float(finite.max())  # type: ignore[arg-type]
    if setting.integer and high - low < BINS:
        edges = [low - 0.5 + i for i in range(int(high - low) + 2)]
    else:
        span = (high - low) or max(abs(low) * 0.01, (setting.max_step or 1.0) * 0.1)
        start = low if high > low else low - span / 2
        edges = [start + span * i / BINS for i in range(BINS + 1)]
    width = edges[1] - edges[0]
    place = ((finite - edges[0]) / width).floor().clip(0, len(edges) - 2).cast(pl.Int64)
    counts = dict(place.value_counts(name="@count").iter_rows())
    return [{"left": a, "right": b, "label": None, "periods": counts.get(i, 0)} for i, (a, b) in enumerate(pairwise(edges))]


def _choice_rows(values: pl.Series, setting: Setting) -> list[dict[str, Any]]:
    counts = dict(values.cast(pl.String).value_counts(name="@count").iter_rows())
    labels = list(dict.fromkeys([*(setting.choices or ()), *sorted(counts)]))
    return [{"left": None, "right": None, "label": label, "periods": counts.get(label, 0)} for label in labels]


def _moves(values: pl.Series, setting: Setting) -> int:
    if values.len() < 2:
        return 0
    if setting.is_categorical:
        return int((values != values.shift(1)).fill_null(value=False).sum())
    threshold = MOVE_SHARE * (setting.max_step or 0.0)
    return int((values.diff().abs() > threshold).fill_null(value=False).sum())
