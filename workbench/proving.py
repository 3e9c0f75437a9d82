"""Verdicts for the command line and the notebooks alike: read what was set, measure, grade, write down."""
