"""One outcome learned from a history: coefficients, their uncertainty and the noise that is left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from workbench.models.surrogates.basis import BEND_S, CURVE_S, DRIFT_S, LINEAR_S
from workbench.models.surrogates.evidence import FLAT, EvidenceFit, Moments, fit_by_evidence, gram_of
from workbench.models.surrogates.likeliest import N_ROUNDS_NOISE, PERIODS_FEW, likeliest_noise
from workbench.models.surrogates.noise import ArNoise, places_of
from workbench.models.surrogates.outliers import far_from_model
from workbench.models.surrogates.posterior import SettingsPosterior
from workbench.models.surrogates.span import spanned

__all__ = ["Response", "fit_response", "quick_beside", "slow_waves"]

N_NOISE_ROUNDS = 4  # rounds between coefficients and noise; mostly the order and the predictors settle in 2 to 3
NOISE_ROUNDS_MOST = 20  # where they do not: settings that answer the outcome hide what they do in the noise's memory
SETTLED = 0.1  # [sd of a line] no setting's line moved by more in the last round; own assumption
LEEWAY_MOST = 3.0  # a strong setting may do this many times as much as the usual one, a weak one as little; own assumption
STRETCH_MIN = 25  # [periods] shorter stretches disagree by chance alone and are not asked; own assumption
SWING = 50  # [results] swings longer than this are slow, moves within them quick; own assumption, told causes apart best
NEIGHBOURS = 0.5  # share of results right after another one below which memory is told by evidence, too; own assumption [-]
DRIFT_SAID = 0.1  # width of drifted effects from which it is said [sd of the outcome per sd of a setting]; own assumption
N_STRETCHES = 12  # stretches of history whose disagreement widens the interval; own assumption

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Response:
    """What one outcome does, as far as the history tells.

    Parameters
    ----------
    centre, scale : float
        Mean and standard deviation of the outcome, less what is stated, over the history, in its unit.
    mean : array of float
        Coefficients learned, in units of `scale`, for intercept, terms and slow columns in that order.
    posterior : SettingsPosterior
        Of the settings' terms, in units of `scale`.
    covariance : array of float
        Posterior covariance of the settings' terms, in units of `scale` squared.
    noise : ArNoise
        Memory of the residuals.
    residuals : array of float
        Outcome less fit, a value a period, in the outcome's unit, outliers drawn in.
    design, whitened : array of float
        Rows of the regression as they are and freed of the noise's memory (kept for intervals and replays).
    target : array of float
        Whitened outcome in units of `scale`, outliers drawn in.
    weights : array of float
        How much each period counts, 0 to 1 [-].
    groups : array of int
        Group of each coefficient, intercept first.
    fit : EvidenceFit
        Noise and prior widths as the evidence found them.
    leeway : array of float
        How wide the effect of each of the settings' terms may be beside the others [-].
    ends : array of float, shape (columns, columns)
        What each coefficient of a drifted effect adds to each term's effect at the end of the history.
    bends : float
        -1 where squares are expected to bend down, 1 where up, 0 where nobody knows.
    n_terms : int
        Terms of settings and conditions; slow columns come after them.
    n_outliers : int
        Periods whose outcome was drawn in [periods].
    stated : array of float
        Coefficients that the sheet's formula states, as in `mean`, which is learned beside them.
    told_apart : array of float, shape (stretches, settings' terms), optional
        `without_stretch` where knowledge beside the records has moved it; None where it is learned from the records alone.
    """

    centre: float
    scale: float
    mean: Floats
    posterior: SettingsPosterior
    covariance: Floats
    noise: ArNoise
    residuals: Floats
    design: Floats
    whitened: Floats
    target: Floats
    weights: Floats
    groups: NDArray[np.int64]
    fit: EvidenceFit
    leeway: Floats
    ends: Floats
    bends: float
    n_terms: int
    n_outliers: int
    stated: Floats
    told_apart: Floats | None = None

    @property
    def coefficients(self) -> Floats:
        """What the terms do, learned and stated, in the outcome's unit per unit of term."""
        return self.effects[1 : 1 + self.n_terms] * self.scale

    @property
    def effects(self) -> Floats:
        """What each column of the design does, learned (posterior mean) and stated, in units of `scale`."""
        return self.mean + self.stated

    @property
    def setting_terms(self) -> NDArray[np.int64]:
        """Places of the settings' terms among the terms."""
        return self.posterior.terms - 1

    @property
    def noise_sd(self) -> float:
        """Standard deviation of one period around the fit, in the outcome's unit."""
        return float(np.sqrt(np.average(self.residuals**2, weights=self.weights)))

    @property
    def has_drifted(self) -> bool:
        """Whether what settings do has drifted over the history by more than a trifle."""
        precision = self.fit.precision[self.groups == DRIFT_S]
        return bool(len(precision)) and float(precision[0]) <= DRIFT_SAID**-2

    @property
    def is_steady(self) -> bool:
        """Whether settings did the same all through the history: no drift, and no change of behaviour (all periods count)."""
        return not self.has_drifted and bool(np.all(self.weights == 1.0))

    @property
    def innovations(self) -> Floats:
        """Whitened residuals, in units of `scale`."""
        return self.target - self.whitened @ self.mean

    @property
    def of_middle(self) -> Floats:
        """Whitened rows whose coefficients are effects of the middle of the history, which is what a prior is about."""
        return self.whitened + self.whitened @ self.ends

    @property
    def pull(self) -> Floats:
        """What the outcome says to the settings' terms: cleaned columns times the weighted target."""
        return self.posterior.cleaned.T @ (self.weights * self.target)

    def fitted(self, rows: Floats) -> Floats:
        """Return the fit at rows of the design, in the outcome's unit."""
        return self.centre + self.scale * (rows @ self.effects)

    def change(self, shifts: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the outcome's change for rows of term shifts, in its unit."""
        d = shifts[:, self.setting_terms]
        mean = d @ self.effects[self.posterior.terms] * self.scale
        variance = np.einsum("ij,jk,ik->i", d, self.covariance, d)
        return mean, np.sqrt(np.maximum(variance, 0.0)) * self.scale

    def blind_to(self, waves: Floats) -> Response:
        """Return what is learned of the settings where swings along `waves` count for nothing, their own and the outcome's.

        `waves` (periods, columns) stand beside the settings with coefficients of any size, on rows free of the noise's memory:
        what they can tell of the outcome is left to them.
        """
        root = np.sqrt(self.weights)
        space = spanned(root[:, None] * waves)

        def without(rows: Floats) -> Floats:
            return np.asarray(rows - ((space @ (space.T @ (root * rows.T).T)).T / root).T)

        whitened, target = without(self.whitened), without(self.target)
        posterior = self._learned_from(whitened, self.weights)
        pull = posterior.cleaned.T @ (self.weights * target)
        own = posterior.means(pull[:, None])[0][:, 0]
        moments = Moments.of(self.whitened, self.target, self.weights)
        mean = posterior.complete(own, moments, precision=self.fit.precision, ends=self.ends)
        return replace(
            self,
            mean=mean,
            posterior=posterior,
            covariance=posterior.covariance(pull),
            residuals=self.residuals + self.design @ (self.mean - mean) * self.scale,
            whitened=whitened,
            target=target,
        )

    def _learned_from(
        self, whitened: Floats, weights: Floats, target: Floats | None = None, gram: Floats | None = None
    ) -> SettingsPosterior:
        """What other rows or weights leave of the posterior; noise and widths as found."""
        ends, bends, stated = self.ends, self.bends, self.stated
        return SettingsPosterior.of(whitened, weights, self.groups, self.fit, self.leeway, ends, bends, target, stated, gram)

    def change_sd_by_stretches(self, shifts: Floats) -> Floats:
        """Return the standard deviation of each change as stretches of the history disagree about it, in the outcome's unit.

        The jackknife [1]_ over stretches of history: the change is learned anew with each stretch left out. It grows where one
        campaign carries the whole effect, where the effect is not the same all the time, and where the noise remembers longer
        than the model thinks. 0 for a history whose stretches would be too short to tell.

        References
        ----------
        .. [1] B. Efron, C. Stein, The jackknife estimate of variance, Annals of Statistics 9 (1981) 586-596.
        """
        if self.without_stretch is None:
            return np.zeros(len(shifts))
        each = self.without_stretch @ shifts[:, self.setting_terms].T
        n = len(each)
        return np.asarray(np.sqrt((n - 1) / n * np.sum((each - each.mean(axis=0)) ** 2, axis=0)) * self.scale)

    @cached_property
    def without_stretch(self) -> Floats | None:
        """Posterior means of the settings' terms with each stretch left out, in units of `scale`; noise and widths as found.

        None where stretches are too short to tell.
        """
        if self.told_apart is not None or len(self.target) < STRETCH_MIN * N_STRETCHES:
            return self.told_apart
        stretches = np.array_split(np.arange(len(self.target)), N_STRETCHES)
        means, whole = [], gram_of(self.whitened, self.weights)
        for stretch in stretches:
            weights = self.weights.copy()
            weights[stretch] = 0.0
            gram = whole - gram_of(self.whitened[stretch], self.weights[stretch])
            posterior = self._learned_from(self.whitened, weights, self.target, gram)
            pull = posterior.cleaned.T @ (weights * self.target)
            means.append(posterior.means(pull[:, None])[0][: len(posterior.terms), 0])
        return np.array(means)


def quick_beside(results: int) -> Floats:
    """Return cosine waves that, left out with `Response.blind_to`, leave quick moves alone, shape (results, waves).

    A cause that nobody records and that swings slowly moves settings and outcome together over weeks. Settings also move from
    day to day on their own, and what the outcome then does is theirs (high-pass comparison of band spectrum regression [1]_).

    References
    ----------
    .. [1] R. F. Engle, Band spectrum regression, International Economic Review 15 (1974) 1-11.
    """
    place = (np.arange(results) + 0.5) / results
    return np.stack([np.cos(np.pi * k * place) for k in range(slow_waves(results) + 1)], axis=1)


def slow_waves(results: int) -> int:
    """Return how many half waves the slow swings of so many results are made of.

    Examples
    --------
    >>> slow_waves(1000)
    40
    """
    return 2 * results // SWING


def fit_response(
    terms: Floats,
    slow: Floats,
    groups: NDArray[np.int64],
    target: Floats,
    positions: NDArray[np.int64],
    *,
    weights: Floats | None = None,
    owners: Floats | None = None,
    ends: Floats | None = None,
    bends: float = 0.0,
    stated: Floats | None = None,
    is_replayed: bool = False,
) -> Response:
    """Fit one outcome.

    Parameters
    ----------
    terms : array of float, shape (periods, terms)
        From `Basis.design`.
    slow : array of float, shape (periods, slow columns)
        From `time_columns`: drift, time of day and effects that drifted.
    groups : array of int
        Group of each term and slow column; the intercept is added here.
    target : array of float
        The outcome, no missing values.
    positions : array of int
        Place of each on the grid of periods, rising [periods].
    weights : array of float, optional
        How much each period counts, 0 to 1 [-]; 1 where not given.
    owners : array of float, shape (terms, settings), optional
        1 where a term belongs to a setting, from `Basis.owners`; without it all settings have the same leeway.
    ends : array of float, shape (terms, slow columns), optional
        What a slow column's coefficient adds to a term's effect at the end, see `TimeColumns`; nothing where not given.
    bends : float
        -1 where squares of settings are expected to bend down, 1 where up, 0 where nobody knows.
    stated : array of float, shape (terms,), optional
        What each term does for certain, by the formula of the outcome, in its unit; only the rest is learned.
    is_replayed : bool
        Whether replays will ask for other targets: then prior widths that this one makes next to impossible are kept, too.
    """
    n, places = len(target), places_of(positions)
    weight = np.ones(n) if weights is None else weights
    design = np.concatenate([np.ones((n, 1)), terms, slow], axis=1)
    for_certain = np.zeros(design.shape[1])
    if stated is not None:
        for_certain[1 : 1 + terms.shape[1]] = stated
    target = target - design @ for_certain
    centre, scale = float(target.mean()), float(target.std()) or 1.0
    y = (target - centre) / scale
    groups = np.concatenate([[FLAT], groups])
    at_end = np.zeros((design.shape[1], design.shape[1]))
    if ends is not None:
        at_end[1 : 1 + terms.shape[1], 1 + terms.shape[1] :] = ends
    middle = design + design @ at_end  # effects of the middle of the history, and what drifted away from them
    noise = ArNoise.white()
    used, lines, last = y, np.flatnonzero(groups == LINEAR_S), np.zeros(len(groups))
    widths: Floats | None = None
    for round_ in range(1, NOISE_ROUNDS_MOST + 1):
        whitened, whitened_y = noise.whiten(middle, places), noise.whiten(used, places)
        rows = Moments.of(whitened, whitened_y, weight)
        fit = fit_by_evidence(rows, groups) if widths is None else fit_by_evidence(rows, groups, widths, N_ROUNDS_NOISE)
        if round_ >= N_NOISE_ROUNDS:
            moved = np.abs(fit.mean - last)[lines]
            if round_ == NOISE_ROUNDS_MOST or np.all(moved <= SETTLED * fit.sd(rows, lines)):
                fit = fit if widths is None else fit_by_evidence(rows, groups, fit.precision)
                break
            widths = fit.precision
        residuals, last = y - middle @ fit.mean, fit.mean
        far = far_from_model(residuals, y)
        used = np.where(np.abs(residuals) > far, y - residuals + np.sign(residuals) * far, y)
        noise = ArNoise.fit(used - middle @ fit.mean, places)
    if n <= PERIODS_FEW or np.mean(np.diff(places) == 1) < NEIGHBOURS:
        noise = likeliest_noise(noise, middle, used, places, weight, groups, fit.precision)
        whitened, whitened_y = noise.whiten(middle, places), noise.whiten(used, places)
        fit = fit_by_evidence(Moments.of(whitened, whitened_y, weight), groups)
    whitened = noise.whiten(design, places)
    known, moments = for_certain / scale, Moments.of(whitened, whitened_y, weight)
    posterior = SettingsPosterior.of(whitened, weight, groups, fit, None, at_end, bends, whitened_y, known, moments.gram)
    pull = posterior.cleaned.T @ (weight * whitened_y)
    leeway = np.ones(len(posterior.terms))
    if owners is not None:
        leeway = _leeway(posterior, pull, groups, owners[posterior.terms - 1])
    if owners is not None or is_replayed:
        asked = None if is_replayed else whitened_y
        posterior = SettingsPosterior.of(whitened, weight, groups, fit, leeway, at_end, bends, asked, known, moments.gram)
    own = posterior.means(pull[:, None])[0][:, 0]
    mean = posterior.complete(own, moments, precision=fit.precision, ends=at_end)
    return Response(
        centre,
        scale,
        mean,
        posterior,
        posterior.covariance(pull),
        noise,
        (used - design @ mean) * scale,
        design,
        whitened,
        whitened_y,
        weight,
        groups,
        fit,
        leeway,
        at_end,
        bends,
        terms.shape[1],
        int(np.sum(used != y)),
        known,
    )


def _leeway(posterior: SettingsPosterior, pull: Floats, groups: NDArray[np.int64], owners: Floats) -> Floats:
    """How wide the effect of each term may be beside the others: settings that do much in a first look may do more.

    One strong setting would otherwise widen what is believed of all of them.
    """
    mean = posterior.means(pull[:, None])[0][: len(posterior.terms), 0]
    square = mean**2 + np.diag(posterior.covariance(pull))
    alone = np.isin(groups[posterior.terms], (LINEAR_S, BEND_S, CURVE_S))
    strength = np.sqrt(owners[alone].T @ square[alone])
    usual = float(np.sqrt(np.mean(strength**2))) or 1.0
    each = np.clip(strength / usual, 1.0 / LEEWAY_MOST, LEEWAY_MOST)
    return np.asarray(np.exp(owners @ np.log(each) / np.maximum(owners.sum(axis=1), 1.0)))
