from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workbench.records import Recommendation
from workbench.track import Store
from workbench.track.drift import differences, sync
from workbench.track.pages import read_pages
from workbench.track.review import state_of
from workbench.verify.log import Log

# For every step that is written when approving - SQL of the log, a tag of MLflow's page - a process that is killed there.
KILLED = """
import os, shutil, signal, sqlite3, sys
from pathlib import Path
import mlflow.store.tracking.sqlalchemy_store
from workbench.track import Store
from workbench.track.review import approve
import workbench.verify.log as log
origin, out = Path(sys.argv[1]), Path(sys.argv[2])
seen, at, when = 0, 0, ""
def counted(act):
    def wrapped(*asked, **more):
        global seen
        seen += 1
        if seen == at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = act(*asked, **more)
        if seen == at and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    return wrapped
class Counting(sqlite3.Connection):
    execute = counted(sqlite3.Connection.execute)
connect = log._connect
def counting(path, create=False):
    plain, sqlite3.connect = sqlite3.connect, lambda *a, **m: plain(*a, factory=Counting, **m)
    try:
        return connect(path, create)
    finally:
        sqlite3.connect = plain
log._connect = counting
mlflow.MlflowClient.set_tag = counted(mlflow.MlflowClient.set_tag)
def run(folder):
    shutil.copytree(origin, folder)
    pid = os.fork()
    if pid == 0:
        approve(Store.open(folder=folder), "acid_line_1", by="Li Wei", why="try")
        (folder / "steps").write_text(str(seen))
        os._exit(0)
    return os.waitpid(pid, 0)[1]
assert run(out / "all") == 0
for step in range(1, int((out / "all" / "steps").read_text()) + 1):
    for order, moment in enumerate(("before", "after")):
        at, when = step, moment
        assert run(out / f"{step:03} {order}") == signal.SIGKILL
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 is POSIX")
def test_killed_while_approving_is_approved_or_not_and_can_be_mended(
    store: Store, desk: Any, recommendation: Recommendation, tmp_path: Path
) -> None:
    name = desk.promised(recommendation)
    out = tmp_path / "killed"
    out.mkdir()
    asked = [sys.executable, "-c", KILLED, str(store.folder), str(out)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    folders = sorted(path for path in out.iterdir() if path.name != "all")
    assert len(folders) > 40
    states = []
    for folder in folders:
        left = Store.open(folder=folder)
        state = state_of(left, name)
        kinds = [r.kind for r in state.rows]
        assert (kinds, state.state) in ((["promise"], "proposed"), (["promise", "review"], "approved"))
        states.append(state.state)
        assert Log.open(folder).check() == ()
    turn = states.index("approved")
    assert set(states[turn:]) == {"approved"}  # once written it stays, however little came after
    for folder in (folders[0], folders[turn], folders[-2]):
        left = Store.open(folder=folder)
        sync(left)
        assert differences(left) == []
        assert read_pages(left)[state_of(left, name).run_id or ""].tags["state"] == state_of(left, name).state
