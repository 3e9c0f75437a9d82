"""Cells of the notebook that goes with an export: when each gain earns, and what it earned and cost."""

from __future__ import annotations

__all__ = ["EARN", "EARN_WORDS", "END", "END_WORDS"]

END_WORDS = """\
## When it earns

From its verdict until a rollback, or the verdict of a later verified recommendation of the plant that moves one of its
settings and does not build on it. The later one builds on it where every setting that this one moved and the later one names
begins nearer to what was proposed here than to what was present here, and goes back to the middle between the two at most. A
choice begins as proposed here and does not return to what was present here. Where the later one is rolled back and began so,
its settings are those of the earlier one again, which earns again, unless another later one that ends it is in use."""

END = """\
def number(value):
    return float(value) if isinstance(value, int | float) else None


def text(value):
    return json.dumps(value if number(value) is None else number(value))


columns = ["recommendation", "plant", "setting", "now", "now_number", "proposed", "proposed_number"]
moves = pl.DataFrame(
    [
        (name, plant, line["name"], *(of(line[key]) for key in ("now", "proposed") for of in (text, number)))
        for name, plant, body in state.select("recommendation", "plant", "payload_json").iter_rows()
        for line in json.loads(body)["record"]["settings"]
    ],
    schema={column: pl.Float64 if column.endswith("_number") else pl.String for column in columns},
    orient="row",
)
proved = measured.filter("verified").select("recommendation", "since", "verdict_seq").join(moves, on="recommendation")
shared = (
    proved.filter(pl.col("now") != pl.col("proposed"))
    .join(proved, on=["plant", "setting"], suffix=" later")
    .filter(pl.col("verdict_seq later") > pl.col("verdict_seq"))
)
kept, lost = (
    {key: (pl.col(f"{key}_number later") - pl.col(f"{own}_number")).abs() for key in ("now", "proposed")}
    for own in ("proposed", "now")
)
begins = pl.coalesce(kept["now"] < lost["now"], pl.col("now later") == pl.col("proposed"))
goes_on = pl.coalesce(kept["proposed"] <= lost["proposed"], pl.col("proposed later") != pl.col("now"))
against = (
    shared.group_by("recommendation", "recommendation later", "since later", "verdict_seq later")
    .agg(
        (pl.col("now later") != pl.col("proposed later")).any().alias("moves"),
        (begins & goes_on).all().alias("builds_on"),
        begins.all().alias("begins_here"),
    )
    .filter(pl.col("moves") & ~pl.col("builds_on"))
    .join(rollbacks, left_on="recommendation later", right_on="recommendation", how="left")
)
in_use = against.select("recommendation", pl.col("verdict_seq later").alias("in_seq"), pl.col("rolled_seq").alias("out_seq"))
blocked = (
    against.join(in_use, on="recommendation")
    .filter(pl.col("in_seq") < pl.col("rolled_seq"), pl.col("out_seq").is_null() | (pl.col("out_seq") > pl.col("rolled_seq")))
    .select("recommendation", "rolled_seq")
)
again = against.filter("begins_here").join(blocked, on=["recommendation", "rolled_seq"], how="anti")


def turns(frame, seq, moment, earns, by=None):
    kept = pl.col("recommendation"), pl.col(seq).alias("turn"), pl.col(moment).alias("from"), pl.lit(earns).alias("earns_now")
    return frame.select(*kept, pl.lit(by, pl.String).alias("by") if by is None else pl.col(by).alias("by"))


own_end = measured.filter("verified").select("recommendation").join(rollbacks, on="recommendation")
uses = (
    pl.concat(
        [
            turns(measured.filter("verified"), "verdict_seq", "since", True),
            turns(against, "verdict_seq later", "since later", False, "recommendation later"),
            turns(again.filter(pl.col("rolled_seq").is_not_null()), "rolled_seq", "rolled", True),
            turns(own_end, "rolled_seq", "rolled", False),
        ]
    )
    .join(own_end.select("recommendation", "rolled_seq"), on="recommendation", how="left")
    .filter(pl.col("rolled_seq").is_null() | (pl.col("turn") <= pl.col("rolled_seq")))
    .sort("recommendation", "turn")
    .filter(pl.col("earns_now") != pl.col("earns_now").shift(fill_value=False).over("recommendation"))
    .with_columns(
        pl.col("from").shift(-1).over("recommendation").alias("until"),
        pl.col("by").shift(-1).over("recommendation").alias("ended_by"),
    )
    .filter("earns_now")
    .select("recommendation", "from", "until", "ended_by")
)
last_use = uses.group_by("recommendation", maintain_order=True).last().drop("from")
measured = measured.join(last_use, on="recommendation", how="left").with_columns(
    (pl.col("verified") & pl.col("until").is_null() & pl.col("two_months_below").fill_null(False)).alias("fading")
)
uses"""

EARN_WORDS = """\
## What was earned

While it earns, the verified yearly value is earned evenly over 365 days; from the first moment (UTC) of a re-estimated month
on its share counts, 1 at most: only a verified gain earns. Until then the verdict's interval holds; from then on each side is
the wider one of that by the share and of the month's own interval. Errors are taken to go together, so that the ends add. What
was earned is taken as normal with the sd of that width; the probability that the net value is above zero is
Phi((earned - cost) / sd). Where earned and cost are both below half a unit of money there is neither a probability nor a
payback."""

EARN = """\
def phi(net, sd):
    if net is None or sd is None:  # rows that polars leaves out here
        return None
    if sd <= 0:
        return 1.0 if net > 0 else 0.0
    return 0.5 * (1.0 + math.erf(net / (sd * math.sqrt(2.0))))


def z_of(level):
    return NormalDist().inv_cdf(0.5 + level / 2)


def is_nothing():
    return (pl.col("earned").abs() < 0.5) & (pl.col("cost").abs() < 0.5)


YEAR = 86400e6 * 365  # microseconds
first_day = (pl.col("month") + "-01").str.to_datetime("%Y-%m-%d", time_unit="us", time_zone="UTC")
rates = measured.select(
    "recommendation",
    "measured",
    pl.coalesce("measured_level", "promised_level").map_elements(z_of, return_dtype=pl.Float64).alias("z"),
    *(
        pl.when("earns").then(f"value_measured{end}").otherwise(0.0).alias(f"rate{end}")
        for end in ("", "_low", "_high")
    ),
)
of_value = pl.col("worth").is_not_null()  # net of running costs; else the share of the gain itself
of_gain = pl.when(pl.col("measured") > 0).then("measured")
sides = {  # 0 where a row holds no ends
    name: pl.when(of_value).then(worth).otherwise(gain / of_gain).fill_null(0.0) * pl.col("z") / z_of(0.9)
    for name, worth, gain in [
        ("below", pl.col("worth") - pl.col("worth_low"), pl.col("gain") - pl.col("low")),
        ("above", pl.col("worth_high") - pl.col("worth"), pl.col("high") - pl.col("gain")),
    ]
}
starts = months.join(rates, on="recommendation").select(
    "recommendation",
    first_day.alias("from"),
    pl.coalesce("worth", "share").clip(upper_bound=1.0).alias("share"),
    *(side.alias(name) for name, side in sides.items()),
)


def stretches_to(end):  # a row a time in which it earns at one rate
    used = uses.join(last_month, on="recommendation", how="left").select(
        "recommendation", pl.col("from").alias("since"), end.alias("end")
    )
    before_use = (
        used.join(starts, on="recommendation")
        .filter(pl.col("from") <= pl.col("since"))
        .sort("from")
        .group_by("recommendation", "since")
        .agg(pl.col("share", "below", "above").last())
    )
    begin = used.join(before_use, on=["recommendation", "since"], how="left").select(
        *("recommendation", "since", "end", pl.col("since").alias("from"), pl.col("share").fill_null(1.0)),
        pl.col("below", "above").fill_null(0.0),
    )
    later = (
        used.join(starts, on="recommendation")
        .filter((pl.col("from") > pl.col("since")) & (pl.col("from") < pl.col("end")))
        .select("recommendation", "since", "end", "from", "share", "below", "above")
    )
    return (
        pl.concat([begin, later])
        .sort("recommendation", "from")
        .with_columns(pl.coalesce(pl.col("from").shift(-1).over("recommendation", "since"), "end").alias("to"))
        .with_columns(((pl.col("to") - pl.col("from")).dt.total_microseconds() / YEAR).clip(lower_bound=0.0).alias("years"))
    )


last_month = starts.group_by("recommendation").agg((pl.col("from").max() + pl.duration(days=28)).alias("last_month"))
stretches = stretches_to(pl.min_horizontal(pl.coalesce("until", pl.lit(at)), pl.lit(at)))
ends = [
    pl.col("rate_low") * pl.col("share"),
    pl.col("rate_high") * pl.col("share"),
    pl.col("rate") * (pl.col("share") - pl.col("below")),
    pl.col("rate") * (pl.col("share") + pl.col("above")),
]
in_use = stretches.join(rates, on="recommendation").group_by("recommendation", maintain_order=True)
time_in_use = in_use.agg(
    (pl.col("years") * pl.col("rate") * pl.col("share")).sum().alias("earned"),
    (pl.col("years") * pl.min_horizontal(*ends)).sum().alias("earned_low"),
    (pl.col("years") * pl.max_horizontal(*ends)).sum().alias("earned_high"),
    pl.col("share").last().alias("share_now"),
)
costs = (
    rows.filter(pl.col("kind") == "cost")
    .with_columns(
        said("payload_json", "$.amount", pl.Float64).alias("amount"),
        said("payload_json", "$.currency").alias("currency"),
        said("payload_json", "$.category").alias("category"),
        said("payload_json", "$.provider").alias("paid_to"),
    )
    .with_columns(pl.when(pl.col("amount").abs() <= 1e15).then("amount").otherwise(0.0))  # an older row's slip
    .join(state.select("recommendation", pl.col("provider").alias("advised_by")), on="recommendation", how="left")
    .join(state.group_by("plant").agg(pl.col("unit").last().alias("unit_of_plant")), on="plant", how="left")
    .with_columns(
        pl.coalesce("paid_to", "advised_by", pl.lit("")).alias("provider"),
        pl.col("unit_of_plant").fill_null("").alias("unit"),
        pl.col("time").dt.year().cast(pl.Int64).alias("year"),
    )
)
own_costs = costs.group_by("recommendation", "currency").agg(pl.col("amount").sum().alias("cost"))
# no single net value where money of another currency was put in
in_two = (
    own_costs.filter(pl.col("cost") != 0)
    .join(measured.select("recommendation", pl.col("currency").alias("earned_in")), on="recommendation")
    .filter(pl.col("currency") != pl.col("earned_in"))["recommendation"]
    .unique()
    .to_list()
)
lines = (
    measured.join(rates.drop("measured"), on="recommendation", how="left")
    .join(time_in_use, on="recommendation", how="left")
    .join(own_costs, on=["recommendation", "currency"], how="left")
    .with_columns(pl.col("cost", "earned", "earned_low", "earned_high").fill_null(0.0))
    .with_columns(
        ((pl.col("earned_high") - pl.col("earned_low")) / (2 * pl.col("z"))).alias("earned_sd"),
        pl.when("earns")
        .then(pl.when(pl.col("until").is_not_null()).then(0.0).otherwise(pl.col("rate") * pl.col("share_now").fill_null(1.0)))
        .alias("value_now"),
    )
    .with_columns((pl.col("earned") - pl.col("cost")).alias("net"))
    .with_columns(
        pl.when((pl.col("earns") | (pl.col("cost") != 0)) & ~pl.col("recommendation").is_in(in_two) & ~is_nothing())
        .then(pl.struct("net", "earned_sd").map_elements(lambda s: phi(s["net"], s["earned_sd"]), return_dtype=pl.Float64))
        .alias("probability")
    )
)
# payback: the first stretch in which earned reaches the cost, or beyond the last one at its rate, 1000 years on at most; the
# months estimated again count where they lie ahead of the clock
NEVER = 1000.0
ahead = pl.when(pl.col("until").is_null()).then(pl.max_horizontal(pl.lit(at), "last_month"))
foretold = stretches_to(ahead.otherwise(pl.min_horizontal("until", pl.lit(at))))
path = (
    foretold.join(lines.filter("earns").select("recommendation", "rate", "cost", "until"), on="recommendation")
    .sort("recommendation", "from")
    .with_columns((pl.col("rate") * pl.col("share")).alias("flow"))
    .with_columns((pl.col("flow") * pl.col("years")).alias("gained"))
    .with_columns(
        (pl.col("gained").cum_sum().over("recommendation") - pl.col("gained")).alias("gained_before"),
        (pl.col("years").cum_sum().over("recommendation") - pl.col("years")).alias("years_before"),
        (pl.col("from") == pl.col("from").max().over("recommendation")).alias("is_last"),
    )
    .with_columns(
        (
            (pl.col("flow") > 0)
            & (
                (pl.col("gained_before") + pl.col("gained") >= pl.col("cost"))
                | (
                    pl.col("is_last")
                    & pl.col("until").is_null()
                    & (pl.col("flow") * NEVER > pl.col("cost") - pl.col("gained_before") - pl.col("gained"))
                )
            )
        ).alias("reached"),
        ((pl.col("years_before") + (pl.col("cost") - pl.col("gained_before")) / pl.col("flow")) * 12).alias("reached_after"),
    )
)
reached = path.filter("reached").group_by("recommendation", maintain_order=True)
lines = lines.join(reached.agg(pl.col("reached_after").first().alias("payback")), on="recommendation", how="left").with_columns(
    pl.when(pl.col("recommendation").is_in(in_two) | is_nothing())
    .then(None)
    .when(pl.col("earns") & (pl.col("cost") <= 0))
    .then(pl.when(pl.col("rate") >= 0).then(0.0))
    .otherwise(pl.col("payback"))
    .alias("payback")
)
lines.select("recommendation", "state", "value_now", "earned", "cost", "net", "probability", "payback", "fading")"""
