"""What every admissible order of a trial would have shown if the settings did nothing, and what the real one showed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.show.digits import share_text
from workbench.show.theme import GREY, INK, ORANGE, VERMILLION, axis_title, empty_figure, figure_theme
from workbench.switchback.effect import TIE
from workbench.verify.picture import TrialPicture
from workbench.wording import unit_of_change

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["randomisation_data", "randomisation_figure"]

TITLE = "Could luck alone have done it?"
BARS = 41


def randomisation_data(picture: TrialPicture) -> pl.DataFrame:
    """Return one row an order: `difference` [unit], `is_observed`, `at_least` (looks as good as the real one), `unit`.

    Parameters
    ----------
    picture : TrialPicture
        Of any trial.
    """
    orders = picture.orders
    observed = float(orders[0]) if orders.size else 0.0
    slack = TIE * float(np.abs(orders).max()) if orders.size else 0.0
    return pl.DataFrame(
        {
            "difference": orders,
            "is_observed": np.arange(orders.size) == 0,
            "at_least": orders >= observed - slack,
            "unit": [picture.plan.unit] * orders.size,
        },
        schema={"difference": pl.Float64, "is_observed": pl.Boolean, "at_least": pl.Boolean, "unit": pl.String},
    )


def randomisation_figure(data: pl.DataFrame) -> Figure:
    """Return the distribution over the orders as bars, those as good as the real one in colour, the real one as a line.

    Parameters
    ----------
    data : polars.DataFrame
        From `randomisation_data`.
    """
    import plotly.graph_objects as go

    if data.is_empty():
        return empty_figure(TITLE, "The plan has reached no look at the results yet, or no pair of blocks is complete.")
    values = data["difference"].to_numpy()
    observed = float(data.filter("is_observed")["difference"][0])
    reach = float(np.abs(values).max()) or 1.0
    width = 2.0 * reach / BARS
    figure = go.Figure()
    mask = data["at_least"].to_numpy()
    for own, colour, name in ((values[~mask], GREY, "look worse"), (values[mask], ORANGE, "look at least as good")):
        counts, ends = np.histogram(own, bins=BARS, range=(-reach - width / 2, reach + width / 2))
        centres = (ends[:-1] + ends[1:]) / 2
        shares = 100.0 * counts / values.size
        hover = "%{x:.3~g}: %{y:.2f} % of the orders<extra></extra>"
        figure.add_bar(x=centres, y=shares, name=f"{name} ({own.size:,})", marker_color=colour, hovertemplate=hover)
    figure.add_vline(x=0, line={"color": INK, "width": 1})
    figure.add_vline(x=observed, line={"color": VERMILLION, "width": 2}, annotation_text="the real order")
    figure.update_yaxes(title_text="share of the orders [%]")
    figure.update_xaxes(title_text=axis_title("difference, proposed less present", unit_of_change(data["unit"][0])))
    title = f"{TITLE} {share_text(float(mask.mean()))} of {values.size:,} orders look as good"
    figure.update_layout(template=figure_theme(), title_text=title, barmode="stack", bargap=0.03, height=340, margin_t=90)
    return figure
