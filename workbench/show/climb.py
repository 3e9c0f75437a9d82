"""Step by step on the plant: what each promised, what its trial measured, and what the plant then stood at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.show.theme import BLUE, GREEN, GREY, VERMILLION, axis_title, empty_figure, figure_theme, plain

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["climb_figure"]

TITLE = "Step by step: promised, measured, and where the plant stood"


def climb_figure(data: pl.DataFrame) -> Figure:
    """Return panels over the steps: gain promised and measured with intervals, money a year, and the truth before each step.

    Parameters
    ----------
    data : polars.DataFrame
        A row a step: `step`, `moves`, `unit`, `promised`, `measured` with `_low` and `_high`, `verdict`, `grade`,
        `truth_name`, `truth_before`, `money` with `_low` and `_high`, `currency`; what does not exist is null. `true_gain`
        where the plant is simulated.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    tried = data.drop_nulls("promised")
    if tried.is_empty():
        return empty_figure(TITLE, "No step was proposed.")
    figure = make_subplots(rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.07)
    for kind, colour, shift in (("promised", BLUE, -0.08), ("measured", VERMILLION, 0.08)):
        own = tried.drop_nulls([kind, f"{kind}_low", f"{kind}_high"])
        spread = {"type": "data", "array": own[f"{kind}_high"] - own[kind], "arrayminus": own[kind] - own[f"{kind}_low"]}
        words = [
            f"{plain(m, 90)}<br>{v or 'not decided'}, grade {g}"
            for m, v, g in own.select("moves", "verdict", "grade").iter_rows()
        ]
        figure.add_trace(
            go.Scatter(
                x=own["step"] + shift,
                y=own[kind],
                error_y=spread,
                mode="markers",
                name=kind,
                marker={"color": colour, "size": 10},
                customdata=words,
                hovertemplate=f"{kind} %{{y:.4~g}}<br>%{{customdata}}<extra></extra>",
            ),
            row=1,
            col=1,
        )
    if "true_gain" in tried.columns:
        marks = {"symbol": "diamond-open", "size": 11, "color": GREEN, "line_width": 2}
        figure.add_trace(
            go.Scatter(x=tried["step"], y=tried["true_gain"], mode="markers", name="true (simulator)", marker=marks),
            row=1,
            col=1,
        )
    proved = tried["verdict"] == "verified"
    figure.add_hline(y=0, line={"color": GREY, "width": 1}, row=1, col=1)
    for word, mask, colour in (("verified", proved, GREEN), ("not verified", ~proved, GREY)):
        part = tried.filter(mask)
        if part.is_empty():
            continue
        marks = {"mode": "markers", "marker": {"symbol": "square", "size": 9, "color": colour}, "name": word}
        figure.add_trace(go.Scatter(x=part["step"], y=[0.0] * part.height, hoverinfo="skip", **marks), row=1, col=1)
    priced = tried.drop_nulls(["money", "money_low", "money_high"])
    if not priced.is_empty():
        shades = [GREEN if verdict == "verified" else GREY for verdict in priced["verdict"]]
        ends = {
            "type": "data",
            "array": priced["money_high"] - priced["money"],
            "arrayminus": priced["money"] - priced["money_low"],
        }
        bars = {"width": 0.3, "marker_color": shades, "showlegend": False, "hovertemplate": "%{y:,.4~g}", "name": ""}
        figure.add_trace(go.Bar(x=priced["step"], y=priced["money"], error_y=ends, **bars), row=2, col=1)
        figure.update_yaxes(title_text=axis_title("measured", f"{priced['currency'][0]}/year"), row=2, col=1)
    stood = {
        "mode": "lines+markers",
        "line": {"color": GREEN},
        "showlegend": False,
        "hovertemplate": "%{y:.5~g}<extra></extra>",
    }
    figure.add_trace(go.Scatter(x=data["step"], y=data["truth_before"], **stood), 3, 1)
    figure.update_yaxes(title_text=axis_title("gain", tried["unit"][0]), row=1, col=1)
    figure.update_yaxes(title_text=plain(data["truth_name"][0]), row=3, col=1)
    figure.update_xaxes(dtick=1, range=[0.5, data.height + 0.5])
    figure.update_xaxes(title_text="step", row=3, col=1)
    figure.update_layout(template=figure_theme(), title_text=TITLE, height=680, margin_t=84)
    return figure
