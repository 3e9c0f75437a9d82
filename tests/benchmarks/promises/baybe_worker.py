"""Runs inside an environment with BayBE: reads a case, writes the settings that BayBE recommends.

    /tmp/venv_peers/bin/python baybe_worker.py case.json answer.json

As a user of BayBE would do it: settings over their bounds with the step as linear constraints, conditions as parameters that
are fixed at their recent mean, past periods as measurements, its Gaussian process, and the posterior mean as what to maximise
(its default would explore). BayBE knows no limits on outcomes.
"""

import json
import sys
import warnings
from pathlib import Path

import pandas as pd
import torch
from baybe import Campaign
from baybe.acquisition import PosteriorMean
from baybe.constraints import ContinuousLinearConstraint
from baybe.parameters import NumericalContinuousParameter
from baybe.recommenders import BotorchRecommender
from baybe.searchspace import SearchSpace
from baybe.targets import NumericalTarget


def main():
    """Recommend once."""
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    case = json.loads(Path(sys.argv[1]).read_text())
    rows = pd.DataFrame(case["rows"])
    parameters, constraints = [], []

    def hold(name, operator, value):
        constraints.append(ContinuousLinearConstraint(parameters=[name], operator=operator, coefficients=[1.0], rhs=value))

    for s in case["settings"]:
        parameters.append(NumericalContinuousParameter(name=s["name"], bounds=(s["low"], s["high"])))
        hold(s["name"], "<=", s["box_high"])
        hold(s["name"], ">=", s["box_low"])
    for c in case["conditions"]:
        span = max(rows[c["name"]].max() - rows[c["name"]].min(), 1e-6)
        ends = (min(rows[c["name"]].min(), c["recent"]) - 1e-3 * span, max(rows[c["name"]].max(), c["recent"]) + 1e-3 * span)
        parameters.append(NumericalContinuousParameter(name=c["name"], bounds=ends))
        hold(c["name"], "=", c["recent"])
    campaign = Campaign(
        SearchSpace.from_product(parameters, constraints),
        NumericalTarget(name="target").to_objective(),
        recommender=BotorchRecommender(acquisition_function=PosteriorMean()),
    )
    campaign.add_measurements(rows, numerical_measurements_must_be_within_tolerance=False)
    proposed = campaign.recommend(1)
    now = pd.DataFrame([{s["name"]: s["now"] for s in case["settings"]} | {c["name"]: c["recent"] for c in case["conditions"]}])
    means = campaign.posterior_stats(pd.concat([now, proposed], ignore_index=True), stats=["mean"])["target_mean"].tolist()
    settings = [float(proposed[s["name"]].iloc[0]) for s in case["settings"]]
    Path(sys.argv[2]).write_text(json.dumps({"settings": settings, "gain": means[1] - means[0]}))


if __name__ == "__main__":
    main()
