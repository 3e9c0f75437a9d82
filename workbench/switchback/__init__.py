"""A switchback trial, in numbers: admissible orders, block means, the effect with its re-randomisation test and interval."""
