import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.errors import PortTaken, UnsafeBinding
from core.models.service import ModelService
from core.records.access import LOCAL
from core.serving import http as module
from core.settings import Settings
from storage.blobs import FileBlobs
from storage.database import migrate, open_store
from storage.memory.tracking import MemoryTracking
from storage.segments import SegmentLog
from tests.bundles import RECORD, registered, stored
from tests.core.serving.served import Client, House, house, serving
from tests.installation import ROOT, free_port

PROMOTIONS = 50
CLIENTS = 4
ANSWERS = {1: "Yes", 2: "No"}


def on_disk(home: Path) -> House:
    """A house over the real stores."""
    settings = Settings(home=home)
    home.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url, home)
    made = house(settings, open_store(settings.database_url), FileBlobs(home / "blobs"), SegmentLog(home / "log"))
    made.add_project()
    return made


@dataclass
class Load:
    """Clients that ask without a pause until told to stop, and what they saw."""

    port: int
    stopped: threading.Event = field(default_factory=threading.Event)
    answered: list[str] = field(default_factory=list)
    versions: set[int] = field(default_factory=set)
    wrong: list[object] = field(default_factory=list)

    def ask(self, number: int) -> None:
        client = Client(self.port)
        asked = 0
        while not self.stopped.is_set():
            asked += 1
            given = f"c{number}-{asked}"
            try:
                reply = client.post("/projects/churn/predict/batch", self.body(given))
                self.check(given, reply.status, reply.document)
            except Exception as error:  # noqa: BLE001
                self.wrong.append(error)
        client.close()

    @staticmethod
    def body(given: str) -> object:
        return {"records": [{**RECORD, "prediction_id": f"{given}-{row}"} for row in range(2)]}

    def check(self, given: str, status: int, document: dict[str, object]) -> None:
        if status != 200:
            self.wrong.append(document)
            return
        predictions = document["predictions"]
        [(version, _)] = {(one["model_version"], one["model_sha256"]) for one in predictions}
        if any(one["prediction"] != ANSWERS[version] for one in predictions):
            self.wrong.append(document)
        self.versions.add(version)
        self.answered += [one["prediction_id"] for one in predictions]


def test_fifty_promotions_under_load_fail_no_request_and_mix_no_versions(tmp_path: Path) -> None:
    made = on_disk(tmp_path / "home")
    tracking = MemoryTracking()
    models = ModelService(made.store, made.blobs, tracking, SystemClock())
    for flipped in (False, True):
        registered(made.store, made.blobs, tracking, SystemClock(), flipped=flipped)
    models.promote(LOCAL, "churn", 1, "first", override=True)
    with serving(made) as client:
        load = Load(client.port)
        threads = [threading.Thread(target=load.ask, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for turn in range(PROMOTIONS):
            version = 2 - turn % 2
            models.promote(LOCAL, "churn", version, f"turn {turn}", override=True)
            while client.get("/projects/churn").document["model_version"] != version:
                time.sleep(0.01)
        load.stopped.set()
        for thread in threads:
            thread.join()
    assert load.wrong == []
    assert load.versions == {1, 2}
    assert sorted(one.prediction_id for one in made.log.read("churn")) == sorted(load.answered)
    made.store.close()


def test_a_broken_promotion_under_load_fails_no_request(tmp_path: Path) -> None:
    made = on_disk(tmp_path / "home")
    made.promote(1, stored(made.blobs).sha256)
    with serving(made) as client:
        load = Load(client.port)
        thread = threading.Thread(target=load.ask, args=(0,))
        thread.start()
        made.promote(2, "e" * 64)
        while client.get("/health").document["status"] != "degraded":
            time.sleep(0.01)
        load.stopped.set()
        thread.join()
        assert [one["model_version"] for one in client.get("/health").document["problems"]] == [2]
    assert load.wrong == []
    assert load.versions == {1}
    made.store.close()


def test_a_deleted_project_is_gone_and_a_new_one_of_the_name_is_served(tmp_path: Path) -> None:
    made = on_disk(tmp_path / "home")
    made.promote(1, stored(made.blobs).sha256)
    with serving(made) as client:
        assert client.post("/projects/churn/predict", RECORD).status == 200
        with made.store.write() as work:
            work.projects.delete("churn")
            work.commit()
        while client.post("/projects/churn/predict", RECORD).status != 404:
            time.sleep(0.01)
        made.add_project()
        made.promote(1, stored(made.blobs, flipped=True).sha256)
        assert client.post("/projects/churn/predict", RECORD).document["prediction"] == "No"
    made.store.close()


class Process:
    """The scoring API as its own process."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        env = {**os.environ, "PILOTHOUSE_HOME": str(home), "PILOTHOUSE_API_PORT": str(self.port)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "core.cli.main", "api"], cwd=ROOT, env=env, stderr=subprocess.PIPE
        )
        self.client = Client(self.port)

    def wait_until_ready(self) -> None:
        while not self._is_ready():
            assert self.process.poll() is None, self.process.stderr.read()
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        try:
            return self.client.get("/readyz").status == 200
        except OSError:
            return False

    def end(self, how: signal.Signals) -> None:
        self.client.close()
        self.process.send_signal(how)
        self.process.wait()
        self.process.stderr.close()


def test_the_process_finishes_what_is_under_way_and_loses_no_answer_when_killed(settings: Settings) -> None:
    made = house(
        settings,
        open_store(settings.database_url),
        FileBlobs(settings.home / "blobs"),
        SegmentLog(settings.predictions),
    )
    made.add_project()
    made.promote(1, stored(made.blobs).sha256)
    answered: list[str] = []
    for how in (signal.SIGTERM, signal.SIGKILL):
        process = Process(settings.home)
        process.wait_until_ready()
        load = Load(process.port)
        thread = threading.Thread(target=load.ask, args=(how.value,))
        thread.start()
        while len(load.answered) < 40:
            time.sleep(0.01)
        process.end(how)
        load.stopped.set()
        thread.join()
        answered += load.answered
    logged = {one.prediction_id for one in made.log.read("churn")}
    assert set(answered) <= logged
    made.store.close()


def test_the_process_imports_no_library_that_fits_or_watches_models() -> None:
    script = (
        "import sys\n"
        "from core.serving import http\n"
        "from core.serving.slots import _import_libraries\n"
        "import core.bootstrap\n"
        "_import_libraries()\n"
        "unwanted = ('mlflow', 'evidently', 'streamlit', 'sklearn', 'pandas', 'skops')\n"
        "print([name for name in unwanted if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    made = on_disk(tmp_path / "home")
    with serving(made) as client, pytest.raises(PortTaken, match="PILOTHOUSE_API_PORT"):
        module.serve(Settings(home=tmp_path / "home", api_port=client.port))
    made.store.close()


def test_an_address_others_can_reach_is_refused_while_nobody_signs_in(tmp_path: Path) -> None:
    with pytest.raises(UnsafeBinding, match=r"The scoring API would listen on 0\.0\.0\.0"):
        module.serve(Settings(home=tmp_path / "home", api_host="0.0.0.0"))  # noqa: S104
    assert not (tmp_path / "home").exists()
