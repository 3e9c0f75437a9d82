"""What the history says about the settings, averaged over how wide their effects may be.

Taking the one most likely prior width for each group of terms is too sure of itself: a group found narrow is switched off
with certainty, and one found wide by luck is believed. So the settings' terms are averaged over a grid of widths, each weighted
by its evidence, with a share of belief kept for "no setting does anything" (Bayesian model averaging [1]_).

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
from scipy import linalg

from workbench.models.surrogates.basis import BEND_S, CROSS_SC, CROSS_SS, LINEAR_S
from workbench.models.surrogates.evidence import EvidenceFit

__all__ = ["SETTING_GROUPS", "SettingsPosterior"]

SETTING_GROUPS = (LINEAR_S, BEND_S, CROSS_SS, CROSS_SC)

# All own assumptions, chosen on small simulated plants: widths in standard deviations of the outcome per standard deviation
# of a term.
PRIOR_NO_EFFECT = 0.3  # belief before the data that no setting does anything [-]
WIDTHS = (0.02, 0.04, 0.08, 0.16, 0.32, 0.64)  # of straight lines [-]
BEND_SHARES = (0.15, 0.4, 1.0)  # width of bends as a share of that of lines [-]
CROSS_SHARES = (0.08, 0.4)  # width of products as a share of that of lines [-]
WIDTH_NONE = 1e-4  # stands for no effect [-]
NEGLIGIBLE = 1e-7  # weight of a grid point that is left out of a sum [-]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SettingsPosterior:
    """Posterior of the settings' terms under fixed noise and fixed terms of conditions and drift, ready for many targets.

    Everything that does not depend on the outcome's values is worked out once, so that a replay on the plant's own past
    costs a few products of small matrices.

    Parameters
    ----------
    terms : array of int
        Columns of the design that belong to settings.
    cleaned : array of float, shape (periods, terms)
        Those columns, whitened, less what conditions and drift explain of them.
    covariances : array of float, shape (grid, terms, terms)
        Posterior covariance at each grid point of prior widths.
    log_weights : array of float
        Log prior and log determinants of each grid point.
    noise_variance : float
    """

    terms: NDArray[np.int64]
    cleaned: Floats
    covariances: Floats
    log_weights: Floats
    noise_variance: float

    @classmethod
    def of(
        cls, whitened: Floats, weights: Floats, groups: NDArray[np.int64], fit: EvidenceFit, leeway: Floats | None = None
    ) -> SettingsPosterior:
        """Prepare the grid for rows `whitened` (periods, columns), counted with `weights`.

        `leeway` holds, for each of the settings' terms, how wide its effect may be beside the others of its group [-].
        """
        is_setting = np.isin(groups, SETTING_GROUPS)
        terms, rest = np.flatnonzero(is_setting), np.flatnonzero(~is_setting)
        noise = fit.noise_variance
        s, c = whitened[:, terms], whitened[:, rest]
        weighted = c * weights[:, None]
        inner = weighted.T @ c + np.diag(np.maximum(fit.precision[rest], 1e-9) * noise)
        cleaned = s - c @ linalg.solve(inner, weighted.T @ s, assume_a="pos")
        # Schur complement: information about settings after conditions and drift have taken theirs
        information = s.T @ (cleaned * weights[:, None])
        information = 0.5 * (information + information.T) / noise
        room = np.ones(len(terms)) if leeway is None else leeway
        covariances, log_weights = [], []
        for widths, log_prior in _grid():
            precision = np.array([1.0 / widths[int(g)] ** 2 for g in groups[terms]]) / room**2
            scale = 1.0 / np.sqrt(precision + np.diag(information))
            a = information * scale[:, None] * scale[None, :]
            a[np.diag_indices_from(a)] += precision * scale**2
            factor = linalg.cho_factor(a, lower=True, check_finite=False)
            inverse = linalg.cho_solve(factor, np.eye(len(a)), check_finite=False)
            covariances.append(inverse * scale[:, None] * scale[None, :])
            log_determinant = 2.0 * float(np.log(np.diag(factor[0])).sum() - np.log(scale).sum())
            log_weights.append(log_prior + 0.5 * (float(np.log(precision).sum()) - log_determinant))
        return cls(terms, cleaned, np.array(covariances), np.array(log_weights), noise)

    def means(self, pulls: Floats) -> tuple[Floats, Floats]:
        """Return posterior means and grid weights for each column of `pulls` = cleaned' x (weighted target).

        Returns
        -------
        means : array of float, shape (terms, columns)
        weights : array of float, shape (grid, columns)
        """
        scaled = pulls / self.noise_variance
        each = self.covariances @ scaled  # grid, terms, columns
        log_weights = self.log_weights[:, None] + 0.5 * np.einsum("gtc,tc->gc", each, scaled)
        weights = np.exp(log_weights - log_weights.max(axis=0))
        weights /= weights.sum(axis=0)
        return np.einsum("gtc,gc->tc", each, weights), weights

    def covariance(self, pull: Floats) -> Floats:
        """Return the posterior covariance, within and between grid points, for one target."""
        mean, weights = self.means(pull[:, None])
        apart = (self.covariances @ (pull / self.noise_variance)) - mean[:, 0]
        w = weights[:, 0]
        return np.asarray(np.tensordot(w, self.covariances, axes=1) + (apart * w[:, None]).T @ apart)

    def changes(self, shifts: Floats, pulls: Floats) -> tuple[Floats, Floats]:
        """Return posterior mean and standard deviation of every change under every target.

        Parameters
        ----------
        shifts : array of float, shape (changes, terms)
            Moves of the settings' terms.
        pulls : array of float, shape (terms, targets)
            As in `means`.

        Returns
        -------
        mean, sd : arrays of float, shape (changes, targets)
        """
        _, weights = self.means(pulls)
        mean = np.zeros((len(shifts), pulls.shape[1]))
        square = np.zeros_like(mean)
        for covariance, w in zip(self.covariances, weights, strict=True):
            if w.max() < NEGLIGIBLE:
                continue
            loads = shifts @ covariance
            each = loads @ pulls / self.noise_variance
            mean += w * each
            square += w * (each**2 + np.einsum("it,it->i", loads, shifts)[:, None])
        return mean, np.sqrt(np.maximum(square - mean**2, 0.0))


def _grid() -> list[tuple[dict[int, float], float]]:
    points = [(dict.fromkeys(SETTING_GROUPS, WIDTH_NONE), float(np.log(PRIOR_NO_EFFECT)))]
    combinations = list(product(WIDTHS, BEND_SHARES, CROSS_SHARES, CROSS_SHARES))
    share = float(np.log((1.0 - PRIOR_NO_EFFECT) / len(combinations)))
    for width, bend, pair, with_condition in combinations:
        widths = {LINEAR_S: width, BEND_S: width * bend, CROSS_SS: width * pair, CROSS_SC: width * with_condition}
        points.append((widths, share))
    return points
