"""What a user sees of a mistake in a notebook: the sentence."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell


@pytest.mark.filterwarnings("default")
def test_a_notebook_shows_the_sentence_alone(capsys: pytest.CaptureFixture[str]) -> None:
    raised = "from workbench.errors import InputError\nraise InputError('line_1.yaml: low is above high')"
    assert InteractiveShell().run_cell(raised).error_in_exec
    assert capsys.readouterr().out == "InputError: line_1.yaml: low is above high\n"
