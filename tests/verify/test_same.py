"""A sheet that wants something else than was promised, or at another price, measures nothing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.test_proving import SHEET, made_store, planned, recommended
from workbench.errors import InputError
from workbench.plant import read_sheet
from workbench.verify.log import Log
from workbench.verify.promise import record_promise
from workbench.verify.same import check_same
from workbench.verify.states import read_states

__all__ = ["made_store"]  # a fixture

COSTS = 'costs: [{formula: "3*feed", unit: EUR/h}]'


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        (
            "value_per_unit: 100000",
            "value_per_unit: 300000",
            "a year is worth 300,000 EUR there, promised was 100,000 EUR",
        ),
        ("3*feed", "2*feed", "the costs of its objective are 2*feed [EUR/h], promised was with 3*feed [EUR/h]: put the sheet"),
        (f", {COSTS}", "", "the costs of its objective are none, promised was with 3*feed [EUR/h]: put the sheet back as it"),
        ("8000", "4000", "the costs of its objective run for 4000 h a year, promised was with 8000 h: put the sheet back"),
        ("maximize: recovery", "minimize: recovery", "its objective is to minimize recovery, promised was to maximize it: put"),
    ],
    ids=["price", "cost", "no cost", "hours", "direction"],
)
def test_other_prices_and_costs_than_the_promised_ones_are_refused(
    tmp_path: Path, made_store: Path, was: str, now: str, says: str
):
    """With costs the money is no multiple of the gain, so only the record's own words tell what the price was."""
    text = SHEET.replace("100000}", f"100000, {COSTS}}}").replace("currency: EUR", "currency: EUR\nhours_per_year: 8000")
    assert was in text
    sheet = read_sheet(text, "line.yaml")
    record = recommended().model_copy(update={"objective": sheet.objective_line})
    log = Log.open(shutil.copytree(made_store, tmp_path / "mlruns"), create=True)
    record_promise(log, record.to_json(), sheet="line.yaml", four_eyes=False)
    state = read_states(log.rows())[record.id]
    check_same(sheet, state, planned(record, state.record_sha256))
    with pytest.raises(InputError, match=re.escape(says)):
        check_same(read_sheet(text.replace(was, now), "line.yaml"), state, planned(record, state.record_sha256))


def test_a_price_that_was_never_promised_is_refused(tmp_path: Path, made_store: Path):
    bare = read_sheet(SHEET.replace(", value_per_unit: 100000", ""), "line.yaml")
    record = recommended().model_copy(update={"objective": bare.objective_line, "value_per_year": None})
    log = Log.open(shutil.copytree(made_store, tmp_path / "mlruns"), create=True)
    record_promise(log, record.to_json(), sheet="line.yaml", four_eyes=False)
    state = read_states(log.rows())[record.id]
    check_same(bare, state, None)
    with pytest.raises(InputError, match="is worth 100,000 EUR there, promised was nothing: put the sheet back"):
        check_same(read_sheet(SHEET, "line.yaml"), state, None)
