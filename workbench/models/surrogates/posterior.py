"""What the history says about the settings, averaged over how wide their effects may be.

Taking the one most likely prior width for each group of terms is too sure of itself: a group found narrow is switched off
with certainty, and one found wide by luck is believed. So the settings' terms are averaged over a grid of widths, each weighted
by its evidence, with a share of belief kept for "no setting does anything" (Bayesian model averaging [1]_). Squares may be
expected on one side of zero: more of a setting tends to help less and less. What an objective's formula charges for a setting
is known; what is learned beside it is expected to bring some of it back.

References
----------
.. [1] J. A. Hoeting, D. Madigan, A. E. Raftery, C. T. Volinsky, Bayesian model averaging: a tutorial, Statistical Science 14
   (1999) 382.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from workbench.models.surrogates.basis import BEND_S, CROSS_SC, CROSS_SS, CURVE_S, DRIFT_S, LINEAR_S
from workbench.models.surrogates.evidence import EvidenceFit, Moments, factor_of, gram_of, inverse_of

__all__ = ["SETTING_GROUPS", "SettingsPosterior", "prior_of_rest"]

SETTING_GROUPS = (LINEAR_S, BEND_S, CURVE_S, CROSS_SS, CROSS_SC)

# All own assumptions, chosen on small simulated plants: widths in standard deviations of the outcome per standard deviation
# of a term.
PRIOR_NO_EFFECT = 0.3  # belief before the data that no setting does anything [-]
WIDTHS = (0.02, 0.04, 0.08, 0.16, 0.32, 0.64)  # of straight lines [-]
BEND_SHARES = (0.15, 0.4, 1.0)  # width of squares as a share of that of lines, and of higher bends as one of squares [-]
CROSS_SHARES = (0.08, 0.4, 1.2)  # width of products of two settings as a share of that of lines [-]
CONDITION_SHARES = (0.08, 0.4, 1.2)  # the same of products of a setting with a condition [-]
RETURNS = 0.7  # prior widths that a square of the objective is expected to bend downwards: returns diminish [-]
PAID_BACK = 0.5  # share of what a formula charges for settings that is expected to come back through the outcomes [-]
PAID_BACK_SD = 0.25  # standard deviation of that share, which is the same for all settings [-]
BENDS_ALIKE = 0.5  # prior correlation of two settings' squares [-]
WIDTH_NONE = 1e-4  # stands for no effect [-]
NEGLIGIBLE = 1e-7  # weight of a grid point that is left out of a sum [-]
UNLIKELY = 1e-5  # weight, beside the likeliest, of one that is left out where one target is all that is asked for [-]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SettingsPosterior:
    """Posterior of the settings' terms under fixed noise and fixed terms of conditions and drift, ready for many targets.

    Effects may have drifted: beside each term stand columns for what it did otherwise before (`drift_columns`), and the terms
    are the effects at the end of the history. What is believed beforehand is believed of the middle of the history and of the
    drift, each around zero, so that an effect is not taken to fade towards the end.

    Everything that does not depend on the outcome's values is worked out once, so that a replay on the plant's own past
    costs a few products of small matrices.

    Parameters
    ----------
    terms : array of int
        Columns of the design that belong to settings.
    own : array of int
        Those columns, and after them those of effects of settings that drifted.
    cleaned : array of float, shape (periods, terms and drifted effects)
        The columns `own`, whitened, less what conditions and slow drift explain.
    covariances : array of float, shape (grid, terms and drifted effects, the same)
        Posterior covariance at each grid point of prior widths.
    expected : array of float, shape (grid, terms and drifted effects)
        Prior precision times prior mean at each grid point.
    log_weights : array of float
        Log prior and log determinants of each grid point.
    noise_variance : float
    """

    terms: NDArray[np.int64]
    own: NDArray[np.int64]
    cleaned: Floats
    covariances: Floats
    expected: Floats
    log_weights: Floats
    noise_variance: float

    @classmethod
    def of(
        cls,
        whitened: Floats,
        weights: Floats,
        groups: NDArray[np.int64],
        fit: EvidenceFit,
        leeway: Floats | None = None,
        ends: Floats | None = None,
        bends: float = 0.0,
        target: Floats | None = None,
        stated: Floats | None = None,
        gram: Floats | None = None,
    ) -> SettingsPosterior:
        """Prepare the grid for rows `whitened` (periods, columns), counted with `weights`.

        `leeway` holds, for each of the settings' terms, how wide its effect may be beside the others of its group [-]; `ends`
        (columns, columns) what a drifted effect's coefficient adds to a term from the middle of the history to its end; `bends`
        is -1 where squares are expected to bend down, 1 where up, 0 where nobody knows; `target` the whitened outcome: where it
        is given, grid points that it makes next to impossible are left out. `stated` holds what a formula says that each column
        does. Where `bends` is not 0, as for an objective, what is learned beside it is expected to make up for `PAID_BACK` of
        that, and for all of it where no setting does anything to the sum of both. `gram` holds the weighted products of all
        columns, where they are known already.
        """
        is_setting, is_drift = np.isin(groups, SETTING_GROUPS), groups == DRIFT_S
        terms, drifted, rest = np.flatnonzero(is_setting), np.flatnonzero(is_drift), np.flatnonzero(~is_setting & ~is_drift)
        noise = fit.noise_variance
        own = np.concatenate([terms, drifted])
        if gram is None:
            gram = gram_of(whitened, weights)
        inner = gram[np.ix_(rest, rest)] + noise * prior_of_rest(fit.precision, rest, ends)
        unit = 1.0 / np.sqrt(np.diag(inner))  # columns that hardly say anything would spoil the solution
        inner *= unit[:, None]
        inner *= unit
        taken = linalg.solve(inner, gram[np.ix_(rest, own)] * unit[:, None], assume_a="pos", overwrite_a=True)
        away = np.zeros((whitened.shape[1], len(own)))
        away[rest], away[own, np.arange(len(own))] = -taken * unit[:, None], 1.0
        cleaned = whitened @ away
        # Schur complement: information about settings after conditions and drift have taken theirs
        information = whitened[:, own].T @ (cleaned * weights[:, None])
        information = 0.5 * (information + information.T) / noise
        room = np.ones(len(terms)) if leeway is None else leeway
        paid = np.zeros(len(terms)) if stated is None or bends == 0.0 else -stated[terms]
        alike = np.linalg.inv(_alike(groups[terms]))
        alike_log = float(np.linalg.slogdet(alike)[1])
        # what is believed is believed of the middle: the effect at the end less what drift adds to it (its determinant is 1)
        added = np.zeros((len(terms), len(drifted))) if ends is None else ends[np.ix_(terms, drifted)]
        n = len(terms)
        drift_widths = 1.0 / np.sqrt(fit.precision[drifted])
        factors, scales, expected, log_weights = [], [], [], []
        is_bend = groups[terms] == BEND_S
        for widths, log_prior in _grid():
            does_nothing = widths[LINEAR_S] == WIDTH_NONE
            prior = 1.0 / (np.array([widths[int(g)] for g in groups[terms]]) * room)
            of_drift = 1.0 / np.minimum(drift_widths, WIDTH_NONE if does_nothing else np.inf)
            believed = prior[:, None] * alike * prior
            back, back_sd = (1.0, 0.0) if does_nothing else (PAID_BACK, PAID_BACK_SD)
            wider = 1.0
            if paid.any():
                toward = believed @ paid
                wider += back_sd**2 * float(paid @ toward)
                believed -= (back_sd**2 / wider) * np.outer(toward, toward)  # Sherman and Morrison
            through = believed @ added
            a = information.copy()
            a[:n, :n] += believed
            a[:n, n:] -= through
            a[n:, :n] -= through.T
            a[n:, n:] += added.T @ through + np.diag(of_drift**2)
            scale = 1.0 / np.sqrt(np.diag(a))
            a *= scale[:, None]
            a *= scale
            factor, half = factor_of(a)
            factors.append(factor)
            scales.append(scale)
            mean = bends * RETURNS * is_bend / prior + back * paid
            pulled = believed @ mean  # a drift's mean is 0, so the squares of the middle and of the end are expected alike
            expected.append(np.concatenate([pulled, -added.T @ pulled]))
            log_determinant = 2.0 * (half - float(np.log(scale).sum()))
            log_prior_precision = 2.0 * float(np.log(prior).sum() + np.log(of_drift).sum()) + alike_log - np.log(wider)
            log_weights.append(log_prior + 0.5 * (log_prior_precision - log_determinant - float(mean @ pulled)))
        counts = np.arange(len(factors))
        if target is not None:
            pull = cleaned.T @ (weights * target) / noise
            roots = [
                linalg.solve_triangular(factor, scale * (pull + e), lower=True, check_finite=False)
                for factor, scale, e in zip(factors, scales, expected, strict=True)
            ]
            likely = np.array(log_weights) + 0.5 * np.array([float(root @ root) for root in roots])
            counts = np.flatnonzero(likely > likely.max() + np.log(UNLIKELY))
        covariances = [inverse_of(factors[i]) * scales[i][:, None] * scales[i][None, :] for i in counts]
        return cls(terms, own, cleaned, np.array(covariances), np.array(expected)[counts], np.array(log_weights)[counts], noise)

    def means(self, pulls: Floats) -> tuple[Floats, Floats]:
        """Return posterior means and grid weights for each column of `pulls` = cleaned' x (weighted target).

        Returns
        -------
        means : array of float, shape (terms and drifted effects, columns)
        weights : array of float, shape (grid, columns)
        """
        scaled = pulls / self.noise_variance + self.expected[:, :, None]
        each = self.covariances @ scaled  # grid, terms and drifted effects, columns
        log_weights = self.log_weights[:, None] + 0.5 * np.einsum("gtc,gtc->gc", each, scaled)
        weights = np.exp(log_weights - log_weights.max(axis=0))
        weights /= weights.sum(axis=0)
        return np.einsum("gtc,gc->tc", each, weights), weights

    def covariance(self, pull: Floats) -> Floats:
        """Return the posterior covariance, within and between grid points, for one target."""
        mean, weights = self.means(pull[:, None])
        each = np.einsum("gst,gt->gs", self.covariances, pull / self.noise_variance + self.expected)
        apart = (each - mean[:, 0])[:, : len(self.terms)]
        w = weights[:, 0]
        return np.asarray(np.tensordot(w, self.of_terms, axes=1) + (apart * w[:, None]).T @ apart)

    def complete(self, own: Floats, moments: Moments, *, precision: Floats, ends: Floats) -> Floats:
        """Return the coefficients of all columns that `moments` are of: of conditions and time given `own`, the settings'."""
        mean = np.zeros(len(moments.cross))
        mean[self.own] = own
        rest = np.setdiff1d(np.arange(len(mean)), self.own)
        inner = moments.gram[np.ix_(rest, rest)] + self.noise_variance * prior_of_rest(precision, rest, ends)
        mean[rest] = np.linalg.solve(inner, moments.cross[rest] - moments.gram[np.ix_(rest, self.own)] @ own)
        return mean

    @property
    def of_terms(self) -> Floats:
        """Posterior covariance of the settings' terms at each grid point."""
        return self.covariances[:, : len(self.terms), : len(self.terms)]

    def changes(self, shifts: Floats, pulls: Floats) -> tuple[Floats, Floats]:
        """Return posterior mean and standard deviation of every change under every target.

        Parameters
        ----------
        shifts : array of float, shape (changes, terms)
            Moves of the settings' terms.
        pulls : array of float, shape (terms and drifted effects, targets)
            As in `means`.

        Returns
        -------
        mean, sd : arrays of float, shape (changes, targets)
        """
        _, weights = self.means(pulls)
        mean = np.zeros((len(shifts), pulls.shape[1]))
        square = np.zeros_like(mean)
        for covariance, expected, w in zip(self.covariances, self.expected, weights, strict=True):
            if w.max() < NEGLIGIBLE:
                continue
            loads = shifts @ covariance[: len(self.terms)]
            each = loads @ (pulls / self.noise_variance + expected[:, None])
            mean += w * each
            square += w * (each**2 + np.einsum("it,it->i", loads[:, : len(self.terms)], shifts)[:, None])
        return mean, np.sqrt(np.maximum(square - mean**2, 0.0))


def prior_of_rest(precision: Floats, rest: NDArray[np.int64], ends: Floats | None) -> Floats:
    """Return the prior precision of the columns `rest`, of conditions and time: believed of their middles and their drifts."""
    prior = np.maximum(precision[rest], 1e-9)
    if ends is None:
        return np.diag(prior)
    to_middle = sparse.eye_array(len(rest)) - sparse.csr_array(ends[np.ix_(rest, rest)])  # a drift tells of one term
    return np.asarray((to_middle.T @ sparse.diags_array(prior) @ to_middle).toarray())


def _alike(groups: NDArray[np.int64]) -> Floats:
    """Prior correlation of the settings' terms: squares of one plant tend to have one sign, which the data tell."""
    bends = groups == BEND_S
    both = bends[:, None] & bends[None, :]
    return np.where(np.eye(len(groups), dtype=bool), 1.0, np.where(both, BENDS_ALIKE, 0.0))


def _grid() -> list[tuple[dict[int, float], float]]:
    points = [(dict.fromkeys(SETTING_GROUPS, WIDTH_NONE), float(np.log(PRIOR_NO_EFFECT)))]
    combinations = list(product(WIDTHS, BEND_SHARES, CROSS_SHARES, CONDITION_SHARES))
    share = float(np.log((1.0 - PRIOR_NO_EFFECT) / len(combinations)))
    for width, bend, pair, with_condition in combinations:
        widths = {LINEAR_S: width, BEND_S: width * bend, CURVE_S: width * bend**2}
        widths |= {CROSS_SS: width * pair, CROSS_SC: width * with_condition}
        points.append((widths, share))
    return points
