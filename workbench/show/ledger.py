"""Where every reading and every period went: in = used + set aside by reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.records import History, Lineage, RowLedger
from workbench.show.digits import share_text
from workbench.show.theme import BLUE, GREY, ORANGE, empty_figure, figure_theme, plain
from workbench.wording import many

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["ledger_data", "ledger_figure"]

USED = "used"
SCHEMA = {"table": pl.String, "reason": pl.String, "rows": pl.Int64, "share": pl.Float64, "used": pl.Boolean}
REASONS_SHOWN = 10  # of each table; the rarer ones are drawn as one bar


def ledger_data(source: History | Lineage) -> pl.DataFrame:
    """Return what was used and what was set aside, of the source's readings and of the periods, or batches.

    Parameters
    ----------
    source : History or Lineage
        The history itself, or the lineage of a recommendation.

    Returns
    -------
    polars.DataFrame
        Columns `table` (`readings`, and `periods` or `batches`), `reason` (`used` first, then by count), `rows` (readings,
        periods or batches) [-], `share` of all in the table, 0 to 1 (null where there are none), `used` (Boolean). A wide row
        of N needed cells is N readings.
    """
    if isinstance(source, History):
        tables = {"readings": source.ledger, many(source.row): source.periods}
    else:
        aside = sum(source.periods_set_aside.values())
        tables = {
            "readings": RowLedger(source.records_read, _completed(source.set_aside, source.records_read - source.records_used)),
            many(source.row): RowLedger(source.periods_used + aside, source.periods_set_aside),
        }
    rows = []
    for table, ledger in tables.items():
        reasons = sorted(((r, n) for r, n in ledger.set_aside.items() if n), key=lambda item: (-item[1], item[0]))
        for reason, count in [(USED, ledger.rows_used), *reasons]:
            share = count / ledger.rows_in if ledger.rows_in else None
            rows.append({"table": table, "reason": reason, "rows": count, "share": share, "used": reason == USED})
    return pl.DataFrame(rows, schema=SCHEMA)


def ledger_figure(data: pl.DataFrame) -> Figure:
    """Return horizontal bars of shares, one group for readings and one for periods, counts written at each bar.

    Parameters
    ----------
    data : polars.DataFrame
        From `ledger_data`.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    title = f"Where every reading and {'batch' if 'batches' in data['table'] else 'period'} went"
    if data["rows"].sum() == 0:
        return empty_figure(title, "The source has no readings.")
    groups = [_folded(data.filter(pl.col("table") == t)) for t in data["table"].unique(maintain_order=True)]
    bars = [g.height for g in groups]
    heads = [f"{plain(g['table'][0])}: {g['rows'].sum():,} in" for g in groups]
    height = 26 * sum(bars) + 60 * len(groups) + 90
    figure = make_subplots(
        rows=len(groups), cols=1, shared_xaxes=True, row_heights=bars, vertical_spacing=56 / height, subplot_titles=heads
    )
    for number, group in enumerate(groups, start=1):
        texts = [f"{n:,} ({share_text(s)})" for n, s in group.select("rows", pl.col("share").fill_null(0.0)).iter_rows()]
        colours = [
            BLUE if used else (GREY if reason == "other reasons" else ORANGE)
            for used, reason in group.select("used", "reason").iter_rows()
        ]
        reasons = [plain(r) for r in group["reason"]]
        bar = go.Bar(
            x=group["share"] * 100,
            y=list(range(group.height)),  # by number: two long reasons may be shortened alike
            orientation="h",
            marker_color=colours,
            text=texts,
            textposition="outside",
            cliponaxis=False,
            customdata=reasons,
            hovertemplate="%{customdata}: %{text}<extra></extra>",
            showlegend=False,
        )
        figure.add_trace(bar, row=number, col=1)
        ticks = {"tickvals": list(range(group.height)), "ticktext": reasons}
        figure.update_yaxes(range=[group.height - 0.5, -0.5], **ticks, row=number, col=1)
    figure.update_yaxes(showgrid=False, ticks="")
    figure.update_xaxes(range=[0, 128], tickvals=[0, 20, 40, 60, 80, 100])
    figure.update_xaxes(title_text="share of what came in [%]", row=len(groups), col=1)
    figure.update_annotations(x=0, xanchor="left", font_size=12)
    figure.update_layout(template=figure_theme(), title_text=title, height=height, bargap=0.3, margin_t=76)
    return figure


def _completed(aside: dict[str, int], total: int) -> dict[str, int]:
    """Rows set aside without a reason in the record still count."""
    rest = total - sum(aside.values())
    return {**aside, "reason not recorded": rest} if rest > 0 else dict(aside)


def _folded(group: pl.DataFrame) -> pl.DataFrame:
    if group.height <= REASONS_SHOWN + 1:
        return group
    head, tail = group.head(REASONS_SHOWN), group.slice(REASONS_SHOWN)
    rest = tail.select(
        pl.col("table").first(), pl.lit("other reasons").alias("reason"), pl.col("rows", "share").sum(), pl.col("used").first()
    )
    return pl.concat([head, rest.select(head.columns)])
