"""What every registered simulator must keep, whatever plant it is."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from workbench.errors import InputError
from workbench.models import known_simulators, simulator
from workbench.models.simulators.contract import HISTORY_SCHEMA, check_close
from workbench.plant import load_sheet

DAYS = 4


def settings_frame(name: str, rows: int, seed: int = 0) -> pl.DataFrame:
    """Settings around the base of the plant's bundled sheet."""
    rng = np.random.default_rng(seed)
    columns = {}
    for key, setting in load_sheet(name).settings.items():
        if setting.choices:
            columns[key] = pl.Series([setting.choices[0]] * rows)
            continue
        step = float(setting.max_step)
        drawn = np.clip(float(setting.base) + rng.uniform(-step, step, rows), float(setting.low), float(setting.high))
        columns[key] = pl.Series(np.round(drawn) if setting.integer else drawn)
    return pl.DataFrame(columns)


@pytest.fixture(scope="module", params=known_simulators())
def name(request):
    return request.param


def test_evaluate_gives_one_finite_row_for_each_row(name):
    plant = simulator(name)
    made = plant.evaluate(settings_frame(name, 7), seed=3)
    assert made.height == 7
    assert made.columns == list(plant.outcomes)
    assert all(made[column].is_finite().all() for column in made.columns)


def test_evaluate_pairs_by_seed(name):
    plant, one = simulator(name), settings_frame(name, 5)
    assert plant.evaluate(one, seed=3).equals(plant.evaluate(one, seed=3))
    assert not plant.evaluate(one, seed=3).equals(plant.evaluate(one, seed=4))
    # the draws belong to the row: what other rows ask for does not change them
    other = pl.concat([one[:2], settings_frame(name, 3, seed=9)])
    assert plant.evaluate(one, seed=3)[:2].equals(plant.evaluate(other, seed=3)[:2])


def test_evaluate_of_no_rows(name):
    assert simulator(name).evaluate(settings_frame(name, 3)[:0], seed=0).height == 0


@pytest.fixture(scope="module")
def history(name):
    return simulator(name).history(days=DAYS, seed=2)


def test_history_has_the_columns_of_the_contract(history):
    made = history
    assert made.columns == list(HISTORY_SCHEMA)
    for column, kind in HISTORY_SCHEMA.items():
        assert made.schema[column] == kind or (column == "tag" and isinstance(made.schema[column], pl.Enum)), column
    assert made["time"].is_sorted()
    assert made["value"].is_finite().all()


def test_history_is_the_same_for_the_same_seed(name, history):
    plant = simulator(name)
    assert history.equals(plant.history(days=DAYS, seed=2))
    assert not plant.history(days=DAYS, seed=2).equals(plant.history(days=DAYS, seed=3))


def test_history_holds_every_tag_of_the_sheet(name, history):
    wanted = {variable.tag for variable in load_sheet(name).variables.values()}
    assert wanted <= set(history["tag"].cast(pl.String).unique())


def test_outcomes_of_the_sheet_are_outcomes_of_the_simulator(name):
    assert set(load_sheet(name).outcomes) <= set(simulator(name).outcomes)


@pytest.mark.parametrize("plant", known_simulators())
def test_every_check_passes(plant):
    made = simulator(plant).verify()
    assert made
    assert [check for check in made if not check.passed] == []
    assert {check.source_mark for check in made} <= {"S", "B", "O", "M"}


def test_unknown_name_is_one_sentence():
    with pytest.raises(InputError, match=r"no simulator is named 'phosforic_acid' \(did you mean 'phosphoric_acid'\?\)"):
        simulator("phosforic_acid")


def test_a_check_of_nan_does_not_pass():
    assert not check_close("x", float("nan"), 0.0, 1.0, "M").passed
