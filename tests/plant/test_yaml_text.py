"""YAML: text stays text, every fault names its line."""

# ruff: noqa: E501  (tables: one case a line)
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.plant.yaml_text import dotted, read_yaml


def _tree(text: str) -> dict[str, object]:
    return read_yaml(text, "x.yaml").tree


def test_texts_stay_what_they_are():
    assert _tree("choices: [on, off, no, yes, 22:30, 012, 1e3, null, ~, 2025-03-01, true, 0x1F, 1_000]")["choices"] == [
        "on", "off", "no", "yes", "22:30", "012", "1e3", "null", "~", "2025-03-01", "true", "0x1F", "1_000"
    ]  # fmt: skip
    assert _tree("tag: 012\nunit: '%'\ntitle: no") == {"tag": "012", "unit": "%", "title": "no"}


def test_a_key_without_value_is_none_and_quoted_nothing_is_text():
    assert _tree("a:\nb: ~\nc: null\nd: ''\ne: 'null'") == {"a": None, "b": None, "c": None, "d": "", "e": "null"}


def test_a_mark_at_the_start_of_the_file_is_skipped(tmp_path):
    from workbench.plant import load_sheet

    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfnome: x\n")
    with pytest.raises(InputError, match=r"x.yaml line 1, nome: unknown key \(did you mean 'name'\?\)"):
        load_sheet(path)


def test_lines_of_keys_and_entries():
    document = read_yaml("a: 1\nb:\n  c: 2\n  d:\n  - x\n  - y\n", "x.yaml")
    assert document.line(("b", "c")) == 3
    assert document.line(("b", "d", 1)) == 6
    assert document.line(("b", "nothing")) == 2
    assert document.line(("nothing",)) is None


def test_dotted():
    assert dotted(("exclude", 0, "from")) == "exclude[0].from"


TOO_LONG = "has more than 1,024 characters before a ':', too many for a key; shorten it, or put quotes around a value"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "x.yaml: is empty; `workbench new NAME` writes a sheet to start from"),
        ("# only a comment\n", "x.yaml: is empty; `workbench new NAME` writes a sheet to start from"),
        ("- a\n", "x.yaml line 1: is no plant sheet, which starts with a key such as `name: my_plant`"),
        ("time,tag,value\n1,2,3", "x.yaml line 1: is no plant sheet, which starts with a key such as `name: my_plant`"),
        ("a: 1\nb: 2\na: 3", "x.yaml line 3, a: is given twice (first in line 1); remove one"),
        ("a: {b: 1, b: 2}", "x.yaml line 1, a.b: is given twice (first in line 1); remove one"),
        ("unit: %", "x.yaml line 1: a value that starts with '%' needs quotes, as in unit: \"%\""),
        ("a: {unit: %, b: 1}", "x.yaml line 1: a value that starts with '%' needs quotes, as in unit: \"%\""),
        ("tag: @AIC 1", "x.yaml line 1: a value that starts with '@' needs quotes, as in tag: \"@AIC 1\""),
        ("tag: *AIC1  # x", "x.yaml line 1: a value that starts with '*' needs quotes, as in tag: \"*AIC1\""),
        ("tag: `a`", "x.yaml line 1: a value that starts with '`' needs quotes, as in tag: \"`a`\""),
        ("tag: &a b", "x.yaml line 1: a value that starts with '&' needs quotes, as in tag: \"&a b\""),
        ("tag: !a b", "x.yaml line 1: a value that starts with '!' needs quotes, as in tag: \"!a b\""),
        ("tag: !!python/object/apply:os.system [x]", 'x.yaml line 1: a value that starts with \'!\' needs quotes, as in tag: "!!python/object/apply:os.system [x]"'),
        ("unit: -", "x.yaml line 1: a value that is just '-' needs quotes, as in unit: \"-\""),
        ("a:\n  tag: #1 pump", "x.yaml line 2, a.tag: '#1 pump' would be dropped as a comment; put quotes around a value that holds '#'"),
        ("tag: Pump #1 # left", "x.yaml line 1, tag: '#1' would be dropped as a comment; put quotes around a value that holds '#'"),
        ("choices:\n- #1\n- #2", "x.yaml line 2, choices[0]: '#1' would be dropped as a comment; put quotes around a value that holds '#'"),
        ("choices: [#1, #2]", "x.yaml line 1: a bracket opened in line 1 is not closed, or a ',' is missing; '#' starts a comment: put quotes around a value that holds it"),
        ("a: {b: 1", "x.yaml line 1: a bracket opened in line 1 is not closed, or a ',' is missing"),
        ("a: 'b", "x.yaml line 1: a quote is opened and not closed"),
        ("a: b: c", "x.yaml line 1: a value that holds ': ' needs quotes, or the line before it lacks its ':'"),
        ("a: b\n" + "k" * 1100 + ": c", f"x.yaml line 2: {TOO_LONG}"),
        ("a: {b: c, '" + "k" * 1100 + "': d}", f"x.yaml line 1: {TOO_LONG}"),
        ("a: {b: c, d: " + "w " * 600 + ": e}", f"x.yaml line 1: {TOO_LONG}"),
        ("a: b\n" + "k" * 1100 + "\n", "x.yaml line 2: lacks its ':', or its indentation does not fit the lines above"),
        ("a: b\nc\uff1a EUR\nd: e", "x.yaml line 3: here or in the line above a full-width '\uff1a' stands where ':' and a blank belong"),
        ("a:\n\tb: 1", "x.yaml line 2: is indented with a tab; use spaces"),
        ("a:\n  b: 1\n c: 2", "x.yaml line 3: its indentation does not fit the lines above, or a quote is closed too early"),
        ("a: 1\n---\nb: 2", "x.yaml line 2: holds a second document ('---'); one file is one sheet"),
        ("? [a, b]\n: 1", "x.yaml line 1: a key must be one word, not a list or a mapping"),
        ("a: 1\nb: \x00", "x.yaml line 2: holds a character that is no text (U+0000); remove it"),
        ("[" * 3000, "x.yaml: is nested too deep to be a plant sheet"),
    ],
)  # fmt: skip
def test_a_fault_is_said_in_one_sentence(text, sentence):
    with pytest.raises(InputError) as caught:
        read_yaml(text, "x.yaml")
    assert str(caught.value) == sentence


def test_a_comment_after_a_number_or_space_is_a_comment():
    assert _tree("low: 20 #was 18\ntag: # none\ntitle: Line 1 # the left one") == {"low": "20", "tag": None, "title": "Line 1"}


@given(st.text(alphabet="ab:#-[]{}'\"%@*&!|>,\n\t ~?\\x0", max_size=60))
def test_any_text_is_read_or_refused_in_one_sentence(text):
    try:
        read_yaml(text, "x.yaml")
    except InputError as error:
        sentence = str(error)
    else:
        sentence = "x.yaml"
    assert sentence.startswith("x.yaml")
    assert "\n" not in sentence
