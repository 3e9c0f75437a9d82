from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.models.surrogates.basis import (
    BEND_C,
    BEND_S,
    CLIP,
    CROSS_SC,
    CURVE_C,
    CURVE_CLIP,
    CURVE_S,
    DEGREES,
    LINEAR_C,
    LINEAR_S,
    N_SEEN,
    Basis,
    VariableSpec,
)

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


def test_answers_that_are_kept_belong_to_their_frame() -> None:
    """More frames than are kept, in turn: each is answered as if it were asked for the first time."""
    history = mixed_history(0)
    basis = Basis.fit(MIXED, history)
    frames = [history[i : i + 20] for i in range(2 * N_SEEN)]
    for frame in [*frames, *frames[::-1], frames[0], frames[0]]:
        assert (basis.base_columns(frame) == Basis.fit(MIXED, history).base_columns(frame)).all()
    assert basis.base_columns(frames[0]) is basis.base_columns(frames[0])


@pytest.mark.parametrize("seed", range(3))
def test_shift_is_the_mean_difference_of_designs(seed: int) -> None:
    history = mixed_history(seed)
    basis = Basis.fit(MIXED, history)
    assert {CURVE_S, CURVE_C} <= set(basis.groups.tolist())
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


def test_no_move_is_no_shift() -> None:
    history = mixed_history(5)
    basis = Basis.fit(MIXED, history)
    assert np.abs(basis.shift(NOW, NOW, history)).max() == 0.0


def test_terms_are_standardised_over_the_history() -> None:
    history = mixed_history(7)
    basis = Basis.fit(MIXED, history)
    design = basis.design(history)
    assert design.shape == (200, len(basis.terms)) == (200, len(basis.groups))
    assert design.mean(axis=0) == pytest.approx(0.0, abs=1e-9)
    assert design.std(axis=0) == pytest.approx(1.0, abs=1e-9)


def test_lines_asked_for_alone_are_those_among_all_terms() -> None:
    history = mixed_history(7)
    basis = Basis.fit(MIXED, history)
    places = [t for t, _ in basis.lines][::2]
    assert basis.lines_of(basis.base_of(history), places).tolist() == basis.design(history)[:, places].tolist()


def test_terms_by_hand() -> None:
    """Curves of evenly spaced values are Fisher's orthogonal polynomials; those of few uneven ones divided differences."""
    variables = (VariableSpec("s", True), VariableSpec("c", False))
    history = pl.DataFrame(
        {"s": 2 * [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], "c": 2 * [3.0, 0.0, 4.0, 1.0, 3.0, 4.0, 1.0]},
    )
    basis = Basis.fit(variables, history)
    s, c = (((x := history[n].to_numpy()) - x.mean()) / x.std() for n in ("s", "c"))
    # R. A. Fisher, F. Yates, Statistical Tables, table XXIII, n = 7
    cubic_s, quartic_s = np.array(2 * [-1.0, 1, 1, 0, -1, -1, 1]), np.array(2 * [3.0, -7, 1, 6, 1, -7, 3])
    # c is 0 once, 1, 3 and 4 twice: 1 / prod(x - others) is -1/12, 1/6, -1/6 and 1/12, shared among equal values
    cubic_c = np.array(2 * [-1 / 12, -1 / 12, 1 / 24, 1 / 12, -1 / 12, 1 / 24, 1 / 12])
    wanted = {
        LINEAR_S: [s], BEND_S: [s * s], CURVE_S: [cubic_s, quartic_s],
        LINEAR_C: [c], BEND_C: [c * c], CURVE_C: [cubic_c], CROSS_SC: [s * c],
    }  # fmt: skip
    found = basis.design(history)
    assert found.shape[1] == 8
    for group, columns in wanted.items():
        told = found[:, basis.groups == group]
        assert told == pytest.approx(np.stack([(x - x.mean()) / x.std() for x in columns], axis=1), abs=1e-9)


@pytest.mark.parametrize("odd", [[], [None, -15.0, 40.0]], ids=["plain", "with a gap and two odd values"])
def test_curves_are_orthogonal_to_lower_powers_over_the_history(odd: list[float | None]) -> None:
    """Odd values count as 3 standard deviations; a period without a value takes no part.

    They lie on both sides: two on one side alone carry the fourth power, and lower ones follow them there.
    """
    history = pl.DataFrame({"s": [*np.random.default_rng(2).gamma(9.0, size=300).tolist(), *odd]})
    basis = Basis.fit((VariableSpec("s", True),), history)
    known = history.drop_nulls()
    x = known["s"].to_numpy()
    z = np.clip((x - x.mean()) / x.std(), -CURVE_CLIP, CURVE_CLIP)
    base = basis.base_of(known)
    curves = base[:, [c.is_curve for c in basis.columns]]
    assert curves.shape[1] == len(DEGREES) == 2
    for curve, degree in zip(curves.T, DEGREES, strict=True):
        size = float(np.linalg.norm(curve))
        for power in range(degree):
            assert abs(curve @ z**power) < 1e-9 * size * float(np.linalg.norm(z**power))
        assert curve @ z**degree == pytest.approx(size**2)


def test_curves_stay_what_they_are_beyond_the_clip() -> None:
    history = pl.DataFrame({"s": np.random.default_rng(0).normal(50.0, 2.0, 400)})
    basis = Basis.fit((VariableSpec("s", True),), history)
    far = [CURVE_CLIP, CURVE_CLIP + 0.5, CLIP, 100.0]
    curves = basis.groups == CURVE_S
    for sign in (-1.0, 1.0):
        asked = pl.DataFrame({"s": [basis.centre[0] + sign * z * basis.scale[0] for z in far]})
        terms = basis.design(asked)
        assert np.ptp(terms[:, curves], axis=0) == pytest.approx([0.0, 0.0], abs=1e-9)
        assert (np.abs(np.diff(terms[:3, ~curves], axis=0)) > 0.1).all()  # lines and squares go on to 5


@pytest.mark.parametrize(
    ("values", "n_curves"),
    [
        ((5,), 0),
        ((0, 1), 0),
        ((0.1, 0.2, 0.7), 0),
        ((1, 2, 3, 5), 0),  # 0.19 of the third power is left
        ((1, 2, 3, 4), 1),  # 0.28
        ((0, 1, 3, 4), 1),  # 0.33
        ((1, 2, 3, 4, 5), 1),  # 0.33, of the fourth power 0.17
        ((1, 2, 3, 4, 5, 6), 2),  # 0.36 and 0.21
    ],
)
def test_few_values_carry_few_curves(values: tuple[float, ...], n_curves: int) -> None:
    """A curve of degree 3 takes four values to be told from a square, one of degree 4 five, and not too lopsided ones.

    By hand for m values x at distances d from their mean, each as often: what lower powers leave of x^3 over four values is
    w / |w|^2 with w = 1 / prod(x - others), of spread 1 / (|w| sqrt(m)), against the spread of d^3; 0, 1, 3, 4: w^2 sums up
    to 10/144, 1.90 of 5.70. Over five and six even values Fisher's polynomials take the place of w: for 1 to 5 the fourth
    power leaves 24/70 of (1, -4, 6, -4, 1), of spread sqrt(14): 1.28 of 7.52.
    """
    history = pl.DataFrame({"s": 12 * list(values)})
    basis = Basis.fit((VariableSpec("s", True),), history)
    assert int((basis.groups == CURVE_S).sum()) == n_curves
    assert np.isfinite(basis.design(history)).all()


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_a_setting_of_two_levels_has_no_curve_for_its_jitter(seed: int, share: float) -> None:
    """Jitter of 2 % of the way between them: a curve would be made of the jitter alone.

    Values spread evenly over the same way do have both curves: by Legendre's polynomials 2/5 of x^3 is left and, of x^4,
    8/35 of spread 1/3 against sqrt(1/9 - 1/25): 0.29.
    """
    rng = np.random.default_rng(seed)
    two = (rng.random(400) < share) + 0.02 * rng.normal(size=400)
    for values, n_curves in ((two, 0), (rng.random(400), 2)):
        basis = Basis.fit((VariableSpec("s", True),), pl.DataFrame({"s": values}))
        assert int((basis.groups == CURVE_S).sum()) == n_curves
        assert sum(c.is_curve for c in basis.columns) == n_curves


def test_choices_move_only_their_own_indicators() -> None:
    variables = (VariableSpec("mode", True, ("strip", "keep", "family")), VariableSpec("c", False))
    rng = np.random.default_rng(0)
    history = pl.DataFrame({"mode": rng.choice(["strip", "keep", "family"], 90), "c": rng.normal(size=90)})
    basis = Basis.fit(variables, history)
    moved = pl.DataFrame({"mode": ["strip", "keep", "family"]})
    shift = basis.shift(moved, pl.DataFrame({"mode": ["keep"]}), history)
    assert np.abs(shift[1]).max() == 0.0
    lines = [k for k, term in enumerate(basis.terms) if len(term) == 1 and basis.columns[term[0]].choice is not None]
    assert [basis.columns[basis.terms[k][0]].choice for k in lines] == ["strip", "keep", "family"]
    share = [(history["mode"] == m).mean() for m in ("strip", "keep", "family")]
    sd = [float(np.sqrt(p * (1 - p))) for p in share]
    assert shift[0, lines] == pytest.approx([1 / sd[0], -1 / sd[1], 0.0])
    assert shift[2, lines] == pytest.approx([0.0, -1 / sd[1], 1 / sd[2]])


def test_constant_variables_have_no_term() -> None:
    history = mixed_history(1).with_columns(flow=pl.lit(12.0), mode=pl.lit("keep"))
    basis = Basis.fit(MIXED, history)
    used = {basis.variables[basis.columns[c].variable].name for term in basis.terms for c in term}
    assert used == {"temperature", "feed", "grade"}
    assert np.isfinite(basis.design(history)).all()


def test_empty_condition_is_finite() -> None:
    history = mixed_history(1).with_columns(feed=pl.lit(None, pl.Float64), grade=pl.lit(None, pl.String))
    basis = Basis.fit(MIXED, history)
    assert np.isfinite(basis.design(history)).all()
    assert np.isfinite(basis.shift(candidates(), NOW, history)).all()


def test_odd_values_are_drawn_in() -> None:
    history = pl.DataFrame({"s": np.append(np.random.default_rng(0).normal(size=500), 1e6)})
    basis = Basis.fit((VariableSpec("s", True),), history)
    assert np.abs(basis.base_columns(history)).max() == CLIP


def test_missing_column_is_named() -> None:
    basis = Basis.fit(MIXED, mixed_history(0))
    with pytest.raises(KeyError, match="feed"):
        basis.design(mixed_history(0).drop("feed"))


@settings(max_examples=30, deadline=None)
@given(st.integers(20, 60), st.integers(1, 8), st.integers(0, 5))
def test_never_more_products_than_rows_carry(n: int, n_settings: int, seed: int) -> None:
    variables = (*(VariableSpec(f"s{i}", True) for i in range(n_settings)), VariableSpec("c", False))
    values = np.random.default_rng(seed).normal(size=(n, n_settings + 1))
    basis = Basis.fit(variables, pl.DataFrame(values, schema=[v.name for v in variables]))
    alone = sum(len(term) == 1 or term[0] == term[1] for term in basis.terms)
    assert len(basis.terms) <= max(n, alone)
