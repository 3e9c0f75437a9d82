"""Tags that a source lacks: the hint names none that the sheet has already, and the reason where it is the encoding."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.errors import InputError
from workbench.loaders import read_records
from workbench.plant import Sheet

RENAMED = {
    "wide": "time,TIC1_Temp_SP,TIC1_Temperature_PV,B,Y\n2024-01-01 00:00,1,2,3,4\n",
    "long": "time,tag,value\n2024-01-01,TIC1_Temp_SP,1\n2024-01-01,TIC1_Temperature_PV,1\n2024-01-01,B,1\n2024-01-01,Y,1\n",
}


@pytest.fixture
def sheet(sheet_of: Callable[..., Sheet]) -> Sheet:
    """A setting whose measured value has nearly the same tag, and an outcome named in Chinese."""
    return sheet_of(
        "name: line_1\ntimezone: UTC\nperiod: 1h\n"
        "settings:\n  a: {tag: TIC1_Temp_SP, measured: TIC1_Temp_PV, low: 0, high: 100, max_step: 5}\n"
        "conditions:\n  b: {tag: B}\noutcomes:\n  y: {tag: 膜厚}\nobjective: {maximize: y}\n"
    )


def refusal(sheet: Sheet, source: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_records(sheet, source)
    return str(caught.value)


@pytest.mark.parametrize("kind", sorted(RENAMED))
def test_a_renamed_tag_is_never_guessed_to_be_one_that_the_sheet_names(
    kind: str, sheet: Sheet, csv_of: Callable[..., Path]
) -> None:
    assert refusal(sheet, csv_of(RENAMED[kind].replace("Y", "膜厚"))) == (
        "tag 'TIC1_Temp_PV' (settings.a.measured) not found in x.csv (did you mean 'TIC1_Temperature_PV'?): "
        "name a tag of the source in line.yaml, or read a source that has it"
    )


@pytest.mark.parametrize("kind", sorted(RENAMED))
def test_a_chinese_export_of_excel_is_told_by_its_encoding(kind: str, sheet: Sheet, csv_of: Callable[..., Path]) -> None:
    text = RENAMED[kind].replace("Temperature", "Temp").replace("Y", "膜厚")
    assert refusal(sheet, csv_of(text.encode("gb18030"))) == (
        "tag '膜厚' (outcomes.y) not found in x.csv, which is not UTF-8 and was read as Windows-1252: save it as UTF-8,"
        " which Excel calls CSV UTF-8, or name its tags in line.yaml as they were read"
    )
