"""What one standard deviation of each setting is worth: improvement of the objective with its interval, the largest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.show.digits import number_text
from workbench.show.theme import BLUE, GREY, SOFT, axis_title, empty_figure, figure_theme, plain
from workbench.wording import shown_unit, unit_of_change

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["effects_data", "effects_figure"]

PANEL = 42  # [px] a setting


def effects_data(effects: pl.DataFrame) -> pl.DataFrame:
    """Return the effects that are known, the largest first, with the label of each and whether it stands clear of zero.

    Parameters
    ----------
    effects : polars.DataFrame
        `setting`, `unit`, `choice` (String; null for numbers), `step` (Float64, one standard deviation) [`unit`], `gain`,
        `low`, `high` (Float64, null for a setting that never moved; positive is better) [objective's unit].

    Returns
    -------
    polars.DataFrame
        Columns `label`, `step_text`, `gain`, `low`, `high`, `clear` (Boolean).
    """
    known = effects.drop_nulls("gain")
    labels, steps = [], []
    for name, unit, choice, step in known.select("setting", "unit", "choice", "step").iter_rows():
        labels.append(plain(name, 30).replace("_", " "))
        steps.append(
            f"at {plain(choice, 20)}" if choice is not None else f"+{number_text(step)} {plain(shown_unit(unit), 16)}".strip()
        )
    return (
        known.select(
            pl.Series("label", labels, dtype=pl.String),
            pl.Series("step_text", steps, dtype=pl.String),
            "gain",
            "low",
            "high",
            ((pl.col("low") > 0) | (pl.col("high") < 0)).alias("clear"),
        )
        .with_columns(pl.col("gain").abs().alias("size"))
        .sort("size", descending=True, maintain_order=True)
        .drop("size")
    )


def effects_figure(data: pl.DataFrame, *, unit: str = "", before_costs: bool = False) -> Figure:
    """Return a line a setting: the improvement when it goes up by one standard deviation, with its interval, against zero.

    Parameters
    ----------
    data : polars.DataFrame
        From `effects_data`.
    unit : str
        Unit of the objective.
    before_costs : bool
        True where the sheet has running costs, which the improvements do not count.
    """
    import plotly.graph_objects as go

    title = "One standard deviation up, one setting at a time"
    if data.is_empty():
        return empty_figure(title, "No setting moved, or nothing was learned from these records.")
    rows = list(range(data.height))
    figure = go.Figure()
    figure.add_vline(x=0, line={"color": SOFT, "width": 1.2})
    for clear, colour, name in ((True, BLUE, "clear of zero"), (False, GREY, "could be nothing")):
        part = data.with_row_index("row").filter(pl.col("clear") == clear)
        spread = {
            "type": "data",
            "array": part["high"] - part["gain"],
            "arrayminus": part["gain"] - part["low"],
            "color": colour,
            "thickness": 2.5,
            "width": 6,
        }
        figure.add_trace(
            go.Scatter(
                x=part["gain"],
                y=part["row"],
                error_x=spread,
                mode="markers",
                marker={"color": colour, "size": 10},
                name=name,
                customdata=part["label"] + " " + part["step_text"],
                hovertemplate="%{customdata}: %{x:.3~g}<extra></extra>",
                showlegend=not part.is_empty(),
            )
        )
    labels = [
        f"{name}<br><span style='color:{SOFT}'>{step}</span>" for name, step in data.select("label", "step_text").iter_rows()
    ]
    before = " before costs" if before_costs else ""
    figure.update_yaxes(tickvals=rows, ticktext=labels, range=[data.height - 0.4, -0.6], showgrid=False)
    figure.update_xaxes(title_text=axis_title(f"improvement{before}, with its 90 % interval", unit_of_change(unit), 60))
    height = 150 + PANEL * data.height
    figure.update_layout(
        template=figure_theme(), title_text=title, height=height, margin_t=76, legend_y=1 + 6 / (height - 124), showlegend=True
    )
    return figure
