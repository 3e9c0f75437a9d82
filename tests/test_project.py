"""The frame of the project: layers, light imports, what ships, what the top level holds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HEAVY = ["mlflow", "optuna", "papermill", "plotly", "polars", "sklearn"]
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "constraints.txt",
    "mlruns",
    "notebooks",
    "pipelines",
    "pyproject.toml",
    "tests",
    "workbench",
}
MOST_LINES = 400  # of a module


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_rooms_import_downwards_only() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("package", "rooms"),
    [("mlflow", {"track"}), ("optuna", {"tuning"}), ("plotly", {"show", "run"}), ("papermill", {"show", "run"})],
)
def test_heavy_packages_are_forbidden_in_every_other_room(package: str, rooms: set[str]) -> None:
    """A room that is new must be named in the contracts: one that is not named may import what it likes."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (named,) = [set(one["source_modules"]) for one in contracts if package in one.get("forbidden_modules", [])]
    found = {path.stem for path in (ROOT / "workbench").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert named == {f"workbench.{room}" for room in found - rooms - {"__init__"}}


def test_help_loads_nothing_heavy() -> None:
    code = "import contextlib, io, json, sys\nfrom workbench.cli import main\n"
    code += "with contextlib.redirect_stdout(io.StringIO()): main(['--help'])\n"
    code += f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    assert json.loads(run_python(code)) == []


@pytest.mark.parametrize("room", ["plant", "loaders", "prepare", "models", "tuning", "track", "show", "run"])
def test_importing_a_room_loads_nothing_heavy(room: str) -> None:
    heavy = [name for name in HEAVY if name not in {"polars", "sklearn"}]
    code = f"import json, sys\nimport workbench.{room}\nprint(json.dumps([n for n in {heavy!r} if n in sys.modules]))"
    assert json.loads(run_python(code)) == []


def test_top_level_holds_what_people_expect() -> None:
    assert {path.parts[0] for path in tracked()} <= TOP_LEVEL


def test_modules_stay_short() -> None:
    modules = [path for path in tracked() if path.suffix == ".py"]
    long = [path for path in modules if len((ROOT / path).read_text(encoding="utf-8").splitlines()) > MOST_LINES]
    assert long == []


def test_every_package_ships() -> None:
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "workbench").rglob("__init__.py")}
    listed = set(PROJECT["tool"]["setuptools"]["packages"]) - {"workbench._notebooks", "workbench._pipelines"}
    assert listed == found, "pyproject.toml, [tool.setuptools] packages: a new folder with an __init__.py needs its line there"


def test_every_data_file_ships() -> None:
    rules = PROJECT["tool"]["setuptools"]["package-data"]["workbench"]
    shipped = {path for rule in rules for path in (ROOT / "workbench").glob(rule)}
    data = {ROOT / path for path in tracked() if path.parts[0] == "workbench" and path.suffix != ".py"}
    assert data <= shipped


@pytest.mark.slow
def test_wheel_brings_notebooks_plants_and_templates(tmp_path: Path) -> None:
    source, wheels, unpacked = tmp_path / "source", tmp_path / "wheels", tmp_path / "unpacked"
    for path in tracked():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, source / path)
    (source / "notebooks").mkdir(exist_ok=True)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-index", "--no-deps", "--no-build-isolation", "-w", str(wheels)]
    subprocess.run([*pip, str(source)], check=True, capture_output=True, cwd=tmp_path)
    [wheel] = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    code = f"import json, sys\nsys.path.insert(0, {str(unpacked)!r})\nimport workbench\n"
    code += "from workbench.plant import library\nfrom workbench.run import shipped_notebooks\n"
    code += "print(json.dumps([workbench.__file__, sorted(library()), sorted(shipped_notebooks())]))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path)
    at, plants, notebooks = json.loads(done.stdout)
    assert at.startswith(str(unpacked))
    assert plants == sorted(path.stem for path in (ROOT / "workbench" / "plant" / "library").glob("*.yaml"))
    assert notebooks == sorted(path.stem for path in tracked() if path.parts[0] == "notebooks" and path.suffix == ".ipynb")
    assert [path for path in unpacked.rglob("*") if "test" in path.name] == []


def test_constraints_are_plain() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.!]*", line)] == []
    assert lines == sorted(lines, key=str.lower)


def test_every_dependency_is_pinned() -> None:
    pins = {re.split("==", line)[0].lower() for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    wanted = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["test"]
    names = {re.split(r"[<>=!~\[; ]", line)[0].lower() for line in wanted}
    assert names <= pins


def test_readme_begins_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:bash|sh|console|shell)\n(.*?)```", text, re.S)
    lines = [line for block in blocks for line in block.splitlines() if line.strip() and not line.startswith("#")]
    assert lines[0].endswith(".venv/bin/workbench tune phosphoric_acid")
    assert lines[1].endswith(".venv/bin/pytest -q -n 2")


def test_nothing_names_a_registry_or_a_network_of_scripts() -> None:
    registry = re.compile(r"https?://\S+\.(?:whl|tar\.gz)|/" + r"simple/?[\"'\s]")
    network = re.compile(r"(?i)\b" + r"cdn\.|un" + "pkg|js" + "delivr")
    kinds = {".py", ".md", ".yaml", ".toml", ".txt", ".ipynb", ".html", ".j2", ""}
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in tracked() if path.suffix in kinds}
    assert [path for path, text in texts.items() if registry.search(text) or network.search(text)] == []
