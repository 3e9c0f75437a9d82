"""The record in MLflow against the record that was promised."""

from __future__ import annotations

from workbench.track.pages import Page, read_pages
from workbench.track.store import Store
from workbench.verify.promise import record_sha256
from workbench.verify.states import ReviewState

__all__ = ["RECORD", "artifact_fault", "record_fault"]

RECORD = "recommendation.json"


def artifact_fault(store: Store, state: ReviewState) -> str:
    """Return in words how the record on MLflow's page differs from the promised one; empty where it does not."""
    page = read_pages(store).get(state.run_id or "")
    return "" if page is None or page.deleted else record_fault(page, state.record_sha256)


def record_fault(page: Page, promised_sha256: str) -> str:
    """Return what is wrong with a page's `recommendation.json`; empty where it is as promised."""
    text = page.text(RECORD)
    if text is None:
        return f"{RECORD} is missing from its page in MLflow"
    found = record_sha256(text)
    if found == promised_sha256:
        return ""
    return (
        f"{RECORD} on its page in MLflow was changed after the promise (SHA-256 {found[:12]}, promised {promised_sha256[:12]})"
    )
