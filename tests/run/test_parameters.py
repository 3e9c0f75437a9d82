from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.run import Parameter, read_assignments, read_parameters, require_parameters
from workbench.run.parameters import check_parameters

ECHO = Path(__file__).parent / "notebooks" / "echo.ipynb"


def notebook(folder: Path, *cells: str, tagged: int = 1) -> Path:
    path = folder / "n.ipynb"
    body = [
        {"cell_type": "code", "metadata": {"tags": ["parameters"]} if n < tagged else {}, "source": cell, "outputs": []}
        for n, cell in enumerate(cells)
    ]
    path.write_text(json.dumps({"cells": body, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_parameters_with_kinds_and_defaults() -> None:
    found = read_parameters(ECHO)
    assert list(found) == ["plant", "n_trials", "share", "track", "fix", "source", "as_of", "raises"]
    assert found["n_trials"] == Parameter("n_trials", 10, frozenset({"int"}))
    assert found["source"].kinds == {"str", "None"}  # papermill's own reader does not see this line
    assert found["fix"].kinds == {"list"}


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("track=false", False),
        ("track=No", False),
        ("track=1", True),
        ("n_trials=25", 25),
        ("share=1", 1.0),
        ("share=2.5e-1", 0.25),
        ("plant=012", "012"),
        ("plant=a=b", "a=b"),
        ('fix=["acid", "steam"]', ["acid", "steam"]),
        ("source=null", None),
        ("source=h.csv", "h.csv"),
        ("as_of=2026-01-12", "2026-01-12"),
        ("as_of=null", None),
        ('as_of={"a": 1}', {"a": 1}),
    ],
)
def test_values_take_the_kind_of_the_default(typed: str, value: object) -> None:
    [seen] = read_assignments(ECHO, [typed]).values()
    assert seen == value
    assert type(seen) is type(value)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("plnt=x", r"echo\.ipynb has no parameter 'plnt' \(did you mean 'plant'\?\): it takes plant, n_trials"),
        ("n_trials=many", r"parameter n_trials takes a whole number, not 'many'"),
        ("n_trials=2.5", r"parameter n_trials takes a whole number, not '2\.5'"),
        ("track=maybe", r"parameter track takes true or false, not 'maybe'"),
        ("fix=acid", r"parameter fix takes a list as JSON such as .* not 'acid'"),
        ("plant", r"-p plant is not key=value: write for example -p plant="),
    ],
)
def test_what_does_not_fit_is_refused(typed: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_assignments(ECHO, [typed])


def test_given_twice() -> None:
    with pytest.raises(InputError, match="parameter plant is given twice"):
        read_assignments(ECHO, ["plant=a", "plant=b"])


def test_no_parameters_cell(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no cell tagged 'parameters': tag exactly one"):
        read_parameters(notebook(tmp_path, "a = 1", tagged=0))


def test_two_parameters_cells(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has 2 cells tagged 'parameters'"):
        read_parameters(notebook(tmp_path, "a = 1", "b = 2", tagged=2))


def test_cell_that_is_not_python(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not plain Python \(line 2\)"):
        read_parameters(notebook(tmp_path, "a = 1\n%matplotlib inline"))


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"cells": 3}', '{"cells": ["x"]}', "no json"])
def test_file_that_is_no_notebook(tmp_path: Path, text: str) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(text)
    with pytest.raises(InputError, match="cannot be read as a notebook"):
        read_parameters(path)


def test_optional_and_computed_defaults(tmp_path: Path) -> None:
    path = notebook(tmp_path, "from typing import Optional\na: Optional[int] = None\nb = 3 * 4\nc: 'Path' = None\n# d = 1")
    found = read_parameters(path)
    assert found["a"].kinds == {"int", "None"}
    assert found["a"].read("null") is None
    assert found["b"].read("5") == 5
    assert found["c"].read("x.csv") == "x.csv"
    assert "d" not in found


def test_values_from_python() -> None:
    assert check_parameters(ECHO, {"fix": ("a", "b"), "share": 1}) == {"fix": ["a", "b"], "share": 1}
    with pytest.raises(InputError, match=r"parameter as_of cannot be datetime\.date\(2026, 1, 12\) \(date\)"):
        check_parameters(ECHO, {"as_of": date(2026, 1, 12)})
    with pytest.raises(InputError, match="parameter track takes true or false, not 'false'"):
        check_parameters(ECHO, {"track": "false"})


@given(st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_what_is_written_is_what_is_read(whole: int, number: float, truth: bool) -> None:
    typed = [f"n_trials={whole}", f"share={number!r}", f"track={str(truth).lower()}"]
    assert read_assignments(ECHO, typed) == {"n_trials": whole, "share": number, "track": truth}


def test_an_address_never_reaches_a_notebook(tmp_path: Path) -> None:
    """Papermill would write it, password and all, into the notebook."""
    path = notebook(tmp_path, "source: str | None = None")
    with pytest.raises(InputError, match="sources over a network") as refused:
        check_parameters(path, {"source": "postgresql://user:secret@host/db"})
    assert "secret" not in str(refused.value)
    assert check_parameters(path, {"source": "C:/plant/history.csv"}) == {"source": "C:/plant/history.csv"}


@pytest.mark.parametrize(
    ("notebook", "names", "sentence"),
    [
        ("tune", {"seed": "abc"}, "parameter seed takes a whole number, not 'abc'"),
        ("tune", {"n_trials": "ten"}, "parameter n_trials takes a whole number or null, not 'ten'"),
        ("tune", {"track": "false"}, "parameter track takes true or false, not 'false', which is a text: write False"),
        ("tune", {"fix": "free_sulfate"}, "parameter fix takes a list as JSON such as '[\"a\", \"b\"]', not 'free_sulfate'"),
        ("trial", {"schedule": "Yes"}, "parameter schedule takes true or false, not 'Yes', which is a text: write True"),
        ("trial", {"seed": 1.5}, "parameter seed takes a whole number, not 1.5"),
        ("verify", {"recommendation": 255046}, "parameter recommendation takes a text, not 255046"),
        ("explore", {"date": 2026}, "parameter date takes a text or null, not 2026"),
        ("portfolio", {"out": 2026}, "parameter out takes a text or null, not 2026"),
    ],
)
def test_a_notebook_refuses_what_papermill_made_of_a_parameter(notebook: str, names: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        require_parameters(notebook, names)
    assert str(refused.value) == sentence


def test_what_a_person_writes_into_a_notebook_passes() -> None:
    names = {"plant": Path("line.yaml"), "n_trials": None, "fix": ("a",), "seed": 3, "wb": object(), "own": {1}}
    require_parameters("tune", names)
