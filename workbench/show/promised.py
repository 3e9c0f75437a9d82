"""Promised against measured: a mark a recommendation that a trial has measured, with both intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from workbench.show.theme import GREEN, GREY, SOFT, axis_title, empty_figure, figure_theme, plain
from workbench.verify.ledger import Ledger

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["promised_data", "promised_figure"]

TITLE = "Promised against measured"
STROKES = "Strokes: 90 % intervals, wider of a trial that was decided early. Dashed: measured as promised."
LABELLED = 20  # points of a panel with their names beside them; of more the hover tells
LABEL_PLANT, LABEL_ID = 18, 6  # [characters]
LATE = 0.75  # of a panel's width: labels of points beyond stand to the left [-]
PARTS = ("promised", "promised_low", "promised_high", "measured", "measured_low", "measured_high")


def promised_data(ledger: Ledger) -> pl.DataFrame:
    """Return a row a recommendation that a trial has measured, in money where it is priced, else in the objective's unit.

    Parameters
    ----------
    ledger : Ledger
        Of any size.

    Returns
    -------
    polars.DataFrame
        `recommendation`, `plant`, `state`, `grade`, `unit`, and `promised` and `measured` with `_low` and `_high`.
    """
    rows = []
    for line in ledger.lines:
        if not line.settled:
            continue
        priced = line.value_promised is not None and line.value_measured is not None
        values = {part: getattr(line, f"value_{part}" if priced else part) for part in PARTS}
        unit = f"{line.currency}/year" if priced else line.gain_unit
        rows.append(
            {
                "recommendation": line.recommendation,
                "plant": line.plant,
                "state": line.state,
                "grade": line.grade,
                "unit": unit,
                **values,
            }
        )
    texts = ("recommendation", "plant", "state", "grade", "unit")
    return pl.DataFrame(rows, schema=dict.fromkeys(texts, pl.String) | dict.fromkeys(PARTS, pl.Float64))


def promised_figure(data: pl.DataFrame) -> Figure:
    """Return measured over promised, a panel a unit; below the line less came than was promised.

    Parameters
    ----------
    data : polars.DataFrame
        From `promised_data`.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    if data.is_empty():
        return empty_figure(TITLE, "No trial has measured a promise yet.")
    units = data["unit"].unique(maintain_order=True).to_list()
    figure = make_subplots(rows=len(units), cols=1, vertical_spacing=0.16 / len(units))
    for number, unit in enumerate(units, start=1):
        panel = data.filter(pl.col("unit") == unit)
        ends = [0.0, *(value for part in PARTS for value in panel[part].drop_nulls().to_list())]
        line = go.Scatter(
            x=[min(ends), max(ends)],
            y=[min(ends), max(ends)],
            mode="lines",
            line={"color": SOFT, "dash": "dash", "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_trace(line, row=number, col=1)
        for word, is_verified, colour in (("verified", True, GREEN), ("not verified", False, GREY)):
            own = panel.filter((pl.col("state") == "verified") == is_verified)
            if own.is_empty():
                continue
            figure.add_trace(
                go.Scatter(
                    x=own["promised"],
                    y=own["measured"],
                    error_x=_spread(own, "promised"),
                    error_y=_spread(own, "measured"),
                    mode="markers+text" if panel.height <= LABELLED else "markers",
                    text=[_label(r, p) for r, p in own.select("recommendation", "plant").iter_rows()],
                    textposition=[_side(x, ends) for x in own["promised"].to_list()],
                    textfont={"size": 10, "color": SOFT},
                    name=word,
                    legendgroup=word,
                    showlegend=number == 1,
                    marker={"color": colour, "size": 11},
                    customdata=[f"{plain(r)}, grade {g}" for r, g in own.select("recommendation", "grade").iter_rows()],
                    hovertemplate="%{customdata}<br>promised %{x:,.4~g}, measured %{y:,.4~g}<extra></extra>",
                ),
                row=number,
                col=1,
            )
        below = f"<br>{STROKES}" if number == len(units) else ""
        figure.update_xaxes(title_text=axis_title("promised", unit) + below, row=number, col=1)
        figure.update_yaxes(title_text=axis_title("measured", unit), row=number, col=1)
    figure.update_layout(template=figure_theme(), title_text=TITLE, height=76 + 340 * len(units), margin_t=84)
    return figure


def _label(recommendation: str, plant: str) -> str:
    """The plant, and the end by which its recommendations differ and are named on the command line."""
    return f"{plain(plant, LABEL_PLANT)} {plain(recommendation[-LABEL_ID:])}"


def _side(promised: float | None, ends: Sequence[float]) -> str:
    """Where a label stands: off both strokes, and to the left where the panel ends soon."""
    late = min(ends) + LATE * (max(ends) - min(ends))
    return "top left" if promised is not None and promised > late else "top right"


def _spread(own: pl.DataFrame, kind: str) -> dict[str, object]:
    ends = own.select(
        (pl.col(f"{kind}_high") - pl.col(kind)).fill_null(0.0).alias("up"),
        (pl.col(kind) - pl.col(f"{kind}_low")).fill_null(0.0).alias("down"),
    )
    return {"type": "data", "array": ends["up"], "arrayminus": ends["down"], "width": 4, "thickness": 1.2}
