"""The command line: one thin command for each thing a person does; everything heavy is imported inside its command."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from workbench import __version__
from workbench.commands import COMMANDS
from workbench.errors import InputError, WorkbenchError, closest_hint
from workbench.files import disk_sentence
from workbench.interrupts import interrupts_held, terminations_interrupt

__all__ = ["main"]

OURS, INTERRUPTED = 1, 130  # exit codes, beside 0 for an answer and an error's own

_ABOUT = """\
From a plant's own records to a change of settings that is safe to try, or a plain word that the records support none.
The workbench advises; it never writes to a control system.

examples:
  workbench plants                           the plants that come with the workbench
  workbench tune phosphoric_acid             what to change there, and what it is worth
  workbench new line_1 --from history.csv    start a sheet for your own plant
  workbench check line_1.yaml                what the workbench makes of sheet and records
  workbench tune line_1.yaml --out answer    recommendation.json and card.html in the folder answer
  workbench ui                               look at all tracked studies in the browser
"""
_TUNE = """\
Learn from the plant's records, look for a better setting inside what the records support, and say what it is worth.
"No change" is an answer too. The study is tracked in the store: mlruns/ in the current folder, or what WORKBENCH_STORE names.

examples:
  workbench tune phosphoric_acid
  workbench tune line_1.yaml --source export.csv --fix temperature flow
  workbench tune line_1.yaml --date 2026-01-12 --out answer --no-track
  workbench tune phosphoric_acid --trade-off extraction acid_flow --out answer
"""
_RUN = """\
Run a notebook from top to bottom without a screen. NOTEBOOK is a path, or the name of one in the current folder, in its
notebooks/ or in the workbench. Its parameters are those of the cell tagged `parameters`.

examples:
  workbench run explore -p plant=phosphoric_acid
  workbench run tune -p plant=line_1.yaml -p n_trials=200 --out line_1.ipynb
"""


class _OneFile(argparse.Action):
    """A file that is named once: of two, the first would be left out without a word."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option_string: str | None = None
    ) -> None:
        first = getattr(namespace, self.dest)
        if first is not None:
            raise InputError(
                f"{option_string} takes one file, not {first} and {values}:"
                " records of several files go into one, as rows of time, tag and value"
            )
        setattr(namespace, self.dest, values)


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence, like all others."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**(dict[str, Any](formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False) | more))
        self.register("action", "one file", _OneFile)
        self._negative_number_matcher = re.compile(r"-\.?\d")  # -1,250 is an amount, too, and no option

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}: see `{self.prog} --help`")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        What was typed after `workbench`; without it that of the process.

    Returns
    -------
    int
        0 an answer, whatever its status; 2 sheet, command or source cannot be read as meant; 130 Ctrl-C or SIGTERM; 1 a fault
        of ours.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # a console without our letters shows ? instead of ending the command
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        with terminations_interrupt():
            return _run(sys.argv[1:] if arguments is None else list(arguments))
    except WorkbenchError as error:
        return _complain(str(error), error.exit_code)
    except KeyboardInterrupt as stop:
        return _complain(str(stop) or "stopped", INTERRUPTED)
    except BrokenPipeError:  # the reader has gone, as in `workbench schema | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        said = disk_sentence(error)
        return _our_fault(error) if said is None else _complain(said, InputError.exit_code)
    except Exception as error:
        return _our_fault(error)


def _run(arguments: list[str]) -> int:
    parser, commands = _parser()
    word = next((word for word in arguments if not word.startswith("-")), None)
    if word is not None and word not in commands:
        known = ", ".join(commands)
        raise InputError(f"there is no command '{word}'{closest_hint(word, commands)}: the commands are {known}")
    try:
        options, unknown = parser.parse_known_args(arguments)
    except SystemExit as done:  # --help and --version
        return int(done.code or 0)
    if unknown:
        chosen = commands[options.command] if options.command else parser
        takes = re.findall(r"(?<![\w-])--[a-z-]+", chosen.format_help())
        what = "option" if unknown[0].startswith("-") else "further word"
        raise InputError(
            f"{chosen.prog} takes no {what} '{unknown[0]}'{closest_hint(unknown[0], takes)}: see `{chosen.prog} --help`"
        )
    if not options.command:
        parser.print_help()
        return 0
    command: Callable[[argparse.Namespace], None] = options.does
    command(options)
    return 0


def _parser() -> tuple[_Parser, dict[str, _Parser]]:
    parser = _Parser(prog="workbench", description="Process Workbench.\n" + _ABOUT)
    parser.add_argument("--version", action="version", version=f"workbench {__version__}")
    places = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    commands: dict[str, _Parser] = {}

    def command(name: str, does: Callable[[argparse.Namespace], None], says: str, about: str = "") -> _Parser:
        commands[name] = places.add_parser(name, help=says, description=about or says[0].upper() + says[1:] + ".")
        commands[name].set_defaults(does=does)
        return commands[name]

    plant: dict[str, Any] = {"metavar": "PLANT", "help": "name of a bundled plant, or path of a sheet"}
    source: dict[str, Any] = {
        "metavar": "SOURCE",
        "action": "one file",
        "help": "file of records to read instead of the sheet's own source",
    }
    port: dict[str, Any] = {"metavar": "N", "type": _whole(1), "help": "listen on this port of 127.0.0.1"}

    tune = command("tune", _tune, "recommend a change of settings, or none", _TUNE)
    tune.add_argument("plant", **plant)
    tune.add_argument("--source", **source)
    tune.add_argument(
        "--date", metavar="DATE", help="answer with what was known then: 2026-01-12 (its start, plant time) or 2026-01-12T06:00"
    )
    tune.add_argument(
        "--trials", metavar="N", type=_whole(1), help="settings that the search looks at; default: as many as it needs"
    )
    tune.add_argument("--seed", metavar="N", type=_whole(0), default=0, help="of random numbers; default 0")
    tune.add_argument(
        "--fix", metavar="NAME", nargs="+", action="extend", default=[], help="settings that must stay as they are"
    )
    tune.add_argument(
        "--trade-off",
        metavar=("A", "B"),
        nargs=2,
        default=(),
        help="also draw what two outcomes cost each other (or one and objective); A:min says that less of A is better",
    )
    tune.add_argument("--out", metavar="DIR", type=Path, help="folder for recommendation.json and card.html")
    tune.add_argument("--no-track", action="store_true", help="leave no run in the store")

    command("plants", _plants, "list the plants that come with the workbench")
    check = command("check", _check, "look at a sheet and its records: findings, readings and periods, what moved")
    check.add_argument("plant", **(plant | {"metavar": "SHEET"}))
    check.add_argument("--source", **source)
    command("schema", _schema, "print the JSON Schema of a plant sheet, for editors")
    new = command("new", _new, "start a plant sheet NAME.yaml in the current folder")
    new.add_argument("name", metavar="NAME", help="name of the plant: letters, digits and _")
    tags_of = "file of records whose tags the sheet should list"
    new.add_argument("--from", dest="source", metavar="SOURCE", action="one file", help=tags_of)

    run = command("run", _notebook, "run a notebook without a screen", _RUN)
    run.add_argument("notebook", metavar="NOTEBOOK", help="name or path of a notebook")
    run.add_argument(
        "-p", dest="parameters", metavar="KEY=VALUE", action="append", default=[], help="a parameter of the notebook"
    )
    out_of_run = "notebook to write; default: out/NOTEBOOK-PLANT.ipynb or -RECOMMENDATION, in its folder for a sheet in one"
    run.add_argument("--out", metavar="FILE", help=out_of_run)
    for name in COMMANDS:
        import_module(f"workbench.commands.{name}").add_commands(command)
    lab = command("lab", _lab, "open JupyterLab on the notebooks, on this machine only")
    lab.add_argument("--port", **port)
    lab.add_argument("--no-browser", action="store_true", help="only print the link")
    ui = command("ui", _ui, "open MLflow on the store, on this machine only")
    ui.add_argument("--port", **port)
    return parser, commands


def _tune(options: argparse.Namespace) -> None:
    if options.out is not None:
        from workbench.commands.folder import demand_folder

        demand_folder(options.out)  # before the study runs, not after
    as_of = None
    if options.date is not None:
        from workbench.plant import load_sheet, read_moment

        if not options.date.strip():  # an unset variable of a scheduler must not mean "all that is known"
            raise InputError("--date is empty: write 2026-01-12 or 2026-01-12T06:00, or leave it away")
        as_of = read_moment(load_sheet(options.plant), options.date, "--date")
    from workbench.progress import ProgressLine
    from workbench.show import recommendation_table, trade_off_table
    from workbench.show.review_table import doubt_words, standing_text, unsupported_text
    from workbench.study import run_study

    with ProgressLine() as progress:
        result = run_study(
            options.plant,
            source=options.source,
            as_of=as_of,
            n_trials=options.trials,
            seed=options.seed,
            fix=tuple(options.fix),
            weigh=tuple(options.trade_off),
            out=options.out,
            track=not options.no_track,
            progress=progress,
        )
    with contextlib.suppress(KeyboardInterrupt), interrupts_held():  # the answer is there: too late to stop it
        print(recommendation_table(result.recommendation, result.card_path), end="")
        if result.standing is not None and (said := standing_text(result.standing)):
            print(f"\n{said}")
        if result.unsupported:
            print(f"\n{unsupported_text(result.unsupported)}")
        for name in result.doubted:
            print(f"\n{name} is approved, and {doubt_words(result.recommendation.id)}.")
        if result.study.trade_off is not None:
            print(f"\n{trade_off_table(result.study.trade_off, result.study.sheet)}", end="")
            if result.card_path is not None:
                print(f"Trade-off: {result.card_path.with_name('trade_off.html')} and trade_off.csv beside it")
        elif options.trade_off:
            print("\nNo trade-off: the data are refused, so nothing was learned.")
        if result.run_url is not None:
            print(f"Tracked in {result.store_path}: `workbench ui` shows it at\n{result.run_url}")


def _plants(_options: argparse.Namespace) -> None:
    from workbench.plant import library, load_sheet
    from workbench.wording import counted

    sheets = [load_sheet(name) for name in library()]
    width = max((len(sheet.name) for sheet in sheets), default=0)
    for sheet in sheets:
        objective = sheet.objective
        aim = objective.formula.text if objective.formula.text in sheet.variables else objective.unit
        verb = "maximize" if objective.maximize else "minimize"
        print(f"{sheet.name:{width}}  {sheet.title}: {counted(len(sheet.settings), 'setting')}, {verb} {aim}")
    print("\nA name stands wherever a command takes PLANT, as in `workbench tune NAME`.")


def _check(options: argparse.Namespace) -> None:
    from workbench.check import check_report
    from workbench.plant import load_sheet
    from workbench.study import read_history

    sheet = load_sheet(options.plant)
    print(check_report(sheet, read_history(sheet, source=options.source)), end="")


def _schema(_options: argparse.Namespace) -> None:
    import json

    from workbench.plant import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _new(options: argparse.Namespace) -> None:
    from workbench.plant import new_sheet
    from workbench.wording import counted

    tags, batch = None, None
    if options.source is not None:
        from workbench.loaders import list_new

        tags, batch = list_new(options.source)
    text = new_sheet(options.name, tags, options.source, batch)
    path = Path(f"{options.name}.yaml")
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise InputError(f"{path} exists: choose another name, or move it away") from error
    listed = "" if tags is None else f" with {counted(tags.height, 'tag')} of {options.source}"
    row = "" if batch is None else f" It has no stamps: each row is taken for a batch, named by {batch}."
    print(f"Wrote {path}{listed}.{row} Fill in what it asks for, then run `workbench check {path}`.")


def _notebook(options: argparse.Namespace) -> None:
    from workbench.run import find_notebook, read_assignments, run_notebook

    source = find_notebook(options.notebook)
    print(f"Wrote {run_notebook(source, read_assignments(source, options.parameters), options.out)}")


def _lab(options: argparse.Namespace) -> None:
    from workbench.run import serve_lab

    serve_lab(options.port, browser=not options.no_browser, say=_say)


def _ui(options: argparse.Namespace) -> None:
    from workbench.track import Store, serve_ui

    serve_ui(Store.open(), options.port, say=_say)


def _say(line: str) -> None:
    print(line, flush=True)


def _whole(least: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        with contextlib.suppress(ValueError):
            if int(text) >= least:
                return int(text)
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of {least} or more")

    return whole_number


def _complain(sentence: str, code: int) -> int:
    print(f"workbench: {sentence}", file=sys.stderr)
    return code


def _our_fault(error: BaseException) -> int:
    traceback.print_exception(error)
    return _complain(
        f"this is a fault of the workbench, not yours ({type(error).__name__}): please report the lines above", OURS
    )


if __name__ == "__main__":
    sys.exit(main())
