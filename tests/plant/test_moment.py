from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workbench.errors import InputError
from workbench.plant import load_sheet, read_moment


def test_date_is_its_start_in_plant_time() -> None:
    sheet = load_sheet("phosphoric_acid")  # Asia/Shanghai, UTC+8
    assert read_moment(sheet, "2026-01-12") == datetime(2026, 1, 11, 16, tzinfo=UTC)
    assert read_moment(sheet, "2026-01-12T06:00Z") == datetime(2026, 1, 12, 6, tzinfo=UTC)
    assert read_moment(sheet, None) is None
    assert read_moment(sheet, " ") is None


def test_no_date_is_one_sentence() -> None:
    with pytest.raises(InputError, match=r"^date 'yesterday' is not a date: write 2026-01-12 or 2026-01-12T06:00$"):
        read_moment(load_sheet("phosphoric_acid"), "yesterday")
