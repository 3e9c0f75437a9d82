"""The look that all figures share: colours that the colour-blind tell apart, room for labels, units in axis titles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.show.words import one_line
from workbench.wording import shown_unit

if TYPE_CHECKING:
    import polars as pl
    from plotly.graph_objects import Figure
    from plotly.graph_objects.layout import Template

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "INK",
    "ORANGE",
    "PURPLE",
    "SHADES",
    "SKY",
    "SOFT",
    "VERMILLION",
    "axis_title",
    "band",
    "empty_figure",
    "figure_theme",
    "plain",
]

# Okabe and Ito (2008), "Color Universal Design"
BLUE, VERMILLION, GREEN, ORANGE, SKY, PURPLE = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7"
INK, SOFT, GREY, GRID = "#1b2430", "#4b5666", "#9aa5b1", "#e6eaee"
SHADES = (GREY, ORANGE, SKY, PURPLE, GREEN, VERMILLION)  # of set-aside periods, by how often each reason occurs
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'DejaVu Sans', sans-serif"
LABEL_LENGTH = 40  # [characters] longer names are shortened in the middle; the hover shows them whole


def figure_theme() -> Template:
    """Return the plotly template: white ground, light grid, labels never cut, figures readable from 600 px width on."""
    import plotly.graph_objects as go

    axis: dict[str, Any] = {
        "automargin": True,
        "showline": True,
        "linecolor": GREY,
        "gridcolor": GRID,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": GREY,
        "title": {"standoff": 8, "font": {"size": 12, "color": SOFT}},
        "tickfont": {"size": 11, "color": SOFT},
    }
    layout = go.Layout(
        font={"family": FONT, "size": 12, "color": INK},
        title={
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "y": 1,
            "pad": {"t": 14},
            "yref": "container",
            "yanchor": "top",
            "font": {"size": 15},
        },
        colorway=[BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY],
        paper_bgcolor="#ffffff",
        plot_bgcolor="#ffffff",
        xaxis=axis,
        yaxis=axis,
        margin={"l": 56, "r": 18, "t": 64, "b": 48},
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.0,
            "yanchor": "bottom",
            "font": {"size": 11, "color": SOFT},
        },
        hoverlabel={"font": {"family": FONT, "size": 12}},
        hovermode="closest",
    )
    return go.layout.Template(layout=layout)


def plain(text: str, length: int = LABEL_LENGTH) -> str:
    """Return `text` as plotly shows it literally: no markup of its own, one line, shortened in the middle.

    Examples
    --------
    >>> plain("<b>TI-7</b>")
    '&lt;b&gt;TI-7&lt;/b&gt;'
    """
    line = one_line(text)
    if len(line) > length:
        head = (length - 1) * 2 // 3
        line = f"{line[:head]}…{line[head - length + 1 :]}"
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def axis_title(label: str, unit: str = "", length: int = LABEL_LENGTH) -> str:
    """Return the title of an axis with its unit in brackets; underscores of names are spaces.

    Examples
    --------
    >>> axis_title("free_sulfate", "g/L"), axis_title("reflux", "-")
    ('free sulfate [g/L]', 'reflux')
    """
    name = plain(label, length).replace("_", " ")
    shown = plain(shown_unit(unit), 16)
    return f"{name} [{shown}]" if shown else name


def band(frame: pl.DataFrame, x: str, low: str, high: str) -> tuple[list[Any], list[Any]]:
    """Return the outline of the area between two columns, one closed polygon per run without gaps, parted by None.

    plotly's fill between two lines joins across gaps; closed polygons do not.
    """
    xs: list[Any] = []
    ys: list[Any] = []
    run: list[tuple[Any, float, float]] = []

    def close() -> None:
        if run:
            xs.extend([p[0] for p in run] + [p[0] for p in reversed(run)] + [None])
            ys.extend([p[2] for p in run] + [p[1] for p in reversed(run)] + [None])
            run.clear()

    for place, bottom, top in frame.select(x, low, high).iter_rows():
        if place is None or bottom is None or top is None:
            close()
        else:
            run.append((place, bottom, top))
    close()
    return xs, ys


def empty_figure(title: str, sentence: str) -> Figure:
    """Return a figure that says in words why it has nothing to show."""
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.update_layout(
        template=figure_theme(), title_text=plain(title, 120), height=140, xaxis_visible=False, yaxis_visible=False
    )
    figure.add_annotation(
        text=plain(sentence, 200), showarrow=False, xref="paper", yref="paper", x=0, y=0.5, xanchor="left", font_color=SOFT
    )
    return figure
