"""How the objective answers to each setting, the others kept: gain with interval, and where the history supports it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from workbench.errors import WorkbenchError
from workbench.records import SettingLine
from workbench.show.theme import BLUE, GREY, INK, SOFT, VERMILLION, axis_title, band, empty_figure, figure_theme, plain
from workbench.wording import counted, unit_of_change

if TYPE_CHECKING:
    from plotly.graph_objects import Figure, Scatter

__all__ = ["RESPONSE_COLUMNS", "response_data", "response_figure", "strokes", "with_record"]

RESPONSE_COLUMNS = ("setting", "unit", "value", "gain", "low", "high", "supported", "now", "proposed")
PANEL_HEIGHT, COLUMNS = 250, 2  # [px], panels side by side
OBJECTIVE_LENGTH = 24  # [characters] a longer formula is left out of the title
CHOICE_LENGTH = 18  # [characters] of a choice's name below its point
NOTE_BELOW = 48  # [px] of a note below the axis, clear of its title
MARGINS = 132  # [px] above and below the panels, without the names of choices
ROW_GAP = 56  # [px] between two rows of panels, without the names of choices
SLANTED = 5  # choices of a panel from which on their names stand at a slant
NAMES_BELOW = {False: 16, True: 72}  # [px] that the names of choices need more than numbers do, upright and at a slant
BELOW = "below"  # key of a figure's meta that holds them
PANELS = "settings"  # key of a figure's meta that holds the settings of its panels, in their order
MARKS: dict[str, dict[str, Any]] = {
    "now": {"symbol": "circle", "size": 11, "color": "#ffffff", "line": {"color": INK, "width": 2}},
    "proposed": {"symbol": "diamond", "size": 11, "color": VERMILLION},
}
LEGEND: dict[str, dict[str, Any]] = {
    "expected": {"mode": "lines", "line": {"color": BLUE, "width": 2.2}},
    "interval": {"mode": "markers", "marker": {"symbol": "square", "size": 12, "color": BLUE, "opacity": 0.3}},
    "now": {"mode": "markers", "marker": MARKS["now"]},
    "proposed": {"mode": "markers", "marker": MARKS["proposed"]},
    "the history covers": {"mode": "markers", "marker": {"symbol": "square", "size": 12, "color": GREY, "opacity": 0.35}},
}


def response_data(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` checked, sorted and with columns `label` and `periods`, as `response_figure` draws it.

    Parameters
    ----------
    frame : polars.DataFrame
        From the tuning room, a row a setting and value: `setting`, `unit` (String), `value` (Float64; for choices the place
        in the list), `gain`, `low`, `high` (Float64, positive is better) [objective's unit], `supported` (Boolean), `now`,
        `proposed` (Float64, null where there is none) [setting's unit]; for choices also `label` (String) and, where known,
        `periods` that were at it, else null. A choice without a gain has its name alone.

    Raises
    ------
    WorkbenchError
        If a column is missing: a fault between our own rooms.
    """
    missing = [c for c in RESPONSE_COLUMNS if c not in frame.columns]
    if missing:
        raise WorkbenchError(f"the response frame lacks {', '.join(missing)}: it needs {', '.join(RESPONSE_COLUMNS)}")
    label, periods = (
        pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
        for name, kind in (("label", pl.String()), ("periods", pl.Int64()))
    )
    numbers = [pl.col(c).cast(pl.Float64) for c in ("value", "gain", "low", "high", "now", "proposed")]
    return (
        frame.select("setting", "unit", label, periods, *numbers, pl.col("supported").cast(pl.Boolean).fill_null(value=False))
        .filter(pl.col("value").is_not_null())
        .with_row_index("order")
        .with_columns(pl.col("order").min().over("setting"))
        .sort("order", "value", maintain_order=True)
        .drop("order")
    )


def response_figure(
    data: pl.DataFrame,
    *,
    objective: str = "",
    unit: str = "",
    proposed: str = "proposed",
    seen: pl.DataFrame | None = None,
    after_costs: bool = False,
    noun: str = "period",
) -> Figure:
    """Return the response curves as small multiples with one gain axis, now and proposed marked; see also `with_record`.

    Curves promise what the record would for that one move: at most 90 % of an improvement that was learned, all of a loss.

    Parameters
    ----------
    data : polars.DataFrame
        From `response_data`.
    objective : str
        Name or formula of the objective, for the title.
    unit : str
        Unit of the gain, as the objective has it.
    proposed : str
        Word for the second mark; `considered` where nothing is proposed.
    seen : polars.DataFrame, optional
        `setting`, `value` of the history's periods, drawn as strokes along the bottom.
    after_costs : bool
        True where the gains are net of running costs.
    noun : str
        What a row of the history is: `period` or `batch`.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    data = response_data(data)
    settings = data["setting"].unique(maintain_order=True).to_list()
    # the title must fit a figure 570 px wide
    of = f" in {plain(objective).replace('_', ' ')}" if 0 < len(objective) <= OBJECTIVE_LENGTH else ""
    title = f"Improvement{of}{' after costs' if after_costs else ''} when one setting moves alone"
    if not settings:
        return empty_figure(title, "No setting was varied.")
    columns = min(COLUMNS, len(settings))
    rows = math.ceil(len(settings) / columns)
    below = _names_below(data)
    height = rows * (PANEL_HEIGHT + below) + 90
    spacing = (ROW_GAP + below) / (height - MARGINS - below) if rows > 1 else 0
    figure = make_subplots(rows=rows, cols=columns, shared_yaxes=True, horizontal_spacing=0.06, vertical_spacing=spacing)
    for number, setting in enumerate(settings):
        row, column = number // columns + 1, number % columns + 1
        panel = data.filter(pl.col("setting") == setting)
        _draw_panel(figure, panel, row, column, (proposed, noun))
        if seen is not None and panel["label"].is_null().all():
            values = seen.filter((pl.col("setting") == setting) & pl.col("value").is_between(*_ends(panel["value"])))["value"]
            figure.add_trace(strokes(values, (_gain_range(data) or [0.0])[0]), row=row, col=column)
        figure.update_xaxes(title_text=axis_title(setting, panel["unit"][0] or ""), row=row, col=column)
        figure.add_hline(y=0, line={"color": SOFT, "width": 1}, row=row, col=column)
    figure.update_yaxes(title_text=axis_title("expected improvement", unit_of_change(unit)), col=1)
    figure.update_yaxes(matches="y", tickformat="~r", range=_gain_range(data))
    moved = data.filter(pl.col("proposed") != pl.col("now"))
    for name, look in LEGEND.items():
        if name == "proposed" and moved.is_empty():
            continue
        figure.add_trace(
            go.Scatter(x=[None], y=[None], name=proposed if name == "proposed" else name, hoverinfo="skip", **look),
            row=1,
            col=1,
        )
    figure.update_layout(template=figure_theme(), title_text=title, height=height, margin_t=84, margin_b=48 + below)
    figure.update_layout(meta={PANELS: settings, BELOW: below}, legend_y=1 + 6 / (height - MARGINS - below))
    return figure


def with_record(figure: Figure, settings: Sequence[SettingLine]) -> Figure:
    """Return a response figure with what the record says: the range that the history covers, and settings without a curve.

    Parameters
    ----------
    figure : plotly Figure
        From `response_figure`; any other is returned as it is.
    settings : sequence of SettingLine
        Of the proposal, or of the change considered. The shade is their `supported`, to its ends, wherever curves have points.
    """
    import plotly.graph_objects as go

    panels = list((figure.layout.meta or {}).get(PANELS, ()))
    if not panels:
        return figure
    marked = go.Figure(figure)
    for line in settings:
        if line.name in panels and line.supported is not None:
            number = panels.index(line.name) + 1
            axis = "" if number == 1 else str(number)  # as plotly counts
            start, end = line.supported
            place = {"xref": f"x{axis}", "yref": f"y{axis} domain", "x0": start, "x1": end, "y0": 0, "y1": 1}
            marked.add_shape(type="rect", fillcolor=GREY, opacity=0.2, line_width=0, layer="below", **place)
    missing = [
        f"{plain(line.name).replace('_', ' ')} ({'choices' if isinstance(line.now, str) else 'not varied'})"
        for line in settings
        if line.name not in panels
    ]
    if missing:
        depth = NOTE_BELOW + figure.layout.meta[BELOW]
        at = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "xanchor": "left", "yanchor": "top", "yshift": -depth}
        marked.add_annotation(text=f"Not drawn: {', '.join(missing)}.", showarrow=False, font={"color": SOFT}, **at)
        marked.update_layout(margin_b=depth + 24, height=marked.layout.height + 24)
    return marked


def _draw_panel(figure: Figure, panel: pl.DataFrame, row: int, column: int, words: tuple[str, str]) -> None:
    """One setting: curve or points, its interval, and the marks."""
    import plotly.graph_objects as go

    (word, noun), where = words, {"row": row, "col": column}
    hover = "%{x:.4~g}: %{y:.3~g}<extra></extra>"
    if panel["label"].is_not_null().any():
        hover = "%{y:.3~g}<extra></extra>"
        names = [_tick(label, n, noun) for label, n in panel.select("label", "periods").iter_rows()]
        up, down = panel["high"] - panel["gain"], panel["gain"] - panel["low"]
        spread = {"type": "data", "array": up, "arrayminus": down, "color": BLUE, "thickness": 1.5}
        dots = {"mode": "markers", "marker": {"color": BLUE, "size": 7}, "error_y": spread, "hovertemplate": hover}
        figure.add_trace(go.Scatter(x=panel["value"], y=panel["gain"], showlegend=False, **dots), **where)
        span = [panel["value"][0] - 0.6, panel["value"][-1] + 0.6]
        angle = 30 if panel.height >= SLANTED else 0
        figure.update_xaxes(tickvals=panel["value"].to_list(), ticktext=names, tickangle=angle, range=span, **where)
    else:
        xs, ys = band(panel, "value", "low", "high")
        area = {"fill": "toself", "fillcolor": BLUE, "opacity": 0.22, "line_width": 0, "mode": "lines", "hoverinfo": "skip"}
        figure.add_trace(go.Scatter(x=xs, y=ys, showlegend=False, **area), **where)
        line = {"mode": "lines", "line": {"color": BLUE, "width": 2.2}, "hovertemplate": hover}
        figure.add_trace(go.Scatter(x=panel["value"], y=panel["gain"], showlegend=False, **line), **where)
    now, proposed = panel["now"][0], panel["proposed"][0]
    for name, shown, place in (("now", "now", now), ("proposed", word, proposed if proposed != now else None)):
        if place is not None:
            mark = {
                "mode": "markers",
                "marker": MARKS[name],
                "hovertemplate": f"{shown} {hover}",
                "showlegend": False,
            }
            figure.add_trace(go.Scatter(x=[place], y=[_gain_at(panel, place)], **mark), **where)


def _names_below(data: pl.DataFrame) -> int:
    """How much deeper the names of choices reach below a panel than numbers do [px]."""
    counts = data.filter(pl.col("label").is_not_null()).group_by("setting").len()["len"]
    return NAMES_BELOW[max(counts) >= SLANTED] if len(counts) else 0


def _tick(label: str | None, periods: int | None, noun: str) -> str:
    """A choice's name below its point, and how many periods were at it."""
    name = plain(label or "", CHOICE_LENGTH)
    return name if periods is None else f"{name}<br>{counted(periods, noun) if periods else 'never'}"


def strokes(values: pl.Series, height: float) -> Scatter:
    """Return a stroke for every value at one height: the periods behind a curve."""
    import plotly.graph_objects as go

    marker = {"symbol": "line-ns-open", "size": 9, "color": INK, "opacity": 0.35}
    return go.Scatter(x=values, y=[height] * len(values), mode="markers", marker=marker, hoverinfo="skip", showlegend=False)


def _ends(values: pl.Series) -> tuple[float, float]:
    known = values.to_list()
    return min(known), max(known)


def _gain_range(data: pl.DataFrame) -> list[float] | None:
    """Axis of the gain: what the history supports fills it, what lies outside may run off."""
    part = data.filter("supported") if data["supported"].any() else data
    known = [float(v) for v in (0.0, *part["low"], *part["gain"], *part["high"]) if v is not None]
    pad = (max(known) - min(known)) * 0.08
    return [min(known) - pad, max(known) + pad] if pad else None


def _gain_at(panel: pl.DataFrame, place: float) -> float | None:
    """Gain at a value, straight between its neighbours."""
    known = panel.drop_nulls("gain")
    if known.is_empty():
        return None
    import numpy as np

    return float(np.interp(place, known["value"].to_numpy(), known["gain"].to_numpy()))
