"""Notebooks without a screen and with one: Papermill runs them headlessly, JupyterLab opens them."""

from workbench.run.find import find_notebook, shipped_notebooks
from workbench.run.lab import serve_lab
from workbench.run.notebook import NotebookError, run_notebook
from workbench.run.parameters import Parameter, read_assignments, read_parameters, require_parameters

__all__ = [
    "NotebookError",
    "Parameter",
    "find_notebook",
    "read_assignments",
    "read_parameters",
    "require_parameters",
    "run_notebook",
    "serve_lab",
    "shipped_notebooks",
]
