"""The history over time in small multiples: objective, settings, outcomes, conditions; what was set aside is shaded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from workbench.errors import InputError, closest_hint
from workbench.records import History
from workbench.show.theme import (
    BLUE,
    GREEN,
    GREY,
    INK,
    PURPLE,
    SHADES,
    SOFT,
    VERMILLION,
    axis_title,
    band,
    empty_figure,
    figure_theme,
    plain,
)
from workbench.wording import shown_unit

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from workbench.plant import Sheet

__all__ = ["trends_data", "trends_figure"]

PANELS_MAX = 12
POINTS = 700  # a panel is about as many pixels wide: more points than this become a mean with its smallest and largest value
SPANS_MAX = 300  # shaded spans drawn, the longest first
REASONS_SHOWN = 5  # with a colour of their own
PANEL_HEIGHT = 96  # [px]
ISOLATED_SHARE = 0.3  # from this share of points without a neighbour on, points are drawn instead of a line
COLOURS = {"objective": INK, "limit": VERMILLION, "setting": BLUE, "outcome": GREEN, "condition": PURPLE}
SET_ASIDE = "set aside"


def trends_data(history: History, sheet: Sheet, names: Sequence[str] | None = None, points: int = POINTS) -> pl.DataFrame:
    """Return the history as points to draw, thinned where it is long, and the spans that were set aside.

    Parameters
    ----------
    history : History
        Any grain; batches may have no clock.
    sheet : Sheet
        Of the same plant.
    names : sequence of str, optional
        Variables to show, also `@objective` and `@limit:NAME`; default: objective, settings, outcomes, formula limits and
        conditions in this order, 12 at most.
    points : int
        Points a panel at most, 2 or more; neighbours beyond it are joined into mean, smallest and largest [points].

    Returns
    -------
    polars.DataFrame
        Columns `panel` (variable; null for spans), `role` (objective, setting, outcome, limit, condition, set aside), `unit`,
        `bin` (number of the point), `time`, `end` (local time; null for batches without a clock), `position`, `position_end`
        (rows of the history), `value`, `low`, `high` [`unit`] (choices: the place in the sheet's list, and null), `text`
        (choices: the most frequent), `reason` (null = usable),
        `periods` (joined in this point), `bound_low`, `bound_high` (the sheet's own range or limit) [`unit`]. Usable and
        set-aside periods never share a point.

    Raises
    ------
    InputError
        If `names` holds something the history does not have.
    """
    frame = _timed(history, sheet)
    roles = _roles(sheet, frame)
    for name in names or ():
        if name not in roles:
            raise InputError(
                f"'{name}' is not in the history of {sheet.name}{closest_hint(name, roles)}: name a variable of the sheet"
            )
    shown = list(names) if names is not None else list(roles)[:PANELS_MAX]
    size = max(1, math.ceil(frame.height / max(2, points)))
    frame = frame.with_columns((pl.col("@position") // size).alias("@bin"), pl.col("reason").is_not_null().alias("@aside"))
    panels = [_panel(frame, name, roles[name]) for name in shown]
    return pl.concat([*panels, _spans(frame)], how="diagonal_relaxed").select(*_COLUMNS)


def trends_figure(data: pl.DataFrame, *, title: str = "History") -> Figure:
    """Return the panels one below the other on one time axis, each axis with its unit.

    Parameters
    ----------
    data : polars.DataFrame
        From `trends_data`.
    title : str
        Usually the plant's title.
    """
    from plotly.subplots import make_subplots

    names = data["panel"].drop_nulls().unique(maintain_order=True).to_list()
    if not names:
        return empty_figure(title, "The history has no periods.")
    clock = data["time"].is_not_null().any()
    zone = getattr(data.schema["time"], "time_zone", None)
    data = data.with_columns(
        pl.col("time", "end").dt.replace_time_zone(None, ambiguous="earliest", non_existent="null")
        if zone
        else pl.col("time", "end")
    )
    start, end = ("time", "end") if clock else ("position", "position_end")
    roles = dict(data.drop_nulls("panel").select("panel", "role").unique(maintain_order=True).iter_rows())
    heads = [_head(name, roles[name]) for name in names]
    height = len(names) * PANEL_HEIGHT + 130
    figure = make_subplots(
        rows=len(names),
        cols=1,
        shared_xaxes=True,
        subplot_titles=heads,
        vertical_spacing=min(0.9 / len(names), 30 / (height - 130)),
    )
    for row, name in enumerate(names, start=1):
        _draw(figure, data.filter(pl.col("panel") == name), row, start)
    hidden = _shade(figure, data.filter(pl.col("role") == SET_ASIDE), start, end)
    axis = f"local time, {zone}" if clock and zone else ("time" if clock else "batch, in the order of the file")
    if hidden:
        axis += f" ({hidden} short spans set aside are not shaded)"
    figure.update_xaxes(title_text=axis, row=len(names), col=1)
    figure.update_annotations(x=0, xanchor="left", font_size=12)
    figure.update_layout(
        template=figure_theme(),
        title_text=plain(title, 80),
        height=height,
        margin_t=90,
        legend_y=1 + 26 / (height - 138),
        legend_itemclick=False,
    )
    return figure


def _head(name: str, role: str) -> str:
    label = f"<b>{axis_title(name.removeprefix('@limit:').removeprefix('@'))}</b>"
    return label if name == "@objective" else f"{label} <span style='color:{SOFT}'>{role}</span>"


@dataclass(frozen=True)
class _Role:
    """What a column is to the plant, and how it is drawn."""

    role: str
    unit: str
    low: float | None = None
    high: float | None = None
    choices: Sequence[str] | None = None


def _roles(sheet: Sheet, frame: pl.DataFrame) -> dict[str, _Role]:
    """All that can be shown, the most telling first."""
    roles: dict[str, _Role] = {}
    if "@objective" in frame.columns and sheet.objective.formula.text not in sheet.variables:
        roles["@objective"] = _Role("objective", sheet.objective.unit)
    for name, setting in sheet.settings.items():
        roles[name] = _Role("setting", setting.unit, setting.low, setting.high, setting.choices)
    for name, outcome in sheet.outcomes.items():
        roles[name] = _Role("outcome", outcome.unit, outcome.low, outcome.high, outcome.choices)
    for limit in sheet.limits:
        roles[f"@limit:{limit.name}"] = _Role("limit", limit.unit, limit.low, limit.high)
    for name, condition in sheet.conditions.items():
        roles[name] = _Role("condition", condition.unit, choices=condition.choices)
    return {name: role for name, role in roles.items() if name in frame.columns}


def _timed(history: History, sheet: Sheet) -> pl.DataFrame:
    """The history with local time, `@position` and `@end` of each period: names that no variable can have."""
    frame = history.frame.with_row_index("@position").with_columns(pl.col("@position").cast(pl.Int64))
    local = (
        pl.col("time").dt.convert_time_zone(sheet.timezone)
        if frame.schema["time"] == pl.Datetime("us", "UTC")
        else pl.col("time").cast(pl.Datetime("us", sheet.timezone))
    )
    after = local + sheet.period if sheet.period is not None else pl.coalesce(local.shift(-1), local)
    return frame.with_columns(local.alias("time"), after.alias("@end"))


def _panel(frame: pl.DataFrame, name: str, role: _Role) -> pl.DataFrame:
    """One variable's points; a bin that has usable periods leaves the others out of its line, not out of the figure."""
    value = pl.col(name)
    if role.choices is not None:
        text = value.cast(pl.String).drop_nulls().mode().sort().first().alias("text")
        places = {choice: float(place) for place, choice in enumerate(role.choices)}
        place = text.replace_strict(places, default=None, return_dtype=pl.Float64).alias("value")
        numbers = [place, *(pl.lit(None, pl.Float64).alias(c) for c in ("low", "high"))]
    else:
        finite = pl.when(value.is_finite()).then(value)
        numbers = [finite.mean().alias("value"), finite.min().alias("low"), finite.max().alias("high")]
        text = pl.lit(None, pl.String).alias("text")
    shared = {"panel": name, "role": role.role, "unit": role.unit, "bound_low": role.low, "bound_high": role.high}
    return (
        frame.group_by(pl.col("@bin").alias("bin"), pl.col("@aside").alias("aside"), maintain_order=True)
        .agg(
            pl.col("time").first(),
            pl.col("@end").last().alias("end"),
            pl.col("@position").first().alias("position"),
            pl.col("@position").last().alias("position_end") + 1,
            *numbers,
            text,
            pl.col("reason").first(),
            pl.len().cast(pl.Int64).alias("periods"),
        )
        .with_columns(pl.lit(v, pl.Float64 if k.startswith("bound") else pl.String).alias(k) for k, v in shared.items())
    )


def _spans(frame: pl.DataFrame) -> pl.DataFrame:
    """Neighbouring periods set aside for the same reason, as one span."""
    return (
        frame.with_columns(pl.col("reason").rle_id().alias("@run"))
        .filter("@aside")
        .group_by("@run", maintain_order=True)
        .agg(
            pl.col("time").first(),
            pl.col("@end").last().alias("end"),
            pl.col("@position").first().alias("position"),
            pl.col("@position").last().alias("position_end") + 1,
            pl.col("reason").first(),
            pl.len().cast(pl.Int64).alias("periods"),
        )
        .with_columns(pl.lit(SET_ASIDE).alias("role"))
    )


def _draw(figure: Figure, panel: pl.DataFrame, row: int, x: str) -> None:
    """One panel: usable periods as line or points with their envelope, values set aside in grey."""
    import plotly.graph_objects as go

    role, unit = panel["role"][0], panel["unit"][0] or ""
    unit = shown_unit(unit)  # a lone dash beside an axis reads as dirt
    column, choices = "value", panel.drop_nulls("text").sort("value")["text"].unique(maintain_order=True).to_list()
    if choices:  # by number: as categories, words from the data would be live markup, and none longer than its label
        column, places = "place", {text: float(place) for place, text in enumerate(choices)}
        panel = panel.with_columns(pl.col("text").replace_strict(places, return_dtype=pl.Float64).alias(column))
    usable = pl.col("reason").is_null()
    # a stretch without any usable period breaks the line: its points stay in it as gaps
    line = panel.filter(usable | ~usable.any().over("bin")).with_columns(pl.when(usable).then(pl.col(column, "low", "high")))
    aside = panel.filter(~usable).drop_nulls(column)
    common: dict[str, Any] = {
        "showlegend": False,
        "hovertemplate": ("%{x}: %{text}" if choices else "%{x}: %{y}" + (f" {plain(unit, 16)}" if unit else ""))
        + "<extra></extra>",
    }
    if not aside.is_empty():
        grey = {"mode": "markers", "marker": {"color": GREY, "size": 3}, "name": SET_ASIDE}
        trace = go.Scatter(x=aside[x], y=aside[column], text=_words(aside, choices), **grey, **common)
        figure.add_trace(trace, row=row, col=1)
    if column == "value" and (panel["periods"] > 1).any():
        xs, ys = band(line, x, "low", "high")
        figure.add_trace(
            go.Scatter(
                x=xs,
                y=ys,
                fill="toself",
                fillcolor=COLOURS[role],
                opacity=0.25,
                line_width=0,
                mode="lines",
                hoverinfo="skip",
                showlegend=False,
            ),
            row=row,
            col=1,
        )
    style = (
        {"mode": "markers", "marker": {"color": COLOURS[role], "size": 3.5}}
        if _scattered(line[column])
        else {"mode": "lines", "line": {"color": COLOURS[role], "width": 1.3, "shape": "hv" if role == "setting" else "linear"}}
    )
    name, words = plain(panel["panel"][0] or ""), _words(line, choices)
    trace = go.Scatter(x=line[x], y=line[column], text=words, name=name, connectgaps=False, **style, **common)
    figure.add_trace(trace, row=row, col=1)
    if choices:
        ticks = {"tickvals": list(range(len(choices))), "ticktext": [plain(text, 18) for text in choices]}
        figure.update_yaxes(range=[-0.5, len(choices) - 0.5], title_text=None, **ticks, row=row, col=1)
        return
    span = _axis_range(line, panel["bound_low"][0], panel["bound_high"][0])
    ticks = {"nticks": 4} if span is None else {"tick0": 0.0, "dtick": _tick_step(*span)}
    figure.update_yaxes(title_text=plain(unit, 16) or None, range=span, **ticks, row=row, col=1)
    for bound in (panel["bound_low"][0], panel["bound_high"][0]):
        if bound is not None and span is not None and span[0] <= bound <= span[1]:
            figure.add_hline(
                y=bound, line={"color": SOFT if role == "setting" else VERMILLION, "width": 1, "dash": "dot"}, row=row, col=1
            )


def _words(points: pl.DataFrame, choices: Sequence[str]) -> list[str] | None:
    return [plain(text or "") for text in points["text"]] if choices else None


def _axis_range(line: pl.DataFrame, low: float | None, high: float | None) -> list[float] | None:
    """From the usable values alone, so that a broken reading does not flatten the panel; a bound joins where it is near."""
    known = [float(v) for v in (*line["low"].drop_nulls(), *line["high"].drop_nulls())]
    if not known:
        return None
    bottom, top = min(known), max(known)
    span = (top - bottom) or abs(top) * 0.1 or 1.0
    near = [b for b in (low, high) if b is not None and bottom - span <= b <= top + span]
    bottom, top = min([bottom, *near]), max([top, *near])
    pad = ((top - bottom) or span) * 0.08
    return [bottom - pad, top + pad]


def _tick_step(bottom: float, top: float) -> float:
    """The coarsest round step with two multiples or more in the range: panels are too low for many, and one tells no scale."""
    magnitude = 10.0 ** math.floor(math.log10(top - bottom))
    steps = [factor * magnitude for factor in (5.0, 2.0, 1.0, 0.5, 0.2)]
    return next((s for s in steps if math.floor(top / s) - math.ceil(bottom / s) >= 1), steps[-1])


def _scattered(values: pl.Series) -> bool:
    """Whether many values stand alone, as lab results do: a line would not show them."""
    known = values.is_not_null()
    alone = known & ~known.shift(1, fill_value=False) & ~known.shift(-1, fill_value=False)
    return bool(int(alone.sum()) > ISOLATED_SHARE * max(1, int(known.sum())))


def _shade(figure: Figure, spans: pl.DataFrame, start: str, end: str) -> int:
    """Shade the spans through all panels, a colour a reason; return how many short ones were left out."""
    import plotly.graph_objects as go

    totals = spans.group_by("reason").agg(pl.col("periods").sum()).sort("periods", "reason", descending=[True, False])
    shades = {reason: (SHADES[i] if i < REASONS_SHOWN else GREY) for i, reason in enumerate(totals["reason"])}
    drawn = spans.sort("periods", descending=True, maintain_order=True).head(SPANS_MAX)
    shapes = [
        {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "x0": a,
            "x1": b,
            "y0": 0,
            "y1": 1,
            "fillcolor": shades[r],
            "opacity": 0.22,
            "line": {"width": 0},
            "layer": "below",
        }
        for a, b, r in drawn.select(start, end, "reason").iter_rows()
    ]
    figure.update_layout(shapes=[*figure.layout.shapes, *shapes])
    for number, (reason, periods) in enumerate(totals.iter_rows()):
        if number < REASONS_SHOWN or number == REASONS_SHOWN:
            several = number == REASONS_SHOWN and totals.height > REASONS_SHOWN + 1
            rest = int(totals["periods"].slice(REASONS_SHOWN).sum())
            name = f"other reasons ({rest:,})" if several else f"{plain(reason, 32)} ({periods:,})"
            marker = {"symbol": "square", "size": 11, "color": shades[reason], "opacity": 0.45}
            figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=name), row=1, col=1)
    return spans.height - drawn.height


_COLUMNS = (
    "panel",
    "role",
    "unit",
    "bin",
    "time",
    "end",
    "position",
    "position_end",
    "value",
    "low",
    "high",
    "text",
    "reason",
    "periods",
    "bound_low",
    "bound_high",
)
