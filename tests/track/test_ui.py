from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from workbench.track import Store
from workbench.track.ui import ui_command

SERVE = "from workbench.track import Store, serve_ui\nserve_ui(Store.open(), say=lambda line: print(line, flush=True))"


def test_server_listens_on_loopback_only(tmp_path: Path) -> None:
    command = ui_command(Store(tmp_path / "mlruns"), 5001)
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert command[command.index("--port") + 1] == "5001"
    assert command[command.index("--backend-store-uri") + 1] == f"sqlite:///{tmp_path}/mlruns/mlflow.db"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_opens_says_the_link_and_leaves_nothing_behind(tmp_path: Path) -> None:
    Store.open(create=True, folder=tmp_path / "mlruns")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE],
        env=os.environ | {"WORKBENCH_STORE": str(tmp_path / "mlruns")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        said = [server.stdout.readline() for _ in range(3)]  # the third line comes when the server answers
        assert said[0] == f"Store: {tmp_path / 'mlruns'}\n"
        link = said[2].split()[1]
        assert link.endswith("?workflowType=machine_learning")
        address = link.split("/#")[0]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(address, timeout=30) as page:
            assert page.status == 200
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=60)
    assert server.returncode in {130, -signal.SIGINT}
    port = int(address.rpartition(":")[2])
    for _ in range(50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    pytest.fail("the server still listens")
