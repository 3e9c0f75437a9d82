"""The result as a printed table, and as one self-contained page with plotly figures."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["page_html", "printed"]

COLOURS = {
    "ours": "#0072B2",
    "oracle": "#4b5666",
    "forest": "#009E73",
    "quadratic": "#E69F00",
    "gp": "#D55E00",
    "baybe": "#CC79A7",
}
# Okabe and Ito (2008)
GREY = "#9aa5b1"
COLUMNS = (
    ("share", "gain realised"),
    ("promised_over_real", "promised/real"),
    ("low_held", "low end held"),
    ("proposed", "proposed"),
    ("pointless", "pointless"),
    ("warned", "warned"),
    ("over", "over a limit"),
    ("over_strict", "over, strict"),
)
NOTES = (
    "gain realised: true gain of the proposals over the best true gain within bounds, step and limits, sums over plants, in "
    "standard deviations of what a period scatters by itself.",
    "promised/real: ratio of sums over the proposals. low end held: share of proposals whose true gain reached the promised "
    "low end (methods without an interval have none).",
    "proposed: share of plants. pointless: share of proposals among plants whose attainable gain is less than one standard "
    "error of a switchback trial of eight weeks. warned: share of proposals whose record warns of a cause that nobody records.",
    "over a limit: share of plants where the true share of single periods over a limit exceeds max(5 %, today + 2 points); "
    "strict: where the share held falls below min(95 %, today) by more than 1 point.",
    "cpu s each: mean processor time of an answer, one core.",
    "Intervals are 90 %: ratios by bootstrap over plants (1,000 draws), rates by Clopper and Pearson.",
)


def printed(summary: pl.DataFrame) -> str:
    """Return the table as text."""
    heads = ["family", "method", "plants", *(label for _, label in COLUMNS), "cpu s each"]
    rows = []
    for row in summary.iter_rows(named=True):
        cells = [_cell(row, key) for key, _ in COLUMNS]
        failed = f" ({row['failed']} failed)" if row["failed"] else ""
        rows.append([row["family"], row["method"], f"{row['plants']}{failed}", *cells, f"{row['seconds']:.1f}"])
    widths = [max(len(r[i]) for r in [heads, *rows]) for i in range(len(heads))]
    lines, last, split = [], "", ""
    for line, row in zip(rows, summary.iter_rows(named=True), strict=True):
        if row["split"] != split:
            split = row["split"]
            lines += ["", f"{split} families", "  ".join(h.ljust(w) for h, w in zip(heads, widths, strict=True))]
        shown = [line[0] if line[0] != last else "", *line[1:]]
        last = line[0]
        lines.append("  ".join(c.ljust(w) for c, w in zip(shown, widths, strict=True)).rstrip())
    return "\n".join([*lines, "", *NOTES])


def page_html(outcomes: pl.DataFrame, summary: pl.DataFrame, targets: Sequence[str], about: Mapping[str, str]) -> str:
    """Return one page: figures, targets, table and what the columns mean; nothing is loaded from elsewhere.

    Parameters
    ----------
    targets : sequence of str
        As `targets.target_lines` returns them.
    about : mapping of str to str
        What is special about each family.
    """
    from plotly.offline import get_plotlyjs

    several = summary["split"].n_unique() > 1
    label = pl.when(pl.col("family").str.starts_with("all") & several).then(pl.format("{} ({})", "family", "split"))
    summary = summary.with_columns(label.otherwise(pl.col("family")).alias("family"))
    figures = "".join(
        figure.to_html(full_html=False, include_plotlyjs=False, config={"displaylogo": False})
        for figure in (share_figure(summary), promise_figure(outcomes), rates_figure(summary))
    )
    present = [name for name in about if name in set(outcomes["family"])]
    lists = "".join(
        f"<h2>{title}</h2><ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul>"
        for title, lines in (
            ("What is asked", targets),
            ("Families", [f"{name}: {about[name]}" for name in present]),
            ("What the columns mean", NOTES),
        )
    )
    style = (
        "body{font-family:system-ui,'DejaVu Sans',sans-serif;margin:2em auto;max-width:1200px;color:#1b2430}"
        "table{border-collapse:collapse;font-size:12px}td,th{padding:2px 8px;text-align:right;border-bottom:1px solid #e6eaee}"
        "td:nth-child(-n+2),th:nth-child(-n+2){text-align:left}.ours td{background:#eef5fb}"
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Do promises hold?</title><style>{style}</style>'
        f"<script>{get_plotlyjs()}</script></head><body><h1>Do promises hold?</h1>{figures}{_table_html(summary)}"
        f"{lists}</body></html>\n"
    )


def share_figure(summary: pl.DataFrame) -> Figure:
    """Return the share of the attainable gain realised, a line a family, a mark a method."""
    return _dots(summary, "share", "Share of the attainable gain realised", [0.0, 1.0])


def rates_figure(summary: pl.DataFrame) -> Figure:
    """Return the share of plants with a proposal, where nothing is worth proposing."""
    return _dots(summary, "pointless", "Proposals where nothing is worth a trial", [0.0, 0.05])


def promise_figure(outcomes: pl.DataFrame) -> Figure:
    """Return promised against real gains, a point a proposal."""
    import plotly.graph_objects as go

    made = outcomes.filter((pl.col("status") == "proposed") & (pl.col("method") != "oracle") & pl.col("promised").is_not_null())
    figure = go.Figure()
    top = float(made["promised"].quantile(0.99) or 1.0) if made.height else 1.0
    figure.add_scatter(x=[0, top], y=[0, top], mode="lines", line={"color": GREY, "dash": "dot"}, name="promise kept")
    for method in made["method"].unique(maintain_order=True):
        own = made.filter(pl.col("method") == method)
        figure.add_scatter(
            x=own["promised"], y=own["real"], mode="markers", name=method,
            marker={"color": COLOURS.get(method, GREY), "size": 6}, visible=True if method == "ours" else "legendonly",
            text=[f"{f} {s}" for f, s in own.select("family", "seed").iter_rows()],
        )  # fmt: skip
    figure.update_layout(
        template="plotly_white", height=520, title_text="Promised and real gain of every proposal (click a method to show it)",
        xaxis_title="promised [sd of a period]", yaxis_title="real [sd of a period]",
    )  # fmt: skip
    return figure


def _dots(summary: pl.DataFrame, key: str, title: str, marks: list[float]) -> Figure:
    import plotly.graph_objects as go

    rows = summary.filter(pl.col(key).is_not_nan() & pl.col(key).is_not_null())
    names = rows["family"].unique(maintain_order=True).to_list()
    methods = rows["method"].unique(maintain_order=True).to_list()
    figure = go.Figure()
    for i, method in enumerate(methods):
        own = rows.filter(pl.col("method") == method)
        x = own[key].to_numpy()
        figure.add_scatter(
            x=x,
            y=[names.index(f) + 0.7 * ((i + 0.5) / len(methods) - 0.5) for f in own["family"]],
            mode="markers",
            name=method,
            marker={"color": COLOURS.get(method, GREY), "size": 9 if method == "ours" else 6},
            error_x={
                "type": "data", "symmetric": False, "thickness": 1, "width": 0,
                "array": own[f"{key}_high"].to_numpy() - x, "arrayminus": x - own[f"{key}_low"].to_numpy(),
            },
            hovertext=own["family"],
        )  # fmt: skip
    for mark in marks:
        figure.add_vline(x=mark, line={"color": GREY, "dash": "dot", "width": 1})
    low = min(-0.2, float(rows[key].to_numpy().min(initial=0.0)) - 0.1) if key == "share" and rows.height else -0.02
    figure.update_layout(
        template="plotly_white", title_text=title, height=160 + 46 * max(len(names), 1),
        yaxis={"tickvals": list(range(len(names))), "ticktext": names, "autorange": "reversed", "automargin": True},
        xaxis={"range": [max(low, -2.0), 1.05]},
    )  # fmt: skip
    return figure


def _table_html(summary: pl.DataFrame) -> str:
    heads = "".join(f"<th>{h}</th>" for h in ("family", "method", "plants", *(label for _, label in COLUMNS), "cpu s each"))
    body = ""
    for row in summary.iter_rows(named=True):
        cells = "".join(f"<td>{html.escape(_cell(row, key))}</td>" for key, _ in COLUMNS)
        first = "".join(f"<td>{html.escape(str(row[key]))}</td>" for key in ("family", "method", "plants"))
        body += f'<tr class="{html.escape(row["method"])}">{first}{cells}<td>{row["seconds"]:.1f}</td></tr>'
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _cell(row: dict[str, float], key: str) -> str:
    """0.85 (0.80 to 0.90); a dash where there is none."""
    value, low, high = row[key], row[f"{key}_low"], row[f"{key}_high"]
    if value is None or value != value:
        return "-"
    return f"{value:.2f}" if low is None or low != low else f"{value:.2f} ({low:.2f}..{high:.2f})"
