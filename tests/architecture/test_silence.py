"""Nothing that Pilothouse runs tries to reach another machine: the loop, in the real processes, under a guard.

The processes start without pytest's and CI's variables, because several libraries report only where those are absent.
"""

import csv
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.installation import Installation

GUARD = Path(__file__).parent / "guard"
KEPT = ("PATH", "LANG", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
SCREENS = ("", "datasets", "train", "jobs", "runs", "models", "playground", "drift", "retraining", "audit", "settings")

PROCESSES = (
    " up\n",
    "streamlit run",
    " worker ",
    " api ",
    "multiprocessing.forkserver",
    " train shop ",
    " monitor shop ",
)
"""What stands on the command lines of the processes that must have loaded the guard."""


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Installation]:
    """An installation whose every process, and every child of one, runs under the guard and knows no test."""
    installation = Installation(tmp_path / "installation")
    clean = {name: os.environ[name] for name in KEPT if name in os.environ}
    ours = {name: text for name, text in installation.env.items() if name.startswith("PILOTHOUSE_")}
    guard = {"PYTHONPATH": str(GUARD), "GUARD_LOG": str(tmp_path / "calls"), "GUARD_STARTS": str(tmp_path / "starts")}
    (tmp_path / "person").mkdir()
    installation.env = {**clean, **ours, **guard, "HOME": str(tmp_path / "person")}
    yield installation
    installation.stop()


def test_the_whole_loop_never_reaches_for_another_machine(guarded: Installation, tmp_path: Path) -> None:
    guarded.start()
    table = write_table(tmp_path / "shop.csv", seed=1, shift=0)
    later = write_table(tmp_path / "later.csv", seed=2, shift=20)
    guarded.ask("project", "create", "shop", "--task", "binary", "--target", "bought", "--positive", "yes")
    guarded.ask("data", "add", "shop", str(table), "--dataset", "visits")
    guarded.ask("data", "add", "shop", str(later), "--dataset", "visits")
    guarded.ask("train", "shop", "--estimator", "logistic_regression", "--data", "visits@1", "--wait")
    guarded.ask("promote", "shop", "1", "--reason", "the first", "--override")
    answer = guarded.post("/projects/shop/predict", {"age": 30.0, "pages": 4.0, "country": "nl"})
    assert answer["model_version"] == 1
    guarded.ask("monitor", "shop", "--current", "visits@2")
    guarded.ask("schedule", "add", "shop", "--action", "retrain", "--every", "6h")
    for screen in SCREENS:
        run_script(guarded, screen)
    starts = (tmp_path / "starts").read_text()
    assert [process for process in PROCESSES if process not in starts] == []
    assert not (tmp_path / "calls").exists(), (tmp_path / "calls").read_text()


def write_table(file: Path, seed: int, shift: float) -> Path:
    draw = random.Random(seed)
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["age", "pages", "country", "bought"])
        for _ in range(600):
            age, pages = draw.gauss(40 + shift, 10), draw.randrange(1, 30)
            bought = "yes" if pages + draw.gauss(0, 5) > 15 else "no"
            rows.writerow([round(age, 1), pages, draw.choice(["nl", "de", "fr"]), bought])
    return file


def run_script(installation: Installation, screen: str) -> None:
    """Open a screen as a browser does: a web socket that asks for one run of the script."""
    ask = BackMsg()
    ask.rerun_script.query_string = "project=shop"
    ask.rerun_script.page_name = screen
    address = f"{installation.ui.replace('http', 'ws')}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], origin=installation.ui, max_size=None) as socket:
        socket.send(ask.SerializeToString())
        for message in socket:
            heard = ForwardMsg.FromString(message)
            if heard.WhichOneof("type") == "script_finished":
                assert heard.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
                return
    pytest.fail(f"the script of /{screen} did not finish")
