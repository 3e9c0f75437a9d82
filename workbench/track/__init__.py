"""The MLflow store: one experiment a plant, one run a study; the only room that imports mlflow, and only inside functions."""

from workbench.track.promise import ledger_head, track_no_change, track_promise
from workbench.track.store import Store
from workbench.track.study import TrackedRun, interrupted_name, metric_name, track_study
from workbench.track.ui import serve_ui

__all__ = [
    "Store",
    "TrackedRun",
    "interrupted_name",
    "ledger_head",
    "metric_name",
    "serve_ui",
    "track_no_change",
    "track_promise",
    "track_study",
]
