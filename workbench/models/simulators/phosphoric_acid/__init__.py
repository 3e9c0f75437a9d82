"""Wet-process phosphoric acid, dihydrate: attack tank, tilting-pan filter, water balance and the old way of running it.

The room is split by idea: `constants` (every number with unit, mark and source), `assay` and `inputs` (what goes in), `attack`,
`lattice`, `cake` (filter), `phase` (dihydrate limit), `balance` and `steady` (the water balance that fixes the acid strength),
`economics`, then the moving plant: `disturbances`, `practice` (how settings were moved), `dynamics`, and what was written down
of it: `instruments`, `laboratory`, `defects`, `history`; `verify` checks the physics, `story` holds the published claim.
"""
