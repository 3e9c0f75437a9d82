from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.models.surrogates.basis import CLIP, KINDS, Basis, Kind, VariableSpec, slow_columns

MIXED = (
    VariableSpec("temperature", True),
    VariableSpec("flow", True),
    VariableSpec("mode", True, ("strip", "keep")),
    VariableSpec("feed", False),
    VariableSpec("grade", False, ("A", "B", "C")),
)


def mixed_history(seed: int, n: int = 200) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    feed = [None if hole else x for x, hole in zip(rng.normal(30, 2, n).tolist(), rng.random(n) < 0.1, strict=True)]
    grade = [None if hole else x for x, hole in zip(rng.choice(["A", "B", "C"], n).tolist(), rng.random(n) < 0.1, strict=True)]
    return pl.DataFrame(
        {
            "temperature": rng.normal(70, 3, n),
            "flow": rng.choice([10.0, 12.0, 14.0, 16.0], n),
            "mode": rng.choice(["strip", "keep"], n),
            "feed": feed,
            "grade": grade,
        },
        schema_overrides={"feed": pl.Float64, "grade": pl.String},
    )


def candidates() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "temperature": [70.0, 75.5, 61.0, 120.0, 70.0],
            "flow": [12.0, 13.0, 16.0, 9.0, 12.0],
            "mode": ["keep", "keep", "strip", "strip", "strip"],
        }
    )


NOW = pl.DataFrame({"temperature": [69.3], "flow": [12.4], "mode": ["keep"]})


def put(conditions: pl.DataFrame, row: dict[str, float | str]) -> pl.DataFrame:
    """The periods as they were, but for the settings."""
    return conditions.with_columns(pl.lit(value).alias(name) for name, value in row.items())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_shift_is_the_mean_difference_of_designs(kind: Kind, seed: int) -> None:
    history = mixed_history(seed)
    basis = Basis.fit(kind, MIXED, history)
    recent = history.tail(60)
    here = basis.design(put(recent, NOW.row(0, named=True)))
    weights = np.random.default_rng(seed).normal(size=len(basis.terms))
    shift = basis.shift(candidates(), NOW, recent)
    each = basis.shift_per_period(candidates(), NOW, recent, weights)
    for i, row in enumerate(candidates().iter_rows(named=True)):
        there = basis.design(put(recent, row))
        assert shift[i] == pytest.approx((there - here).mean(axis=0), abs=1e-9)
        assert each[i] == pytest.approx((there - here) @ weights, abs=1e-9)
    assert each.mean(axis=1) == pytest.approx(shift @ weights, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_no_move_is_no_shift(kind: Kind) -> None:
    history = mixed_history(5)
    basis = Basis.fit(kind, MIXED, history)
    assert np.abs(basis.shift(NOW, NOW, history)).max() == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_terms_are_standardised_over_the_history(kind: Kind) -> None:
    history = mixed_history(7)
    basis = Basis.fit(kind, MIXED, history)
    design = basis.design(history)
    assert design.shape == (200, len(basis.terms)) == (200, len(basis.groups))
    assert design.mean(axis=0) == pytest.approx(0.0, abs=1e-9)
    assert design.std(axis=0) == pytest.approx(1.0, abs=1e-9)


def test_quadratic_terms_by_hand() -> None:
    variables = (VariableSpec("s", True), VariableSpec("c", False))
    history = pl.DataFrame({"s": [1.0, 2.0, 3.0, 5.0, 9.0], "c": [0.0, 1.0, 0.0, 4.0, 2.0]})
    basis = Basis.fit("quadratic", variables, history)
    s, c = (((x := history[n].to_numpy()) - x.mean()) / x.std() for n in ("s", "c"))
    wanted = [x - x.mean() for x in (s, s * s, c, c * c, s * c)]
    found = basis.design(history)
    assert found.shape[1] == 5
    for column in wanted:
        assert min(np.abs(found - (column / column.std())[:, None]).max(axis=0)) < 1e-9


def test_choices_move_only_their_own_indicators() -> None:
    variables = (VariableSpec("mode", True, ("strip", "keep", "family")), VariableSpec("c", False))
    rng = np.random.default_rng(0)
    history = pl.DataFrame({"mode": rng.choice(["strip", "keep", "family"], 90), "c": rng.normal(size=90)})
    basis = Basis.fit("quadratic", variables, history)
    moved = pl.DataFrame({"mode": ["strip", "keep", "family"]})
    shift = basis.shift(moved, pl.DataFrame({"mode": ["keep"]}), history)
    assert np.abs(shift[1]).max() == 0.0
    lines = [k for k, term in enumerate(basis.terms) if len(term) == 1 and basis.columns[term[0]].choice is not None]
    assert [basis.columns[basis.terms[k][0]].choice for k in lines] == ["strip", "keep", "family"]
    share = [(history["mode"] == m).mean() for m in ("strip", "keep", "family")]
    sd = [float(np.sqrt(p * (1 - p))) for p in share]
    assert shift[0, lines] == pytest.approx([1 / sd[0], -1 / sd[1], 0.0])
    assert shift[2, lines] == pytest.approx([0.0, -1 / sd[1], 1 / sd[2]])


@pytest.mark.parametrize("kind", KINDS)
def test_constant_variables_have_no_term(kind: Kind) -> None:
    history = mixed_history(1).with_columns(flow=pl.lit(12.0), mode=pl.lit("keep"))
    basis = Basis.fit(kind, MIXED, history)
    used = {basis.variables[basis.columns[c].variable].name for term in basis.terms for c in term}
    assert used == {"temperature", "feed", "grade"}
    assert np.isfinite(basis.design(history)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_empty_condition_is_finite(kind: Kind) -> None:
    history = mixed_history(1).with_columns(feed=pl.lit(None, pl.Float64), grade=pl.lit(None, pl.String))
    basis = Basis.fit(kind, MIXED, history)
    assert np.isfinite(basis.design(history)).all()
    assert np.isfinite(basis.shift(candidates(), NOW, history)).all()


def test_odd_values_are_drawn_in() -> None:
    history = pl.DataFrame({"s": np.append(np.random.default_rng(0).normal(size=500), 1e6)})
    basis = Basis.fit("quadratic", (VariableSpec("s", True),), history)
    assert np.abs(basis.base_columns(history)).max() == CLIP


def test_missing_column_is_named() -> None:
    basis = Basis.fit("quadratic", MIXED, mixed_history(0))
    with pytest.raises(KeyError, match="feed"):
        basis.design(mixed_history(0).drop("feed"))


@settings(max_examples=30, deadline=None)
@given(st.integers(20, 60), st.integers(1, 8), st.sampled_from(KINDS), st.integers(0, 5))
def test_never_more_products_than_rows_carry(n: int, n_settings: int, kind: Kind, seed: int) -> None:
    variables = (*(VariableSpec(f"s{i}", True) for i in range(n_settings)), VariableSpec("c", False))
    values = np.random.default_rng(seed).normal(size=(n, n_settings + 1))
    basis = Basis.fit(kind, variables, pl.DataFrame(values, schema=[v.name for v in variables]))
    alone = sum(len(term) == 1 or term[0] == term[1] for term in basis.terms)
    assert len(basis.terms) <= max(n, alone)


def test_slow_columns_by_hand() -> None:
    slow = slow_columns(np.arange(60.0), 60, None)
    assert slow.shape == (60, 2)  # a half wave of drift holds at least 30 periods
    assert slow[0] == pytest.approx([np.sqrt(2) * np.cos(np.pi / 120), np.sqrt(2) * np.cos(2 * np.pi / 120) / 2])
    assert slow.T @ slow / 60 == pytest.approx(np.diag([1.0, 0.25]), abs=1e-9)
    assert slow_columns(np.arange(20.0), 20, None).shape == (20, 0)
    day = slow_columns(np.arange(24.0), 24, np.arange(24.0))
    assert day[6] == pytest.approx([1, 0, 0, -1], abs=1e-12)
    assert slow_columns(np.arange(10_000.0), 10_000, None).shape[1] == 20
