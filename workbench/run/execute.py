"""Papermill in a thread of its own, so that Ctrl-C is ours: the cell that runs is interrupted and may tidy up first."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.errors import InputError, WorkbenchError

__all__ = ["NotebookError", "execute"]

KERNEL = "python3"  # the one of this environment, whatever the notebook was last saved with
_USERS_MISTAKE = "InputError: "  # how IPython shows what a cell raises when sheet, source or parameter is wrong
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows knows only the latter
_LOOK = 0.2  # [s] between two looks at the thread
_TIDY_UP = 60.0  # [s] that an interrupted cell has, to track what it did so far
_AGAIN = 2.0  # [s] between two signals: a kernel misses one that comes just before its cell begins (own assumption)


class NotebookError(WorkbenchError):
    """A cell failed, and not for a mistake of the user."""


class _StoppedError(Exception):
    """Ctrl-C came before this cell began."""


def execute(source: Path, output: Path, values: Mapping[str, Any], progress: bool) -> None:
    """Run `source` with `values` and write it to `output` after each cell.

    Papermill's exception is trusted, never the file: a killed kernel leaves a notebook that says "completed".

    Parameters
    ----------
    source : Path
        The notebook to read.
    output : Path
        The notebook to write.
    values : mapping of str to object
        Parameters, already checked.
    progress : bool
        Whether to draw a bar on stderr.

    Raises
    ------
    InputError
        If a cell raised InputError.
    NotebookError
        If a cell failed otherwise, or the kernel died.
    KeyboardInterrupt
        On Ctrl-C, after the kernel has stopped; no cell begins after it.
    """
    from jupyter_client.manager import AsyncKernelManager

    kernels: list[AsyncKernelManager] = []

    class Manager(AsyncKernelManager):  # Papermill makes and ends it; we only know it, to pass on Ctrl-C
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            kernels.append(self)

    faults: list[BaseException] = []
    stopped, ended = threading.Event(), threading.Event()

    def begin(**_: object) -> None:  # a kernel that starts or waits for its next cell knows nothing of Ctrl-C
        if stopped.is_set():
            raise _StoppedError

    def work() -> None:
        try:
            _papermill(source, output, values, progress, Manager, begin)
        except BaseException as error:  # handed to the caller's thread, which raises it
            faults.append(error)
        finally:
            ended.set()

    threading.Thread(target=work, name=f"run {source.name}", daemon=True).start()
    try:
        # not thread.join(): interrupted, it takes the thread for ended; and in short looks, so that Windows notices Ctrl-C
        while not ended.wait(_LOOK):
            pass
    except KeyboardInterrupt:
        stopped.set()
        try:
            for _ in range(round(_TIDY_UP / _AGAIN)):
                _signal(kernels, signal.SIGINT)
                if ended.wait(_AGAIN):
                    break
        finally:  # a second Ctrl-C ends the waiting
            _signal(kernels, _KILL)
        raise
    if faults:
        raise _sentence(source, faults[0]) from faults[0]


def _papermill(
    source: Path, output: Path, values: Mapping[str, Any], progress: bool, manager: type, begin: Callable[..., None]
) -> None:
    import papermill

    # ours checks names and reads `str | None`, which papermill's own reader does not: its warning would be wrong
    logging.getLogger("papermill").addFilter(_no_false_alarm)
    try:
        papermill.execute_notebook(
            _literal(source),
            _literal(output),
            parameters=dict(values),
            kernel_name=KERNEL,
            progress_bar=progress,
            kernel_manager_class=manager,
            on_cell_start=begin,
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],  # its notes on plain TCP (it stays on loopback) and Ctrl-C
        )
    finally:
        logging.getLogger("papermill").removeFilter(_no_false_alarm)


def _no_false_alarm(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Passed unknown parameter")


def _literal(path: Path) -> str:
    """A path as papermill takes it, which otherwise fills parameters into braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _signal(kernels: list[Any], number: int) -> None:
    """Tell each kernel that still lives."""
    for kernel in kernels:
        if kernel.provisioner is not None and kernel.provisioner.has_process:
            asyncio.run(kernel.provisioner.send_signal(number))


def _sentence(source: Path, error: BaseException) -> BaseException:
    """What the user is told; faults of the disk go on as they are."""
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    if isinstance(error, PapermillExecutionError):
        said = " ".join(str(error.evalue).split())
        if any(line.startswith(_USERS_MISTAKE) for line in error.traceback):
            return InputError(f"{said} ({source.name}, {_cell(source, error.source)})")
        return NotebookError(f"{_cell(source, error.source)} of {source.name} failed with {error.ename}: {said}")
    if isinstance(error, DeadKernelError):
        return NotebookError(f"the kernel of {source.name} died while it ran, perhaps for want of memory: try with less data")
    if isinstance(error, RuntimeError) and str(error).startswith("Kernel "):  # "died before replying", "didn't respond"
        return NotebookError(
            f"the kernel of {source.name} did not start ({error}): is this machine out of memory, or 127.0.0.1 blocked?"
        )
    if isinstance(error, NoSuchKernel):
        return InputError("this environment has no Python kernel: install ipykernel into it")
    return error


def _cell(source: Path, text: str) -> str:
    """Which cell failed, counted from 1 as in the notebook that was written, not as in the output with its added cell."""
    cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
    numbers = [n for n, cell in enumerate(cells, start=1) if "".join(cell["source"]) == text]
    return f"cell {numbers[0]}" if numbers else "the cell of the given parameters"
