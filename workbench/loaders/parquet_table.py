"""Parquet files as a table: types as stored, read column by column when somebody asks."""

from __future__ import annotations

import polars as pl

from workbench.errors import InputError
from workbench.loaders.source import SourceFile
from workbench.loaders.table import SourceColumn, SourceTable

__all__ = ["read_parquet_table"]

_ROW = "row"


def read_parquet_table(file: SourceFile) -> SourceTable:
    """Return a parquet file as a lazy table.

    Raises
    ------
    InputError
        If the file is damaged, or has no rows or one column only.
    """
    try:
        frame = pl.scan_parquet(file.path, glob=False, hive_partitioning=False)
        schema = frame.collect_schema()
        has_rows = not frame.head(1).collect().is_empty()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{file.label} is not a whole parquet file: export it again") from error
    if not has_rows:
        raise InputError(f"{file.label} has columns but no rows")
    if len(schema) < 2:
        raise InputError(f"only one column was found in {file.label}: a source has a time column and tags")
    index = _free_name(schema.names())
    frame = pl.scan_parquet(file.path, glob=False, hive_partitioning=False, row_index_name=index)
    if index != _ROW:  # the file has a column of that name: keep it under another key
        frame = frame.rename({_ROW: f"{_ROW}.", index: _ROW})
    keys = {name: f"{_ROW}." if name == _ROW else name for name in schema.names()}
    columns = tuple(SourceColumn(keys[name], name.strip(), dtype) for name, dtype in schema.items())
    return SourceTable(frame, columns, file.label)


def _free_name(taken: list[str]) -> str:
    name = _ROW
    while name in taken:
        name += "_"
    return name
