"""`python -m tests.benchmarks.promises`: see `run.py`."""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(_name, "1")  # before numpy and polars load: each worker has one core

if __name__ == "__main__":
    from .run import main

    main()
