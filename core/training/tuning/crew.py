"""Who computes the folds: this process, or several beside it that share the prepared folds.

A hand does one fold at a time and then waits to be told whether the trial goes on, since that is decided here.
"""

import contextlib
import ctypes
import mmap
import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.records.training import TrainingSpec
from core.training.measures import Array
from core.training.own_recipes.code import Own, load
from core.training.tuning.fold_fit import FoldDone, run_fold
from core.training.tuning.folds import Material
from core.training.tuning.space import Params

PR_SET_PDEATHSIG = 1
PRELOAD = ("core.training.tuning.hand_preload",)


@dataclass(frozen=True)
class FoldTask:
    """One fold to compute."""

    trial: int
    params: Params
    fold: int


@dataclass(frozen=True)
class HandLost:
    """The process that computed a trial's fold is gone."""

    trial: int
    how: str


class Crew(Protocol):
    """Hands that compute folds."""

    @property
    def idle(self) -> int:
        """How many hands have nothing to do."""
        ...

    def begin(self, task: FoldTask) -> None:
        """Give an idle hand a fold."""
        ...

    def wait(self, seconds: float) -> "list[FoldDone | HandLost]":
        """Return what became of folds, after at most ``seconds`` where hands work beside this process."""
        ...

    def close(self) -> None:
        """Let the hands go, whatever they are doing."""
        ...


@dataclass
class OwnHand:
    """Computes folds in this process, when asked to wait; on several threads where that gives the same model."""

    material: Material
    base: TrainingSpec
    _task: FoldTask | None = None

    @property
    def idle(self) -> int:
        """Whether a fold may be given."""
        return 1 if self._task is None else 0

    def begin(self, task: FoldTask) -> None:
        """Remember the fold."""
        self._task = task

    def wait(self, seconds: float) -> list[FoldDone | HandLost]:  # noqa: ARG002
        """Compute the fold."""
        task, self._task = self._task, None
        if task is None:
            return []
        threads = os.cpu_count() or 1
        return [run_fold(self.material, self.base, task.trial, task.params, task.fold, threads)]

    def close(self) -> None:
        """Do nothing: there is nobody to let go."""


@dataclass
class _Hand:
    process: ForkServerProcess
    line: Connection
    task: FoldTask | None = None


@dataclass
class Hands:
    """Processes of this job's group, each on one thread; a hand that dies is replaced by the next ``begin``."""

    count: int
    base: TrainingSpec
    own: Own | None = None
    _hands: list[_Hand] = field(default_factory=list)
    _shared: "SharedMaterial | None" = None

    def __post_init__(self) -> None:
        """Let the server of the hands begin to import, so that it is ready when the folds are."""
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(PRELOAD))
        _start_server(self._context)

    def share(self, material: Material) -> None:
        """Give the hands their folds, before the first ``begin``."""
        self._shared = SharedMaterial.of(material)

    @property
    def idle(self) -> int:
        """How many hands have nothing to do, those not started yet included."""
        return self.count - sum(hand.task is not None for hand in self._hands)

    def begin(self, task: FoldTask) -> None:
        """Give an idle hand a fold."""
        hand = next((hand for hand in self._hands if hand.task is None), None) or self._start()
        hand.task = task
        hand.line.send(task)

    def wait(self, seconds: float) -> list[FoldDone | HandLost]:
        """Return the folds that were finished, and those whose process died."""
        busy = {hand.line: hand for hand in self._hands if hand.task is not None}
        return [self._heard(busy[line]) for line in connection.wait(list(busy), seconds)]  # type: ignore[index]

    def close(self) -> None:
        """Kill the hands and forget the folds."""
        for hand in self._hands:
            self._dismiss(hand)
        self._hands = []
        if self._shared is not None:
            self._shared.close()

    def _heard(self, hand: _Hand) -> FoldDone | HandLost:
        assert hand.task is not None  # noqa: S101
        trial, hand.task = hand.task.trial, None
        try:
            done: FoldDone = hand.line.recv()
        except (EOFError, OSError):
            self._hands.remove(hand)
            self._dismiss(hand)
            return HandLost(trial, _how(hand.process.exitcode))
        return done

    def _start(self) -> _Hand:
        assert self._shared is not None  # noqa: S101
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=serve, args=(theirs, self._shared, self.base, self.own), daemon=True)
        process.start()
        theirs.close()
        hand = _Hand(process, ours)
        self._hands.append(hand)
        return hand

    def _dismiss(self, hand: _Hand) -> None:
        hand.line.close()
        hand.process.kill()
        hand.process.join()


def _start_server(context: Any) -> None:
    from multiprocessing import forkserver

    del context
    forkserver.ensure_running()


def _how(code: int | None) -> str:
    if code == -signal.SIGKILL:
        return "its process was killed, most likely because memory ran out"
    if code is not None and code < 0:
        return f"its process was ended by signal {-code} ({signal.Signals(-code).name})"
    return f"its process ended with exit code {code}"


def serve(line: Connection, shared: "SharedMaterial", base: TrainingSpec, own: Own | None = None) -> None:
    """What a hand does: folds, one after another, until the line is closed; ``own`` is the recipe they train."""
    from threadpoolctl import threadpool_limits

    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if own is not None:
        load(own)
    material = shared.open()
    with threadpool_limits(limits=1), contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            task: FoldTask = line.recv()
            line.send(run_fold(material, base, task.trial, task.params, task.fold, 1))


Place = tuple[int, tuple[int, ...], str]
"""Offset in bytes, shape and type of an array in the shared memory."""


@dataclass
class SharedMaterial:
    """The prepared folds in memory without a name: every hand maps it, and it is gone with the last process that does.

    Labels of text stay with the descriptions, since text objects cannot be shared so.
    """

    owner: int
    file: int
    places: Sequence[Sequence[Place]]
    frame: Material

    @classmethod
    def of(cls, material: Material) -> "SharedMaterial":
        """Copy the matrices of ``material`` once."""
        file = os.memfd_create("folds")
        places = [[_append(file, array) for array in (fold.train, fold.test)] for fold in material.folds]
        nothing = np.empty((0, 0))
        bare = tuple(replace(fold, train=nothing, test=nothing) for fold in material.folds)
        frame = Material(material.task, material.classes, material.positive, bare)
        return cls(os.getpid(), file, places, frame)

    def open(self) -> Material:
        """Return the folds as another process sees them."""
        with Path(f"/proc/{self.owner}/fd/{self.file}").open("rb") as file:
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        folds = []
        for (train, test), bare in zip(self.places, self.frame.folds, strict=True):
            folds.append(replace(bare, train=_seen(memory, train), test=_seen(memory, test)))
        return Material(self.frame.task, self.frame.classes, self.frame.positive, tuple(folds))

    def close(self) -> None:
        """Give the memory back; hands that still map it keep it."""
        os.close(self.file)


def _append(file: int, array: Array) -> Place:
    offset = os.lseek(file, 0, os.SEEK_END)
    content = memoryview(np.ascontiguousarray(array).tobytes() if array.size else bytes(8))
    while content:
        content = content[os.write(file, content) :]
    return offset, array.shape, array.dtype.str


def _seen(memory: mmap.mmap, place: Place) -> Array:
    offset, shape, kind = place
    count = int(np.prod(shape))
    return np.frombuffer(memory, dtype=np.dtype(kind), count=count, offset=offset).reshape(shape)
