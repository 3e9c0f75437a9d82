"""Wet-process phosphoric acid, dihydrate: attack tank, tilting-pan filter, water balance and the old way of running it.

The room is split by idea: `constants` (every number with unit, mark and source), `inputs` (what goes in), `attack`,
`lattice`, `cake` (filter), `phase` (dihydrate limit), `balance` and `steady` (the water balance that fixes the acid strength),
`economics`, `period` (true means under scatter); then the moving plant: `disturbances`, `practice` (how settings moved),
`operator`, `tank`, `dynamics`, and what was written of it: `instruments`, `laboratory`, `defects`, `history`. `closure` and
`verify` check the physics; `sensitivity` says on which assumed numbers the gain rests, `story` holds the published claim.
"""
