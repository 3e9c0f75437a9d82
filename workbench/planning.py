"""Trials for the command line and the notebooks alike: plan one, schedule it, ask for the next step."""
