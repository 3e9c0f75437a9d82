from __future__ import annotations

from collections.abc import Callable

import pytest

from workbench.models.surrogates import fit_surrogate
from workbench.models.surrogates.explain import setting_effects, variance_shares


def test_shares_add_up_and_follow_what_made_the_outcome(made: Callable) -> None:
    line = made(n=600, noise=0.5)
    shares = dict(variance_shares(fit_surrogate(line.sheet, line.history), "recovery").iter_rows())
    assert list(shares) == ["settings", "conditions", "drift and time of day", "unexplained"]
    assert sum(shares.values()) == pytest.approx(1.0)
    # by hand: settings (0.6*3)^2 + 2*(0.05*9)^2 + 0.8^2 + 0.25^2 = 4.35, condition 0.49, noise 0.25; in all 5.09
    assert shares["settings"] == pytest.approx(4.35 / 5.09, abs=0.04)
    assert shares["conditions"] == pytest.approx(0.49 / 5.09, abs=0.04)
    assert shares["unexplained"] == pytest.approx(0.25 / 5.09, abs=0.02)


def test_nothing_goes_with_settings_that_do_nothing(made: Callable) -> None:
    line = made(effect=0.0)
    surrogate = fit_surrogate(line.sheet, line.history)
    assert abs(variance_shares(surrogate)["share"][0]) < 0.03
    effects = setting_effects(surrogate, z=2.5)
    assert ((effects["low"] < 0) & (effects["high"] > 0)).all()


def test_one_standard_deviation_does_what_the_truth_says(made: Callable) -> None:
    line = made(n=600, noise=0.3)
    effects = setting_effects(fit_surrogate(line.sheet, line.history))
    assert effects["setting"].to_list() == ["temperature", "flow", "mode"]
    by = {row["setting"]: row for row in effects.to_dicts()}
    assert by["temperature"]["step"] == pytest.approx(3.0, rel=0.1)
    assert by["temperature"]["change"] == pytest.approx(0.6 * by["temperature"]["step"], abs=0.25)
    assert by["flow"]["change"] == pytest.approx(0.8 * by["flow"]["step"], abs=0.1)
    towards = 1 if by["mode"]["choice"] == "keep" else -1
    assert by["mode"]["step"] is None
    assert by["mode"]["change"] == pytest.approx(towards * 0.5, abs=0.15)
    assert all(row["low"] < row["change"] < row["high"] for row in by.values())
