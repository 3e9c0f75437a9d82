"""The old operators' hands: one on the acid valve, late and heavy, one on the rock feed."""

from __future__ import annotations

from collections import deque

import numpy as np

from workbench.models.simulators.phosphoric_acid.disturbances import STEP_HOURS, STEPS_PER_DAY

__all__ = ["ROCK_RATE", "START_RATE", "AcidHand", "RockHand"]

RESULT_STEPS = 5  # [10 min] a sulfate result is there 45-50 min after its sample
DEAD_BAND = 0.25  # [% w/w] the operator lets smaller deviations be
CORRECTION = 0.014  # [relative acid per % w/w] the full steady-state correction
CORRECTION_MOST = 0.012  # [relative acid]
NIGHT_STEPS = 48  # [10 min] midnight to 8 o'clock local
NIGHT_ACTS = 0.6  # share of the night's results that are acted on
ATTACKED_LIME = 0.977  # [-] of the lime that takes sulfuric acid: the rest is unattacked or takes phosphate
LIQUOR_PER_ROCK = 1.03  # [t/t] carries the free acid out

ROCK_RATE = 64.0  # [t/h] fixed
ROCK_RATE_LEAST = 50.0  # [t/h] the operator cuts no further while the filter is merely slow
ROCK_RATE_FLOODED = 25.0  # [t/h] and no further than this when the cake floods
RATE_MOVE = 2.0  # [t/h per h]
FLOOD_MOVE = 12.0  # [t/h per h]
START_MOVE = 16.0  # [t/h per h] feed after a stop
START_RATE = 8.0  # [t/h] of the first minutes
LOAD_FLOODED, LOAD_TOO_HIGH, LOAD_FINE = 1.15, 1.06, 1.00  # [-] filter utilisation: rock is cut hard, cut, given back


class AcidHand:
    """The hand on the acid.

    It acts on each late sulfate result that is more than `DEAD_BAND` off, with the full correction, and again on the next:
    a slow tank answers with swings. At night some results are left lying. A new rock assay resets the ratio to its lime.
    """

    def __init__(self, lime: float, rng: np.random.Generator) -> None:
        self.trim, self.lime = 0.0, lime
        self._rng = rng
        self._waiting: deque[tuple[int, float]] = deque()

    def sampled(self, step: int, result: float) -> None:
        """Take note that the laboratory will report this sulfate [% w/w] of that step."""
        self._waiting.append((step, result))

    def look(self, step: int, wanted: float) -> None:
        """Act on what the laboratory has reported by now, against the set-point [% w/w]."""
        while self._waiting and self._waiting[0][0] + RESULT_STEPS <= step:
            _, seen = self._waiting.popleft()
            is_night = step % STEPS_PER_DAY < NIGHT_STEPS
            if not is_night or self._rng.uniform() < NIGHT_ACTS:
                self.correct(seen - wanted)

    def correct(self, deviation: float) -> None:
        """Move the trim for a sulfate result minus its set-point [% w/w]."""
        if abs(deviation) > DEAD_BAND:
            self.trim -= min(max(CORRECTION * deviation, -CORRECTION_MOST), CORRECTION_MOST)

    def ratio(self, lime: float, sulfate: float) -> float:
        """Acid wanted [t H2SO4/t dry rock] for the lime last reported [t/t] and the sulfate set-point [% w/w]."""
        if lime != self.lime:
            self.trim, self.lime = 0.0, lime
        return (1.749 * ATTACKED_LIME * lime + sulfate / 100.0 * LIQUOR_PER_ROCK) * (1.0 + self.trim)


class RockHand:
    """The hand on the rock: 64 t/h, less while the filter cannot cope, and a ramp after a stop; rates in t/h."""

    def __init__(self) -> None:
        self.wanted, self.rate = ROCK_RATE, ROCK_RATE

    def start(self) -> None:
        """Begin again after a stop."""
        self.rate = START_RATE

    def feed(self) -> float:
        """Rate of this step [t/h]."""
        self.rate = min(self.rate + START_MOVE * STEP_HOURS, self.wanted)
        return self.rate

    def watch(self, load: float) -> None:
        """Cut or give back rock by the filter's utilisation [-].

        Without the hard cut an overloaded filter would settle at the second root of the water balance and stay there.
        """
        if load > LOAD_FLOODED:
            self.wanted = max(self.wanted - FLOOD_MOVE * STEP_HOURS, ROCK_RATE_FLOODED)
        elif load > LOAD_TOO_HIGH:
            self.wanted = max(self.wanted - RATE_MOVE * STEP_HOURS, min(self.wanted, ROCK_RATE_LEAST))
        elif load < LOAD_FINE:
            self.wanted = min(self.wanted + RATE_MOVE * STEP_HOURS, ROCK_RATE)
