from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.errors import InputError, WorkbenchError
from workbench.serving import free_port, serve

PARENT = """
import sys
from workbench.serving import serve
child = "import os, subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);" \\
    "open(sys.argv[1], 'w').write(str(p.pid)); time.sleep(60)"
serve([sys.executable, "-c", child, sys.argv[1]], {})
"""


@pytest.fixture
def taken() -> object:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_next_free_port(taken: int) -> None:
    assert taken < free_port(taken) <= taken + 20


def test_named_port_that_is_taken(taken: int) -> None:
    with pytest.raises(InputError, match=rf"port {taken} is in use on 127\.0\.0\.1: choose another with --port"):
        free_port(taken, exact=True)


def test_impossible_port() -> None:
    with pytest.raises(InputError, match="port 70000 is outside 1 to 65535"):
        free_port(70000)


def test_server_that_fails_is_said() -> None:
    with pytest.raises(WorkbenchError, match="stopped with exit code 3"):
        serve([sys.executable, "-c", "raise SystemExit(3)"], {})


def test_quiet_server_says_its_last_words_when_it_fails() -> None:
    with pytest.raises(WorkbenchError, match=r"exit code 1; it said:\n(.*\n)*.*no such port"):
        serve([sys.executable, "-c", "raise ValueError('no such port')"], {}, quiet=True)


def test_server_that_never_answers() -> None:
    url = f"http://127.0.0.1:{free_port(42000)}/"
    with pytest.raises(WorkbenchError, match=r"did not answer at .* within 0\.3 s"):
        serve([sys.executable, "-c", "import time; time.sleep(30)"], {}, ready_url=url, patience=0.3)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopping_ends_the_children_too(tmp_path: Path, how: signal.Signals) -> None:
    note = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(note)], stderr=subprocess.DEVNULL)
    for _ in range(200):
        if note.exists() and note.read_text():
            break
        time.sleep(0.05)
    parent.send_signal(how)
    parent.wait(timeout=20)
    state = Path(f"/proc/{note.read_text()}/stat")
    for _ in range(50):
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("a child of the server lives on")
