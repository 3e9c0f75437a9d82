"""Cells of the notebook that goes with an export: from the rows of the log to a line a recommendation."""

from __future__ import annotations

__all__ = [
    "ABOUT",
    "CHAIN",
    "CHAIN_WORDS",
    "EARN",
    "EARN_WORDS",
    "END",
    "END_WORDS",
    "READ",
    "STATE",
    "STATE_WORDS",
    "VERDICT",
    "VERDICT_WORDS",
]

ABOUT = """\
# The ledger, recomputed

Every figure of this export again, from the rows of `log.parquet`, with polars and Python's own library and nothing of the
workbench. The last cell compares with the exported tables and stops where a figure differs by more than 1e-9 of its size."""

READ = """\
import hashlib
import json
import math
from datetime import datetime
from pathlib import Path
from statistics import NormalDist

import polars as pl

FOLDER = Path(".")
about = json.loads((FOLDER / "about.json").read_text(encoding="utf-8"))
at = datetime.fromisoformat(about["at"])
log = pl.read_parquet(FOLDER / "log.parquet").sort("seq")
print(f"{log.height} rows, head {log['hash'].last()}, as of {at:%Y-%m-%d %H:%M} UTC")"""

CHAIN_WORDS = """\
## The chain

Each row's hash is the SHA-256 of its other columns as JSON (keys sorted, no blanks), the hash of the row before among them.
Rows whose hash starts with `hmac:` were signed with a key and can only be checked by who has it."""

CHAIN = """\
before = "0" * 64
for row in log.iter_rows(named=True):
    assert row["prev_hash"] == before, f"row {row['seq']} does not follow from the row before it"
    body = json.dumps({k: v for k, v in row.items() if k != "hash"}, sort_keys=True, separators=(",", ":"))
    if not row["hash"].startswith("hmac:"):
        assert row["hash"] == hashlib.sha256(body.encode()).hexdigest(), f"row {row['seq']} was changed"
    before = row["hash"]
assert before == about["head"]"""

STATE_WORDS = """\
## Where each recommendation stands

A promise counts anew as long as nothing was decided about it, or where it had expired or been superseded. The last such
promise is the one that decisions are bound to."""

STATE = """\
def said(column, path, kind=pl.String):
    return pl.col(column).str.json_path_match(path).cast(kind)


def readable(payload):  # an older row may hold what a terminal could not decode; polars reads no such text
    return json.dumps(json.loads(payload), ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


rows = log.with_columns(pl.col("payload_json").map_elements(readable, return_dtype=pl.String))
rows = rows.with_columns(pl.col("time_utc").str.to_datetime(time_unit="us", time_zone="UTC").alias("time"))
reviews = rows.filter(pl.col("kind") == "review").select(
    "recommendation", "seq", said("payload_json", "$.to").alias("to"), pl.col("seq").alias("review_seq")
)
promises = rows.filter(pl.col("kind") == "promise")
open_again = ["expired", "superseded"]
bound = (
    promises.join_asof(reviews, on="seq", by="recommendation", strategy="backward", check_sortedness=False)
    .filter(pl.col("to").is_null() | pl.col("to").is_in(open_again))
    .group_by("recommendation", maintain_order=True)
    .last()
    .select("recommendation", pl.col("seq").alias("bound_seq"), "payload_json")
)
last_review = reviews.group_by("recommendation").agg(pl.col("to").last(), pl.col("review_seq").last())
first = promises.group_by("recommendation", maintain_order=True).agg(
    pl.col("plant").first(),
    said("payload_json", "$.unit").first().fill_null("").alias("unit"),
    pl.col("time").first().alias("promised_at"),
)
record = "$.record."
state = (
    first.join(bound, on="recommendation")
    .join(last_review, on="recommendation", how="left")
    .with_columns(
        pl.when(pl.col("to").is_null() | (pl.col("to").is_in(open_again) & (pl.col("bound_seq") > pl.col("review_seq"))))
        .then(pl.lit("proposed"))
        .otherwise(pl.col("to"))
        .alias("state"),
        said("payload_json", "$.provider").alias("provider"),
        pl.col("promised_at").dt.year().cast(pl.Int64).alias("year"),
        said("payload_json", record + "gain.unit").alias("gain_unit"),
        *(
            said("payload_json", f"{record}gain.{key}", pl.Float64).alias(name)
            for key, name in [("expected", "promised"), ("low", "promised_low"), ("high", "promised_high")]
        ),
        said("payload_json", record + "gain.level", pl.Float64).alias("promised_level"),
        *(
            said("payload_json", f"{record}value_per_year.{key}", pl.Float64).alias(name)
            for key, name in [
                ("expected", "value_promised"),
                ("low", "value_promised_low"),
                ("high", "value_promised_high"),
            ]
        ),
        said("payload_json", record + "value_per_year.currency").alias("currency_promised"),
    )
)
state.select("recommendation", "plant", "provider", "year", "state", "promised", "gain_unit", "value_promised")"""

VERDICT_WORDS = """\
## What was measured

The last verdict that decides counts, else the last comparison without a trial that measured something; only a trial (grade
A or B) settles a promise, and only a verified one earns. Of the rows of a re-estimated month the newest counts; one that is
set aside leaves the share before it as it is."""

VERDICT = """\
verdicts = (
    rows.filter(pl.col("kind") == "verdict")
    .with_columns(said("payload_json", "$.text").alias("text"))
    .with_columns(((said("text", "$.final") == "true") | said("text", "$.status").is_not_null()).alias("decides"))
    .filter(pl.col("decides") | (said("text", "$.plan").is_null() & said("text", "$.effect").is_not_null()))
    .sort("decides", "seq")
    .group_by("recommendation", maintain_order=True)
    .last()
    .select(
        "recommendation",
        "text",
        pl.col("time").alias("verdict_at"),
        pl.col("seq").alias("verdict_seq"),
        said("text", "$.grade").alias("grade"),
        *(
            said("text", f"$.effect.{key}", pl.Float64).alias(name)
            for key, name in [
                ("estimate", "measured"),
                ("low", "measured_low"),
                ("high", "measured_high"),
                ("level", "measured_level"),
            ]
        ),
        *(
            said("text", f"$.value_per_year.{key}", pl.Float64).alias(name)
            for key, name in [
                ("expected", "value_measured"),
                ("low", "value_measured_low"),
                ("high", "value_measured_high"),
            ]
        ),
        said("text", "$.value_per_year.currency").alias("currency_measured"),
        said("text", "$.adherence", pl.Float64).alias("adherence_trial"),
    )
)
decays = rows.filter(pl.col("kind") == "decay").select(
    *("recommendation", "seq"),
    said("payload_json", "$.month").alias("month"),
    said("payload_json", "$.share", pl.Float64).alias("share"),
    said("payload_json", "$.worth", pl.Float64).alias("worth"),
    (said("payload_json", "$.below") == "true").alias("below"),
    said("payload_json", "$.adherence", pl.Float64).alias("adherence_month"),
    said("payload_json", "$.aside").alias("aside"),
)
every_month = decays.group_by("recommendation", "month").last().sort("recommendation", "month")
months = every_month.filter(pl.col("aside").is_null())
newest = every_month.group_by("recommendation").agg(pl.col("adherence_month").last())
share_left = months.group_by("recommendation").agg(pl.col("share").last())
fading = months.group_by("recommendation").agg(
    ((pl.len() >= 2) & pl.col("below").tail(2).all()).alias("two_months_below")
)
rollbacks = rows.filter(pl.col("kind") == "rollback").group_by("recommendation").agg(pl.col("time").first().alias("rolled"))
measured = (
    state.join(verdicts, on="recommendation", how="left")
    .join(newest, on="recommendation", how="left")
    .join(share_left, on="recommendation", how="left")
    .join(fading, on="recommendation", how="left")
    .join(rollbacks, on="recommendation", how="left")
    .with_columns(
        pl.coalesce("currency_promised", "currency_measured").alias("currency"),
        (pl.col("grade").is_in(["A", "B"]) & pl.col("measured").is_not_null()).fill_null(False).alias("settled"),
    )
    .with_columns((pl.col("settled") & (pl.col("state") == "verified")).alias("verified"))
    .with_columns(
        pl.when("verified").then("verdict_at").alias("since"),
        (pl.col("verified") & pl.col("value_measured").is_not_null()).alias("earns"),
        pl.coalesce("adherence_month", "adherence_trial").alias("adherence"),
    )
)"""

END_WORDS = """\
## Until when it earns

Until a rollback, or the verdict of a later verified recommendation of the plant that moves one of its settings and does not
build on it. The later one builds on it where every setting that this one moved and the later one names begins nearer to what
was proposed here than to what was present here, and goes back to the middle between the two at most. A choice begins as
proposed here and does not return to what was present here."""

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
ended = (
    shared.group_by("recommendation", "recommendation later", "since later", "verdict_seq later")
    .agg((pl.col("now later") != pl.col("proposed later")).any().alias("moves"), (begins & goes_on).all().alias("builds_on"))
    .filter(pl.col("moves") & ~pl.col("builds_on"))
    .sort("verdict_seq later")
    .group_by("recommendation", maintain_order=True)
    .first()
    .join(rollbacks, on="recommendation", how="left")
    .filter(pl.col("rolled").is_null() | (pl.col("rolled") > pl.col("since later")))
    .select("recommendation", pl.col("recommendation later").alias("ended_by"), pl.col("since later").alias("ended_at"))
)
measured = (
    measured.join(ended, on="recommendation", how="left")
    .with_columns(pl.when("verified").then(pl.coalesce("ended_at", "rolled")).alias("until"))
    .with_columns(
        (pl.col("verified") & pl.col("until").is_null() & pl.col("two_months_below").fill_null(False)).alias("fading"),
        pl.min_horizontal(pl.coalesce("until", pl.lit(at)), pl.lit(at)).alias("end"),
    )
)
ended"""

EARN_WORDS = """\
## What was earned

From the verdict on, until it ends, the verified yearly value is earned evenly over 365 days; from the first moment (UTC) of
a re-estimated month on its share counts, 1 at most: only a verified gain earns. The yearly value is taken as normal with the
verdict's interval; the probability that the net value is above zero is Phi((earned - cost) / sd)."""

EARN = """\
def phi(net, sd):
    if net is None or sd is None:  # rows that polars leaves out here
        return None
    if sd <= 0:
        return 1.0 if net > 0 else 0.0
    return 0.5 * (1.0 + math.erf(net / (sd * math.sqrt(2.0))))


def z_of(level):
    return NormalDist().inv_cdf(0.5 + level / 2)


YEAR = 86400e6 * 365  # microseconds
first_day = (pl.col("month") + "-01").str.to_datetime("%Y-%m-%d", time_unit="us", time_zone="UTC")
starts = months.with_columns(first_day.alias("from"), pl.coalesce("worth", "share").clip(upper_bound=1.0).alias("share"))
used = measured.filter("verified").select("recommendation", "since", "end")
before_use = (
    used.join(starts, on="recommendation")
    .filter(pl.col("from") <= pl.col("since"))
    .sort("from")
    .group_by("recommendation")
    .agg(pl.col("share").last().alias("share_at_start"))
)
begin = used.join(before_use, on="recommendation", how="left").select(
    "recommendation", "end", pl.col("since").alias("from"), pl.col("share_at_start").fill_null(1.0).alias("share")
)
later = (
    used.join(starts, on="recommendation")
    .filter((pl.col("from") > pl.col("since")) & (pl.col("from") < pl.col("end")))
    .select("recommendation", "end", "from", "share")
)
stretches = (
    pl.concat([begin, later])
    .sort("recommendation", "from")
    .with_columns(pl.coalesce(pl.col("from").shift(-1).over("recommendation"), "end").alias("to"))
    .with_columns(((pl.col("to") - pl.col("from")).dt.total_microseconds() / YEAR).clip(lower_bound=0.0).alias("years"))
)
time_in_use = stretches.group_by("recommendation").agg(
    (pl.col("years") * pl.col("share")).sum().alias("full_years"), pl.col("share").last().alias("share_now")
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
ends = [pl.col(rate) * pl.col("full_years") for rate in ("rate_low", "rate_high")]
lines = (
    measured.join(time_in_use, on="recommendation", how="left")
    .join(own_costs, on=["recommendation", "currency"], how="left")
    .with_columns(
        pl.col("cost").fill_null(0.0),
        pl.col("full_years").fill_null(0.0),
        pl.coalesce("measured_level", "promised_level").map_elements(z_of, return_dtype=pl.Float64).alias("z"),
        *(
            pl.when("earns").then(f"value_measured{end}").otherwise(0.0).alias(f"rate{end}")
            for end in ("", "_low", "_high")
        ),
    )
    .with_columns(
        (pl.col("rate") * pl.col("full_years")).alias("earned"),
        pl.min_horizontal(*ends).alias("earned_low"),
        pl.max_horizontal(*ends).alias("earned_high"),
        (pl.col("full_years").abs() * (pl.col("rate_high") - pl.col("rate_low")) / (2 * pl.col("z"))).alias("earned_sd"),
        pl.when("earns")
        .then(pl.when(pl.col("until").is_not_null()).then(0.0).otherwise(pl.col("rate") * pl.col("share_now").fill_null(1.0)))
        .alias("value_now"),
    )
    .with_columns((pl.col("earned") - pl.col("cost")).alias("net"))
    .with_columns(
        pl.when((pl.col("earns") | (pl.col("cost") != 0)) & ~pl.col("recommendation").is_in(in_two))
        .then(pl.struct("net", "earned_sd").map_elements(lambda s: phi(s["net"], s["earned_sd"]), return_dtype=pl.Float64))
        .alias("probability")
    )
)
# payback: the first stretch in which earned reaches the cost, or beyond the last one at its rate, 1000 years on at most
NEVER = 1000.0
path = (
    stretches.join(lines.filter("earns").select("recommendation", "rate", "cost", "until"), on="recommendation")
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
    pl.when(pl.col("recommendation").is_in(in_two))
    .then(None)
    .when(pl.col("earns") & (pl.col("cost") <= 0))
    .then(pl.when(pl.col("rate") >= 0).then(0.0))
    .otherwise(pl.col("payback"))
    .alias("payback")
)
lines.select("recommendation", "state", "value_now", "earned", "cost", "net", "probability", "payback", "fading")"""
