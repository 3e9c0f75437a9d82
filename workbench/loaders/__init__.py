"""Sources -> records: csv, parquet and xlsx, long or wide, recognised by themselves; read only."""

from __future__ import annotations

from workbench.loaders.read import read_records, records_from_frame
from workbench.loaders.report import CODES
from workbench.loaders.tag_list import list_new, list_tags

__all__ = ["CODES", "list_new", "list_tags", "read_records", "records_from_frame"]
