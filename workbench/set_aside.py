"""Why a row of a source is not used: the words that both loaders, which read rows, and prepare, which aligns them, must know.

They are counted in the row ledger under these words, and some mean more: what is not yet known ends no hold.
"""

from __future__ import annotations

__all__ = ["BAD_QUALITY", "DUPLICATE", "NOT_IN_SHEET", "NOT_YET_KNOWN", "NO_BATCH", "NO_TIME", "NO_VALUE", "TEXT_STATE"]

BAD_QUALITY = "bad quality"
DUPLICATE = "duplicate"
NOT_IN_SHEET = "tag not in the sheet"
NOT_YET_KNOWN = "not yet known"  # an as-of run must not see such a row, not even as the end of a hold
NO_BATCH = "no batch"
NO_TIME = "no time"
NO_VALUE = "no value"
TEXT_STATE = "text state"
