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
from workbench.track.review import approve, put_on_trial, state_of
from workbench.verify.log import Log

# For every step that is written when approving or settling - SQL of the log, a tag of MLflow's page - a process killed there.
KILLED = """
import os, shutil, signal, sqlite3, sys
from pathlib import Path
import mlflow.store.tracking.sqlalchemy_store
from workbench.track import Store
from workbench.track.review import approve, settle
from workbench.trial_records import Verdict
import workbench.verify.log as log
origin, out, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
verdict = Verdict.from_json(Path(sys.argv[4]).read_text()) if len(sys.argv) > 4 else None
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
        if verdict is None:
            approve(Store.open(folder=folder), name, by="Li Wei", why="try")
        else:
            settle(Store.open(folder=folder), name, verdict, by="Li Wei")
        (folder / "steps").write_text(str(seen))
        os._exit(0)
    return os.waitpid(pid, 0)[1]
assert run(out / "all") == 0
for step in range(1, int((out / "all" / "steps").read_text()) + 1):
    for order, moment in enumerate(("before", "after")):
        at, when = step, moment
        assert run(out / f"{step:03} {order}") == signal.SIGKILL
"""


def killed_at_each_step(store: Store, out: Path, name: str, *more: str) -> list[Path]:
    """A copy of the store for each step at which the process was killed, in order."""
    out.mkdir()
    asked = [sys.executable, "-c", KILLED, str(store.folder), str(out), name, *more]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    folders = sorted(path for path in out.iterdir() if path.name != "all")
    assert len(folders) > 40
    return folders


def can_be_mended(left: Store, name: str) -> None:
    sync(left)
    assert differences(left) == []
    assert read_pages(left)[state_of(left, name).run_id or ""].tags["state"] == state_of(left, name).state


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 is POSIX")
def test_killed_while_approving_is_approved_or_not_and_can_be_mended(
    store: Store, desk: Any, recommendation: Recommendation, tmp_path: Path
) -> None:
    name = desk.promised(recommendation)
    folders = killed_at_each_step(store, tmp_path / "killed", name)
    states = []
    for folder in folders:
        state = state_of(Store.open(folder=folder), name)
        kinds = [r.kind for r in state.rows]
        assert (kinds, state.state) in ((["promise"], "proposed"), (["promise", "review"], "approved"))
        states.append(state.state)
        assert Log.open(folder).check() == ()
    turn = states.index("approved")
    assert set(states[turn:]) == {"approved"}  # once written it stays, however little came after
    for folder in (folders[0], folders[turn], folders[-2]):
        can_be_mended(Store.open(folder=folder), name)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 is POSIX")
def test_killed_while_settling_has_the_whole_verdict_or_none_and_can_be_mended(
    store: Store, desk: Any, recommendation: Recommendation, tmp_path: Path
) -> None:
    name = desk.promised(recommendation)
    approve(store, name, by="Li Wei", why="try")
    plan = desk.plan_of(name)
    put_on_trial(store, name, plan)
    written = tmp_path / "verdict.json"
    written.write_text(desk.verdict_of(plan).to_json(), encoding="utf-8")
    folders = killed_at_each_step(store, tmp_path / "killed", name, str(written))
    states = []
    for folder in folders:
        state = state_of(Store.open(folder=folder), name)
        verdicts = [r.kind for r in state.rows].count("verdict")
        assert (verdicts, state.state) in ((0, "on_trial"), (1, "verified"))
        states.append(state.state)
        assert Log.open(folder).check() == ()
    turn = states.index("verified")
    assert set(states[turn:]) == {"verified"}
    for folder in (folders[0], folders[turn], folders[-2]):
        can_be_mended(Store.open(folder=folder), name)
