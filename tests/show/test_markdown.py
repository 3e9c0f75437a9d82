from workbench.show import answer_markdown, card_html, found_markdown, recommendation_markdown


def test_verdict_and_money_are_the_first_two_lines(proposed):
    first, second = recommendation_markdown(proposed).splitlines()[:2]
    assert first.startswith("**Proposed**: free\\_sulfate 27.1 to 29.4 g/L, reactor\\_temperature 79.6 to 78.1 degC")
    assert second == (
        "Improvement in recovery **0.61 %-points** (90 % interval 0.22 to 0.98 %-points); "
        "worth **3.1 M CNY/year** (90 % interval 1.1 to 4.9 M CNY/year)."
    )


def test_tables_have_one_row_a_setting_and_a_limit(proposed):
    text = recommendation_markdown(proposed)
    assert "| free\\_sulfate | AIC101.SP | 27.1 | 29.4 | +2.3 | g/L | 20 to 40 |" in text
    assert "| steam | at most 33 t/h | 31.9 | 92.4 % | 93.1 % | not worse than now |" in text
    assert text.count("| --- |") >= 2


def test_every_table_row_has_the_same_cells(hostile):
    tables = [block.splitlines() for block in recommendation_markdown(hostile).split("\n\n") if block.startswith("|")]
    cells = [{line.replace("\\|", "").count("|") for line in table} for table in tables]
    assert cells == [{8}, {7}, {3}]


def test_names_from_data_are_text(hostile):
    text = recommendation_markdown(hostile)
    assert "<script" not in text
    assert "[link](" not in text
    assert "&lt;script&gt;" in text
    assert "`tick`" not in text.replace("\\`", "")


def test_truth_stands_beside_the_promise(make):
    text = recommendation_markdown(make.proposed())
    assert "**Promise beside truth** (the plant is simulated, so the truth is known)" in text
    assert "| recovery \\[%-points\\] |" in text
    assert "Promise beside truth" not in recommendation_markdown(make.proposed(referee=()))


def test_no_change_and_refused_say_so_in_the_first_line(no_change, refused):
    assert recommendation_markdown(no_change).startswith("**No change**: the records support no change that could be proved")
    assert "NOT PROPOSED" in recommendation_markdown(no_change)
    text = recommendation_markdown(refused)
    assert text.startswith("**Refused**: these records cannot support an answer.")
    assert "**D201** 31 usable periods" in text
    assert "Placebo" not in text


def test_a_long_list_of_changes_is_cut_in_the_first_line(make):
    lines = tuple(s.model_copy(update={"name": f"{s.name}_{i}"}) for i in range(10) for s in make.settings()[:3])
    first = recommendation_markdown(make.proposed(settings=lines)).splitlines()[0]
    assert len(first) < 260
    assert first.endswith("and more.  ")


def test_the_answer_says_how_each_limit_is_held(make):
    steam = make.proposed().limits[3].model_copy(update={"probability_held": 0.9})
    text = answer_markdown(make.proposed(limits=(steam,)))
    assert "| limit | must be | predicted | held now | held proposed |  |" in text
    assert "| steam | at most 33 t/h | 31.9 | 92.4 % | 90 % | worse than now |" in text
    assert recommendation_markdown(make.proposed()).count("### Limits") == 1
    assert "### Limits" not in answer_markdown(make.proposed(limits=()))


def test_all_findings_are_a_table_those_that_refuse_first(make, hostile):
    lines = found_markdown(make.refused()).splitlines()
    assert lines[:3] == ["### Findings", "", "| code | tag | finding |"]
    assert lines[4].startswith("| D201 |  | 31 usable periods")
    assert lines[4].endswith("(disqualifies the data) |")
    assert len(lines) == 4 + len(make.refused().findings)
    many = make.proposed(findings=make.proposed().findings * 9)
    assert len(found_markdown(many).splitlines()) == 4 + len(many.findings)
    assert "<script" not in found_markdown(hostile)
    assert found_markdown(make.proposed(findings=())) == "Findings: none. Sheet and data raised no question.\n"


def test_commands_can_be_copied_from_card_and_markdown(no_change):
    told = no_change.model_copy(update={"reasons": ("More moves would tell: `workbench trial next` lays <them> out.",)})
    assert "`workbench trial next` lays &lt;them&gt; out" in recommendation_markdown(told)
    assert "<code>workbench trial next</code> lays &lt;them&gt; out" in card_html(told)
