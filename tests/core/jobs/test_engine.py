"""The local engine with real processes."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from core.jobs.engines import groups
from core.jobs.engines.local import LocalEngine, LocalHandle, how_it_ended
from core.records.job import Job, Process
from storage import job_rules
from tests.builders import START, job_request

PRELOAD = ("core.jobs.engines.child",)


@pytest.fixture
def start(tmp_path: Path):
    started: list[LocalHandle] = []

    def begin(entry: str) -> LocalHandle:
        engine = LocalEngine(tmp_path, tmp_path / "logs", entry=f"tests.core.jobs.entries:{entry}", preload=PRELOAD)
        engine.warm()
        until(engine.ready)
        handle = engine.start(a_job())
        started.append(handle)
        return handle

    yield begin
    for handle in started:
        handle.kill()
        until(lambda handle=handle: handle.poll() is not None)


def a_job(**changes: object) -> Job:
    job = job_rules.queued(job_request(project=None), "local", START)
    return job.model_copy(update={"id": "0123456789ab", "attempt": 1, "token": 7, **changes})


def until(is_so: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def log_of(home: Path) -> str:
    return (home / "logs" / "0123456789ab.log").read_text()


def pids_in(file: Path) -> list[int]:
    until(file.exists)
    return [int(pid) for pid in file.read_text().split()]


def test_output_of_the_child_and_of_its_children_reaches_the_log_under_a_header(start, tmp_path):
    handle = start("write_everywhere")
    until(handle.poll)
    header, *lines = log_of(tmp_path).splitlines()
    assert header.startswith("--- ")
    assert header.endswith("train job 0123456789ab, attempt 1 of 3")
    assert sorted(lines) == ["complained", "from a grandchild", "printed"]


def test_the_entry_gets_job_token_and_home(start, tmp_path):
    until(start("answer_nothing").poll)
    assert "job 0123456789ab under token 7" in log_of(tmp_path)


@pytest.mark.parametrize(
    ("entry", "how"),
    [
        ("answer_nothing", "The process ended with exit code 0 before it gave an answer."),
        ("leave_with_7", "The process ended with exit code 7 before it gave an answer."),
        ("crash", "The process was ended by signal 11 (SIGSEGV)."),
    ],
)
def test_the_end_of_a_process_is_told_truthfully(start, entry, how):
    handle = start(entry)
    until(handle.poll)
    assert handle.poll() == how


def test_a_segmentation_fault_leaves_its_stack_in_the_log(start, tmp_path):
    until(start("crash").poll)
    assert "Segmentation fault" in log_of(tmp_path)
    assert "in crash" in log_of(tmp_path)


def test_an_unknown_entry_ends_the_process_with_the_reason_in_the_log(start, tmp_path):
    until(start("nowhere").poll)
    assert "has no attribute 'nowhere'" in log_of(tmp_path)


def test_a_process_that_obeys_ends_on_terminate(start, tmp_path):
    handle = start("sleep")
    until((tmp_path / "started").exists)
    handle.terminate()
    until(handle.poll)
    assert handle.poll() == how_it_ended(128 + signal.SIGTERM)


def test_kill_ends_a_stubborn_process_with_children_inside_and_outside_its_group(start, tmp_path):
    handle = start("be_stubborn")
    pids = pids_in(tmp_path / "pids")
    handle.terminate()
    handle.kill()
    until(handle.poll)
    assert [pid for pid in pids if groups.is_running(pid)] == []


def test_a_grandchild_that_outlives_its_job_is_ended(start, tmp_path):
    until(start("leave_a_grandchild").poll)
    (left,) = pids_in(tmp_path / "pids")
    assert not groups.is_running(left)


def test_a_process_ended_before_it_has_started_never_stays(start, tmp_path):
    handle = start("sleep")
    handle.kill()
    until(handle.poll)
    assert "SIGKILL" in handle.poll()


def test_the_end_of_the_job_alone_is_the_end_of_the_handle(start, tmp_path):
    handle = start("sleep")
    (pid,) = pids_in(tmp_path / "started")
    os.kill(pid, signal.SIGKILL)
    until(handle.poll)
    assert handle.poll() == "The process was killed (SIGKILL), most likely because the machine ran out of memory."


def test_the_end_of_the_guard_alone_is_the_end_of_the_job(start, tmp_path):
    handle = start("sleep")
    (pid,) = pids_in(tmp_path / "started")
    os.kill(handle.process().pgid, signal.SIGKILL)
    until(handle.poll)
    until(lambda: not groups.is_running(pid))


def test_memory_counts_what_the_job_holds_beyond_its_start(start, tmp_path):
    handle = start("hold_memory")
    until(lambda: handle.memory_mb() > 390)
    assert handle.memory_mb() < 480


def test_a_huge_allocation_is_refused_inside_the_job(start, tmp_path):
    until(start("ask_for_too_much").poll)
    assert (tmp_path / "refused").exists()


def test_a_leftover_is_ended_only_when_its_start_matches(start, tmp_path):
    handle = start("sleep")
    (pid,) = pids_in(tmp_path / "started")
    process = handle.process()
    groups.end_leftover(process.model_copy(update={"started": process.started - 60}))
    groups.end_leftover(Process(host="elsewhere", pgid=process.pgid, started=process.started))
    assert groups.is_running(pid)
    groups.end_leftover(process)
    until(lambda: not groups.is_running(pid))


def test_a_leftover_without_its_leader_is_ended(start, tmp_path):
    handle = start("be_stubborn")
    job, inside, _ = pids_in(tmp_path / "pids")
    process = handle.process()
    psutil.Process(process.pgid).suspend()
    os.kill(process.pgid, signal.SIGKILL)
    until(handle.poll)
    groups.end_leftover(process)
    assert not groups.is_running(job)
    assert not groups.is_running(inside)


def test_a_gone_process_has_no_record():
    assert groups.describe(2**22 - 1) is None
    assert not groups.is_running(2**22 - 1)
