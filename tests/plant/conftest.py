"""The sheet of the design as a base that single tests change in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.errors import InputError
from workbench.plant import Sheet, read_sheet

ACID = Path(__file__).with_name("acid_line_1.yaml").read_text(encoding="utf-8")
LABEL = "acid_line_1.yaml"


def _changed(changes: tuple[str, ...]) -> str:
    text = ACID
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


@pytest.fixture
def acid_text() -> str:
    """The text of the base sheet."""
    return ACID


@pytest.fixture
def sheet_with() -> Callable[..., Sheet]:
    """The base sheet with texts replaced: old, new, old, new ..."""
    return lambda *changes: read_sheet(_changed(changes), LABEL)


@pytest.fixture
def fault_of() -> Callable[..., str]:
    """The sentence with which the base sheet is refused once texts are replaced."""

    def read(*changes: str) -> str:
        with pytest.raises(InputError) as caught:
            read_sheet(_changed(changes), LABEL)
        return str(caught.value)

    return read


@pytest.fixture
def fault_of_text() -> Callable[[str], str]:
    """The sentence with which a whole text is refused."""

    def read(text: str) -> str:
        with pytest.raises(InputError) as caught:
            read_sheet(text, "x.yaml")
        return str(caught.value)

    return read
