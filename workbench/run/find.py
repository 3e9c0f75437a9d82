"""Which notebook a name means: the current folder first, then the notebooks that ship in the package."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import workbench
from workbench.errors import InputError, closest_hint

__all__ = ["find_notebook", "shipped_notebooks"]

_PACKAGE = "workbench._notebooks"  # the checkout's notebooks/ under the name that an installed package gives it


def shipped_notebooks() -> dict[str, Path]:
    """Return the notebooks that come with the package, by name without ending, in the order of the alphabet."""
    shipped = importlib.util.find_spec(_PACKAGE)
    places = list(shipped.submodule_search_locations or ()) if shipped else []
    # a checkout that was not installed has them beside the package
    folder = Path(places[0]) if places else Path(workbench.__file__).parents[1] / "notebooks"
    return {path.stem: path for path in sorted(folder.glob("*.ipynb"))}


def find_notebook(name: str | Path) -> Path:
    """Return the notebook that `name` means: NAME, NAME.ipynb, notebooks/NAME.ipynb here, else one of the package's.

    Parameters
    ----------
    name : str or Path
        A name such as `tune`, or a path.

    Raises
    ------
    InputError
        If there is none, or it is a pipeline.
    """
    wanted = Path(name)
    if wanted.suffix in {".yaml", ".yml"} or Path("pipelines", f"{name}.yaml").is_file():
        raise InputError(
            f"{name} is a pipeline, and pipelines are not available yet: run a notebook, such as `workbench run tune`"
        )
    here = (wanted, Path(f"{name}.ipynb"), Path("notebooks", f"{name}.ipynb"), Path("notebooks", wanted))
    for path in here:
        if path.is_file():
            if path.suffix != ".ipynb":
                raise InputError(f"{path} is not a notebook (its name does not end in .ipynb): name a notebook")
            return path
    shipped = shipped_notebooks()
    if wanted.name in {str(name), f"./{name}"} and wanted.stem in shipped:
        return shipped[wanted.stem]
    local = {path.stem for folder in (Path(), Path("notebooks")) for path in folder.glob("*.ipynb")}
    known = sorted(local | set(shipped))
    listed = f"there are {', '.join(known)}" if known else "there are no notebooks here"
    raise InputError(f"there is no notebook {name}{closest_hint(wanted.stem, known)}: {listed}")
