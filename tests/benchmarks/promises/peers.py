"""What other people would do with the same history, bounds and steps.

All three keep each limited outcome's prediction, plus 1.645 standard deviations of what their model leaves over, inside its
limit (or, where that is broken at the present settings, do not let it grow). They propose whenever they expect a gain.

- `forest`: random forest, best point by Optuna's TPE: what most people write.
- `quadratic`: quadratic response surface by least squares, with its classical interval.
- `gp`: Gaussian process (anisotropic, noise estimated) on at most 500 rows, evenly spaced, with its own posterior interval.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .adapter import Case, Proposal, cpu_seconds
from .best_point import best_point
from .plant import Floats

__all__ = ["PEERS", "data_of"]

Z = 1.6448536269514722  # standard normal quantile of 0.95
N_TREES, N_TRIALS = 100, 150
LEAF = 5  # [periods] smallest leaf of the forest
GP_ROWS, GP_POINTS = 500, 12  # periods learned from, and recent conditions averaged over
RECENT_POINTS = 24  # recent conditions that the forest averages over
TERMS_SHARE = 1 / 4  # a quadratic has at most this many terms for each row; else products go, then squares


@dataclass(frozen=True)
class Data:
    """Numbers as a data scientist would take them: missing conditions at their mean.

    Parameters
    ----------
    design : array (n, m + k)
        Settings, then conditions, each centred and scaled over the history.
    target : array (n,)
        Objective, signed so that more is better.
    limits : tuple of (column values, sign, bound)
        sign times value must stay below sign times bound.
    recent : array (r, k)
        Recent conditions, scaled.
    """

    design: Floats
    target: Floats
    limits: tuple[tuple[Floats, float, float], ...]
    recent: Floats
    centre: Floats
    scale: Floats

    def at(self, settings: Floats) -> Floats:
        """Return scaled settings."""
        m = settings.shape[1]
        return np.asarray((settings - self.centre[:m]) / self.scale[:m])

    def over(self, settings: Floats) -> Floats:
        """Return rows for every candidate under every recent condition: (p * r, m + k)."""
        z = self.at(settings)
        return np.hstack([np.repeat(z, len(self.recent), axis=0), np.tile(self.recent, (len(z), 1))])


def data_of(case: Case, n_recent: int = RECENT_POINTS) -> Data:
    """Return the case's usable periods as numbers."""
    names = [*case.settings, *case.conditions]
    raw = case.usable.select(pl.col(names).cast(pl.Float64)).to_numpy().astype(float)
    centre = np.nanmean(raw, axis=0)
    scale = np.maximum(np.nanstd(raw, axis=0), 1e-12)
    design = np.nan_to_num((raw - centre) / scale)
    thin = np.unique(np.linspace(0, len(case.recent_usable) - 1, n_recent).round().astype(int))
    recent = design[case.recent_usable[thin]][:, len(case.settings) :]
    columns = [(n, o.low, o.high) for n, o in case.sheet.outcomes.items()]
    columns += [(f"@limit:{limit.name}", limit.low, limit.high) for limit in case.sheet.limits]
    limits: list[tuple[Floats, float, float]] = []
    for name, low, high in columns:
        values = case.usable[name].cast(pl.Float64).to_numpy().astype(float)
        limits += [(values, 1.0, high)] if high is not None else []
        limits += [(values, -1.0, low)] if low is not None else []
    target = case.sign * case.usable["@objective"].to_numpy().astype(float)
    return Data(design, target, tuple(limits), recent, centre, scale)


@dataclass(frozen=True)
class Model:
    """A fitted response: mean over recent conditions of each candidate, and what it leaves over."""

    mean: Callable[[Floats], Floats]
    left_sd: float


def _limit_check(data: Data, case: Case, fit: Callable[[Floats, Floats], Model]) -> Callable[[Floats], NDArray[np.bool_]]:
    """Which candidates keep the limits by the peer's own models."""
    checks = []
    for values, sign, bound in data.limits:
        known = np.isfinite(values)
        if known.sum() < 20:
            continue
        model = fit(data.design[known], sign * values[known])
        today = float(model.mean(case.now[None])[0])
        checks.append((model, max(sign * bound - Z * model.left_sd, today)))

    def is_allowed(settings: Floats) -> NDArray[np.bool_]:
        ok = np.ones(len(settings), dtype=bool)
        for model, most in checks:
            ok &= model.mean(settings) <= most + 1e-9
        return ok

    return is_allowed


def propose_forest(case: Case) -> Proposal:
    """Random forest and Optuna's TPE."""
    import optuna
    from sklearn.ensemble import RandomForestRegressor

    started = cpu_seconds()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    data = data_of(case)

    def fit(design: Floats, target: Floats) -> Model:
        forest = RandomForestRegressor(
            N_TREES, min_samples_leaf=LEAF, max_features=0.5, oob_score=True, random_state=0, n_jobs=1
        ).fit(design, target)
        left = float(np.std(target - forest.oob_prediction_))
        return Model(lambda s: forest.predict(data.over(s)).reshape(len(s), -1).mean(axis=1), left)

    model = fit(data.design, data.target)
    is_allowed = _limit_check(data, case, fit)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    study.enqueue_trial({name: float(v) for name, v in zip(case.settings, case.now, strict=True)})
    start = float(model.mean(case.now[None])[0])
    best, gain = case.now, 0.0
    for _ in range(N_TRIALS):
        trial = study.ask()
        ends = zip(case.settings, case.low, case.high, strict=True)
        at = np.array([trial.suggest_float(name, low, high) for name, low, high in ends])
        value, ok = float(model.mean(at[None])[0]) - start, bool(is_allowed(at[None])[0])
        trial.set_constraint("limits", 0.0 if ok else 1.0)
        study.tell(trial, value)
        if ok and value > gain:
            best, gain = at, value
    return _answer(best, gain, None, started)


def propose_quadratic(case: Case) -> Proposal:
    """Quadratic response surface by least squares."""
    started = cpu_seconds()
    data = data_of(case, n_recent=240)
    m = len(case.settings)
    terms = _terms(m, len(case.conditions), len(data.target))

    def columns(rows: Floats) -> Floats:
        return np.column_stack([np.ones(len(rows)), *(np.prod(rows[:, t], axis=1) for t in terms)])

    def mean_columns(settings: Floats) -> Floats:
        # products are at most linear in a condition here, but squares of conditions need the mean of squares: they cancel
        z = data.at(settings)
        return columns(np.hstack([z, np.tile(data.recent.mean(axis=0), (len(z), 1))]))

    def fit(design: Floats, target: Floats) -> Model:
        x = columns(design)
        beta = np.linalg.lstsq(x, target, rcond=None)[0]
        left = target - x @ beta
        return Model(lambda s: mean_columns(s) @ beta, float(np.sqrt(left @ left / max(len(target) - x.shape[1], 1))))

    model = fit(data.design, data.target)
    best = best_point(model.mean, _limit_check(data, case, fit), case.now, case.low, case.high)
    gain = float(np.diff(model.mean(np.vstack([case.now, best])))[0])
    x = columns(data.design)
    move = np.diff(mean_columns(np.vstack([case.now, best])), axis=0)[0]
    sd = model.left_sd * float(np.sqrt(max(move @ np.linalg.pinv(x.T @ x) @ move, 0.0)))
    return _answer(best, gain, gain - Z * sd, started)


def _terms(m: int, k: int, n: int) -> list[tuple[int, ...]]:
    """Lines, squares and products, as far as the rows carry them."""
    lines: list[tuple[int, ...]] = [(i,) for i in range(m + k)]
    squares: list[tuple[int, ...]] = [(i, i) for i in range(m + k)]
    products: list[tuple[int, ...]] = [(i, j) for i in range(m + k) for j in range(i + 1, m + k)]
    for terms in (lines + squares + products, lines + squares):
        if len(terms) <= TERMS_SHARE * n:
            return terms
    return lines


def propose_gp(case: Case) -> Proposal:
    """Gaussian process with its own posterior."""
    from scipy.optimize import minimize
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    started = cpu_seconds()
    data = data_of(case, GP_POINTS)
    size = data.design.shape[1]

    def climb(objective: Any, start: Floats, bounds: Any) -> tuple[Floats, float]:
        found = minimize(objective, start, method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": 25})
        return found.x, float(found.fun)

    def learn(design: Floats, target: Floats) -> Any:
        rows = np.unique(np.linspace(0, len(target) - 1, min(GP_ROWS, len(target))).round().astype(int))
        kernel = ConstantKernel(1.0, (1e-3, 1e3)) * RBF(np.full(size, 4.0), (0.3, 100.0)) + WhiteKernel(0.5, (1e-4, 10.0))
        gp = GaussianProcessRegressor(kernel, normalize_y=True, optimizer=climb, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return gp.fit(design[rows], target[rows])

    def fit(design: Floats, target: Floats) -> Model:
        gp = learn(design, target)
        left = float(np.sqrt(gp.kernel_.k2.noise_level) * gp._y_train_std)
        return Model(lambda s: gp.predict(data.over(s)).reshape(len(s), -1).mean(axis=1), left)

    gp = learn(data.design, data.target)

    def mean(settings: Floats) -> Floats:
        return np.asarray(gp.predict(data.over(settings)).reshape(len(settings), -1).mean(axis=1))

    best = best_point(mean, _limit_check(data, case, fit), case.now, case.low, case.high)
    gain = float(np.diff(mean(np.vstack([case.now, best])))[0])
    _, covariance = gp.predict(data.over(np.vstack([case.now, best])), return_cov=True)
    r = len(data.recent)
    weights = np.concatenate([np.full(r, -1.0 / r), np.full(r, 1.0 / r)])
    noise = gp.kernel_.k2.noise_level * gp._y_train_std**2 * float(weights @ weights)  # predict adds it on the diagonal
    sd = float(np.sqrt(max(weights @ covariance @ weights - noise, 0.0)))
    return _answer(best, gain, gain - Z * sd, started)


def _answer(best: Floats, gain: float, low_end: float | None, started: float) -> Proposal:
    seconds = cpu_seconds() - started
    return Proposal("proposed", best, gain, low_end, seconds) if gain > 0.0 else Proposal("no_change", seconds=seconds)


PEERS: Mapping[str, Callable[[Case], Proposal]] = {
    "forest": propose_forest,
    "quadratic": propose_quadratic,
    "gp": propose_gp,
}
