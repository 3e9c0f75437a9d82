"""Cells of the notebook that goes with an export: totals, score card, and the comparison with the exported tables."""

from __future__ import annotations

from workbench.verify.providers import T95

__all__ = ["COMPARE", "COMPARE_WORDS", "SCORE", "SCORE_WORDS", "TOTAL", "TOTAL_WORDS"]

TOTAL_WORDS = """\
## Totals

A total a currency, of everything and by plant, unit, provider and year. Money of the objectives alone is added up; quantities
such as tonnes saved stand apart. The recommendations count as independent: the variances of what they earned add, and of the
intervals the squares of the lower sides, and of the upper ones."""

TOTAL = """\
width = pl.col("earned_high") - pl.col("earned_low")
scale = pl.when(width > 0).then(2 * z_of(0.9) * pl.col("earned_sd") / width).otherwise(0.0)


def total(group):
    key = pl.lit("all") if group == "all" else pl.col(group).cast(pl.String)
    both = pl.col("settled") & pl.col("value_promised").is_not_null() & pl.col("value_measured").is_not_null()
    of_lines = (
        lines.filter(pl.col("currency").is_not_null())
        .group_by(key.alias("key"), "currency")
        .agg(
            pl.len().cast(pl.Int64).alias("promises"),
            both.sum().cast(pl.Int64).alias("settled"),
            pl.col("verified").sum().cast(pl.Int64),
            pl.col("value_promised").filter(both).sum().alias("promised"),
            pl.col("value_measured").filter(both).sum().alias("measured"),
            pl.col("value_now").sum(),
            pl.col("earned").sum(),
            (pl.col("earned_sd") ** 2).sum().sqrt().alias("sd"),
            (((pl.col("earned") - pl.col("earned_low")) * scale) ** 2).sum().sqrt().alias("below"),
            (((pl.col("earned_high") - pl.col("earned")) * scale) ** 2).sum().sqrt().alias("above"),
        )
    )
    of_costs = costs.group_by(key.alias("key"), "currency").agg(pl.col("amount").sum().alias("cost"))
    return (
        of_lines.join(of_costs, on=["key", "currency"], how="full", coalesce=True)
        .with_columns(pl.lit(group).alias("group"), pl.exclude("key", "currency").fill_null(0))
        .with_columns(
            pl.when(pl.col("promised") != 0).then(pl.col("measured") / pl.col("promised")).alias("ratio"),
            (pl.col("earned") - pl.col("below")).alias("earned_low"),
            (pl.col("earned") + pl.col("above")).alias("earned_high"),
            (pl.col("earned") - pl.col("cost")).alias("net"),
        )
        .with_columns(
            pl.when(((pl.col("verified") > 0) | (pl.col("cost") != 0)) & ~is_nothing())
            .then(pl.struct("net", "sd").map_elements(lambda s: phi(s["net"], s["sd"]), return_dtype=pl.Float64))
            .alias("probability")
        )
        .sort("key", "currency")
    )


totals = pl.concat([total(group) for group in ("all", "plant", "unit", "provider", "year")])
totals.select("group", "key", "currency", "verified", "promised", "measured", "earned", "cost", "net", "probability")"""

SCORE_WORDS = """\
## Score card

Mean of measured over promised gain of each provider, with its 90 % interval by Student's t; cut at 1. A provider's rank is 1
and the number of providers whose interval lies wholly above its own: equal ranks are ties."""

SCORE = """\
T95 = %s  # Student's t, 95 %% points, 1 to 30 degrees of freedom
settled = lines.filter(pl.col("settled") & (pl.col("promised") != 0)).with_columns(
    (pl.col("measured") / pl.col("promised")).alias("quotient"),
    (
        (pl.col("measured") - pl.col("promised")).abs()
        <= (
            ((pl.col("promised_high") - pl.col("promised_low")) / 2) ** 2
            + ((pl.col("measured_high") - pl.col("measured_low")) / 2) ** 2
        ).sqrt()
    )
    .fill_null(False)
    .alias("agrees"),
)
paid = costs.filter(pl.col("provider") != "").select("provider")
names = pl.concat([lines.select("provider"), paid]).unique().sort("provider")
z = z_of(0.9)
cards = (
    names.join(
        lines.group_by("provider").agg(
            pl.len().alias("promises"),
            pl.col("verified").sum(),
            ((pl.col("since").min() - pl.col("promised_at").min()).dt.total_microseconds() / 86400e6).alias("days_to_value"),
        ),
        on="provider",
        how="left",
    )
    .join(
        settled.group_by("provider").agg(
            pl.len().alias("settled"),
            pl.col("quotient").mean().alias("ratio"),
            pl.col("quotient").std().alias("spread"),
            pl.col("agrees").sum().alias("covered"),
        ),
        on="provider",
        how="left",
    )
    .with_columns(pl.col("promises", "verified", "settled", "covered").fill_null(0).cast(pl.Int64))
    .with_columns(
        pl.when(pl.col("settled") > 1)
        .then(
            (pl.col("settled") - 1).map_elements(lambda n: T95[n - 1] if 0 < n <= 30 else z, return_dtype=pl.Float64)
            * pl.col("spread")
            / pl.col("settled").sqrt()
        )
        .alias("half"),
        (pl.col("covered") / pl.col("settled")).fill_nan(None).alias("coverage"),
    )
    .with_columns(
        (pl.col("ratio") - pl.col("half")).alias("ratio_low"),
        (pl.col("ratio") + pl.col("half")).alias("ratio_high"),
        pl.min_horizontal("ratio", pl.lit(1.0)).alias("capped"),
        ((pl.col("coverage") + z * z / (2 * pl.col("settled"))) / (1 + z * z / pl.col("settled"))).alias("middle"),
        (
            z
            / (1 + z * z / pl.col("settled"))
            * (
                pl.col("coverage") * (1 - pl.col("coverage")) / pl.col("settled") + z * z / (4 * pl.col("settled") ** 2)
            ).sqrt()
        ).alias("width"),
    )
    .with_columns(
        pl.when(pl.col("ratio").is_not_null()).then("capped").alias("score"),
        (pl.col("middle") - pl.col("width")).clip(lower_bound=0.0).alias("coverage_low"),
        (pl.col("middle") + pl.col("width")).clip(upper_bound=1.0).alias("coverage_high"),
    )
)
mine = cards.select("provider", pl.min_horizontal("ratio_high", pl.lit(1.0)).alias("mine"), "ratio_high")
theirs = cards.filter(pl.col("ratio_low").is_not_null()).select(pl.min_horizontal("ratio_low", pl.lit(1.0)).alias("theirs"))
better = (
    mine.join(theirs, how="cross")
    .filter(pl.col("ratio_high").is_not_null() & (pl.col("theirs") > pl.col("mine")))
    .group_by("provider")
    .agg(pl.len().cast(pl.Int64).alias("better"))
)
scores = cards.join(better, on="provider", how="left").with_columns(
    pl.when(pl.col("ratio").is_not_null()).then(1 + pl.col("better").fill_null(0)).alias("rank")
)
scores.select("provider", "rank", "ratio", "ratio_low", "ratio_high", "coverage", "days_to_value")""" % (repr(T95),)  # noqa: UP031

COMPARE_WORDS = """\
## Against the exported tables"""

COMPARE = """\
def compare(ours, name, keys):
    theirs = pl.read_parquet(FOLDER / f"{name}.parquet")
    assert ours.height == theirs.height, f"{name}: {ours.height} rows here, {theirs.height} exported"
    both = theirs.join(ours, on=keys, how="left", suffix=" again", nulls_equal=True)
    worst = 0.0
    for column in [c for c in theirs.columns if c not in keys and c in ours.columns]:
        for a, b in both.select(column, f"{column} again").iter_rows():
            if isinstance(a, float) and isinstance(b, float):
                worst = max(worst, abs(a - b) / max(1.0, abs(a)))
            else:
                assert a == b, f"{name}.{column}: {a} exported, {b} here"
    assert worst <= 1e-9, f"{name}: a figure differs by {worst}"
    return worst


checked = {
    "lines": compare(lines, "lines", ["recommendation"]),
    "totals": compare(totals, "totals", ["group", "key", "currency"]),
    "scores": compare(scores, "scores", ["provider"]),
}
print("all figures are the same; largest difference", max(checked.values()))"""
