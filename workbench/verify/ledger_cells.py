"""Cells of the notebook that goes with an export: from the rows of the log to what was promised and measured."""

from __future__ import annotations

__all__ = [
    "ABOUT",
    "CHAIN",
    "CHAIN_WORDS",
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
    *(
        said("payload_json", f"$.{name}", pl.Float64).alias(name)
        for name in ("gain", "low", "high", "worth", "worth_low", "worth_high")
    ),
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
rollbacks = (
    rows.filter(pl.col("kind") == "rollback")
    .group_by("recommendation")
    .agg(pl.col("time").first().alias("rolled"), pl.col("seq").first().alias("rolled_seq"))
)
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
