"""The front between two goals: a figure with both intervals, a page of its own, and a table for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

import polars as pl

from workbench.show.card import FIGURE_CONFIG
from workbench.show.digits import UNKNOWN, decimals_for, decimals_of, number_text, share_text
from workbench.show.plain_table import WIDTH, plain_table
from workbench.show.theme import BLUE, GREY, INK, SOFT, VERMILLION, axis_title, empty_figure, figure_theme, plain
from workbench.show.words import one_line
from workbench.wording import shown_unit, unit_of_change

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from workbench.plant import Sheet
    from workbench.tuning.goals import Goal
    from workbench.tuning.trade_off import TradeOff

__all__ = ["trade_off_data", "trade_off_figure", "trade_off_page", "trade_off_sentences", "trade_off_table"]

HEIGHT = 520  # [px]
SIDES = ("x", "y")
MARKS: dict[str, dict[str, Any]] = {
    "present": {"symbol": "circle", "size": 12, "color": "#ffffff", "line": {"color": INK, "width": 2}},
    "proposed": {"symbol": "diamond", "size": 12, "color": VERMILLION},
    "considered": {"symbol": "diamond-open", "size": 12, "color": VERMILLION},
}


def trade_off_data(trade_off: TradeOff, sheet: Sheet | None = None) -> pl.DataFrame:
    """Return the points as `trade_off_figure` draws them.

    Parameters
    ----------
    trade_off : TradeOff
        With one point or more.
    sheet : Sheet, optional
        Whose units stand behind the values of the settings.

    Returns
    -------
    polars.DataFrame
        Columns `point`, `kind`, for each goal (`x` the first, `y` the second) `x`, `x_low`, `x_high` (change, in its unit) and
        `x_level` (now plus change; null where now is not known), and `settings` (those that move, in words).
    """
    frame = trade_off.points
    names = _setting_names(trade_off)
    now = _present_row(frame)
    texts = {n: _values(frame[n], now) for n in names}
    units = {n: f" {unit}" if (unit := _unit_of(n, sheet)) else "" for n in names}
    moved = [
        ", ".join(f"{one_line(n)} {texts[n][k]}{units[n]}" for n in names if frame[n][k] != frame[n][now]) or "as now"
        for k in range(frame.height)
    ]
    columns = []
    for side, goal in zip(SIDES, trade_off.goals, strict=True):
        change = pl.col(f"{goal.name}.change")
        columns += [
            change.alias(side),
            pl.col(f"{goal.name}.low").alias(f"{side}_low"),
            pl.col(f"{goal.name}.high").alias(f"{side}_high"),
            (pl.col(f"{goal.name}.now") + change).fill_nan(None).alias(f"{side}_level"),
        ]
    return frame.select(
        pl.col("@point").alias("point"), pl.col("@kind").alias("kind"), *columns, pl.Series("settings", moved, dtype=pl.String)
    )


def trade_off_figure(data: pl.DataFrame, goals: Sequence[Goal]) -> Figure:
    """Return the front with both intervals of every point; present and recommended settings marked.

    Parameters
    ----------
    data : polars.DataFrame
        From `trade_off_data`.
    goals : sequence of Goal
        The first along, the second up.
    """
    import plotly.graph_objects as go

    one, two = (plain(g.name, 24).replace("_", " ") for g in goals)
    title = f"Trade-off between {one} and {two}"
    data = data.with_columns(pl.Series("hover", _hovers(data, goals), dtype=pl.String))
    front = data.filter(pl.col("kind") == "front")
    if front.is_empty():
        return empty_figure(title, "No feasible settings.")
    figure = go.Figure()
    bars = {
        f"error_{side}": {
            "type": "data",
            "array": front[f"{side}_high"] - front[side],
            "arrayminus": front[side] - front[f"{side}_low"],
            "color": GREY,
            "thickness": 1,
            "width": 0,
        }
        for side in SIDES
    }
    figure.add_trace(
        go.Scatter(
            x=front["x"],
            y=front["y"],
            name="front, with intervals",
            mode="lines+markers+text",
            text=[str(p) for p in front["point"]],
            textposition=_outside(goals),
            textfont={"size": 11, "color": SOFT},
            line={"color": BLUE, "width": 2},
            marker={"size": 8, "color": BLUE},
            customdata=front["hover"].to_list(),
            hovertemplate="<b>point %{text}</b><br>%{customdata}<extra></extra>",
            **bars,
        )
    )
    for kind, mark in MARKS.items():
        part = data.filter(pl.col("kind") == kind)
        if not part.is_empty():
            figure.add_trace(
                go.Scatter(
                    x=part["x"],
                    y=part["y"],
                    name=kind,
                    mode="markers",
                    marker=mark,
                    customdata=part["hover"].to_list(),
                    hovertemplate=f"<b>{kind}</b><br>%{{customdata}}<extra></extra>",
                )
            )
    for side, goal in zip(SIDES, goals, strict=True):
        better = "more is better" if goal.sign > 0 else "less is better"
        text = f"change of {axis_title(goal.name, unit_of_change(goal.unit), 24)}, {better}"
        figure.update_layout({f"{side}axis": {"title": {"text": text}, "tickformat": "~r"}})
    figure.add_hline(y=0, line={"color": SOFT, "width": 1, "dash": "dot"})
    figure.add_vline(x=0, line={"color": SOFT, "width": 1, "dash": "dot"})
    figure.update_layout(template=figure_theme(), title_text=title, height=HEIGHT, margin_t=84)
    return figure


def _outside(goals: Sequence[Goal]) -> str:
    """The side of the front where both goals would be better: nothing lies there that a number could cover."""
    one, two = goals
    return f"{'top' if two.sign > 0 else 'bottom'} {'right' if one.sign > 0 else 'left'}"


def trade_off_sentences(trade_off: TradeOff) -> list[str]:
    """Return what to know when reading the front: which way is better and why, and what the points are."""
    said = [
        f"{one_line(g.name)}: {'more' if g.sign > 0 else 'less'} is better ({g.why}; `{one_line(g.name)}:"
        f"{'min' if g.sign > 0 else 'max'}` turns it)."
        for g in trade_off.goals
    ]
    level = share_text(trade_off.level)
    if trade_off.points.filter(pl.col("@kind") == "front").height == 1:
        said.append("One point is best for both: within what the records support they do not stand against each other.")
    return [
        *said,
        "Every point keeps range, largest step, support and limits as a recommendation does; changes are against the present "
        f"settings over recent conditions, with {level} intervals. They are the model's, to choose a direction by: what is "
        "promised is the recommendation alone.",
    ]


def trade_off_table(trade_off: TradeOff, sheet: Sheet | None = None) -> str:
    """Return the front as text for a terminal: both changes with intervals, then the settings of each point.

    Parameters
    ----------
    trade_off : TradeOff
        With one point or more.
    sheet : Sheet, optional
        Whose units stand beside the names of the settings.
    """
    blocks: list[dict[str, str]] = [{}]
    for name, head in _moving(trade_off, sheet).items():
        if sum(len(h) + 2 for h in (*blocks[-1].values(), head)) > WIDTH - 12:
            blocks.append({})
        blocks[-1][name] = head
    changes = _changes(trade_off)
    tables = [plain_table(changes[0], "lrrrr", changes[1:])]
    tables += [plain_table(*_settings_table(trade_off, heads)) for heads in blocks if heads]
    one, two = (one_line(g.name) for g in trade_off.goals)
    parts = [f"Trade-off of {one} against {two}", *(table.rstrip() for table in tables)]
    return "\n\n".join(parts) + "\n\n" + "\n".join(fill(s, WIDTH) for s in trade_off_sentences(trade_off)) + "\n"


def trade_off_page(trade_off: TradeOff, sheet: Sheet) -> str:
    """Return the front as one self-contained page: the figure, what to know, and the table."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("workbench.show"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    figure = trade_off_figure(trade_off_data(trade_off, sheet), trade_off.goals)
    drawn = figure.to_html(
        full_html=False,
        include_plotlyjs=True,
        include_mathjax=False,
        config=FIGURE_CONFIG,
        div_id="front",
    )
    one, two = (one_line(g.name) for g in trade_off.goals)
    heads, _, rows = _settings_table(trade_off, _moving(trade_off, sheet))
    return environment.get_template("trade_off.html.j2").render(
        title=f"{one_line(sheet.title or sheet.name)}: trade-off of {one} against {two}",
        figure=Markup(drawn),
        tables=[_changes(trade_off), *([(heads, *rows)] if len(heads) > 1 else [])],
        sentences=trade_off_sentences(trade_off),
    )


def _labels(trade_off: TradeOff) -> list[str]:
    """What the points are called in tables: their numbers along the front, or what they are."""
    return [str(p) if p is not None else kind for p, kind in trade_off.points.select("@point", "@kind").iter_rows()]


def _changes(trade_off: TradeOff) -> list[tuple[str, ...]]:
    """Heads, then a row a point: both changes with their intervals."""
    frame, level = trade_off.points, share_text(trade_off.level)
    heads, cells = ["point"], [_labels(trade_off)]
    for goal in trade_off.goals:
        low, high, change = (frame[f"{goal.name}.{part}"].to_list() for part in ("low", "high", "change"))
        places = _places(low, high, change)
        unit = unit_of_change(goal.unit)
        heads += [f"{one_line(goal.name)}{f' [{one_line(unit)}]' if unit else ''}", f"{level} interval"]
        cells += [
            [number_text(v, places, sign=True) for v in change],
            [_interval(a, b, places) or UNKNOWN for a, b in zip(low, high, strict=True)],
        ]
    return [tuple(heads), *zip(*cells, strict=True)]


def _moving(trade_off: TradeOff, sheet: Sheet | None) -> dict[str, str]:
    """Settings that differ between the points, and the heads of their columns."""
    names = (n for n in _setting_names(trade_off) if trade_off.points[n].n_unique() > 1)
    units = {name: _unit_of(name, sheet) for name in names}
    return {name: one_line(f"{name} [{unit}]" if unit else name) for name, unit in units.items()}


def _settings_table(trade_off: TradeOff, heads: Mapping[str, str]) -> tuple[tuple[str, ...], str, list[tuple[str, ...]]]:
    """Heads, sides and rows, one a point, of these settings."""
    frame = trade_off.points
    values = (_values(frame[name], _present_row(frame)) for name in heads)
    return ("settings", *heads.values()), "l" + "r" * len(heads), list(zip(_labels(trade_off), *values, strict=True))


def _hovers(data: pl.DataFrame, goals: Sequence[Goal]) -> list[str]:
    """What stands beside each point: the numbers of the table, what each goal comes to, and the settings."""
    places = {side: _places(*(data[name].to_list() for name in (f"{side}_low", f"{side}_high", side))) for side in SIDES}
    out = []
    for row in data.iter_rows(named=True):
        lines = []
        for side, goal in zip(SIDES, goals, strict=True):
            digits, level = places[side], row[f"{side}_level"]
            span = _interval(row[f"{side}_low"], row[f"{side}_high"], digits)
            change = f"{number_text(row[side], digits, sign=True)}{f' ({span})' if span else ''}"
            then = "" if level is None else f", then {_with_unit(number_text(level, digits), goal.unit)}"
            lines.append(f"{plain(goal.name)}: {_with_unit(change, unit_of_change(goal.unit))}{then}")
        out.append("<br>".join([*lines, *(plain(s, 60) for s in row["settings"].split(", "))]))
    return out


def _places(low: Sequence[float], high: Sequence[float], change: Sequence[float]) -> int:
    """Decimals that show the narrowest interval and the largest change of a goal."""
    spans = [b - a for a, b in zip(low, high, strict=True) if b > a]
    return decimals_for(min(spans) if spans else None, max(map(abs, change)))


def _interval(low: float, high: float, places: int) -> str:
    """An interval in words; empty where it has no width, as at the present settings."""
    return f"{number_text(low, places, sign=True)} to {number_text(high, places, sign=True)}" if high > low else ""


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {plain(shown_unit(unit), 16)}".rstrip()


def _unit_of(name: str, sheet: Sheet | None) -> str:
    """A setting's unit; empty where it has none, or no sheet says it."""
    unit = sheet.settings[name].unit if sheet is not None else ""
    return one_line(shown_unit(unit))


def _present_row(frame: pl.DataFrame) -> int:
    return frame["@kind"].to_list().index("present")


def _setting_names(trade_off: TradeOff) -> list[str]:
    first = f"{trade_off.goals[0].name}.now"
    columns = trade_off.points.columns
    return columns[columns.index("@kind") + 1 : columns.index(first)]


def _values(column: pl.Series, now: int) -> list[str]:
    """Texts, or numbers with the decimals that tell the points apart; a value other than the present one with all it has."""
    if not column.dtype.is_numeric():
        return [one_line(str(v)) for v in column]
    numbers = [float(v) for v in column]
    typed = [decimals_of(v) for v in numbers if v != numbers[now]]
    places = 0 if all(v.is_integer() for v in numbers) else max(decimals_for(max(numbers) - min(numbers)), *typed, 0)
    return [number_text(v, places) for v in numbers]
