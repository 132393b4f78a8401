"""Fitted pipelines in processes of their own: one that hangs or dies is replaced, and takes nobody along."""

import ctypes
import logging
import math
import multiprocessing
import os
import signal
import threading
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import orjson

from core.errors import AppError
from core.records.model import ModelManifest
from core.serving_errors import AnswerTooSlow, ModelNotLoaded, ModelStopped
from core.training.answers import Answers

logger = logging.getLogger(__name__)

START_S = 60.0
PRELOAD = (
    "core.training.bundle",
    "core.training.tables",
    "skops.io",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.preprocessing",
)
_PARENT_DEATH = 1
"""PR_SET_PDEATHSIG of Linux' prctl(2)."""


class Apart:
    """A fitted pipeline in a process of its own, asked over a pipe that carries JSON.

    The process is forked from a server that has the libraries loaded already. It ends with the last reference to
    this object.
    """

    kind = "scikit-learn"

    def __init__(self, manifest: ModelManifest, content: bytes, version: int, seconds: float) -> None:
        """Start the process; ``content`` is the model file, ``seconds`` what an answer may take.

        Raises:
            ModelNotLoaded: the process cannot load the model; the sentence says why.
        """
        self._manifest = manifest
        self._content = content
        self._version = version
        self._seconds = seconds
        self._lock = threading.Lock()
        self._child: _Child | None = self._start()

    @property
    def pid(self) -> int | None:
        """The process that answers at this moment."""
        child = self._child
        return None if child is None else child.process.pid

    def answer(self, records: Sequence[Mapping[str, Any]]) -> Answers:
        """Answer records.

        Raises:
            ValueError: a value is too extreme for the model.
            AnswerTooSlow: the process took too long; it was ended and is started again.
            ModelStopped: the process died; it is started again.
        """
        with self._lock:
            if self._child is None:
                self._child = self._start()
            try:
                reply = self._child.ask(orjson.dumps(records), self._seconds)
            except TimeoutError as error:
                self._replace()
                raise AnswerTooSlow(seconds=math.ceil(self._seconds)) from error
            except (EOFError, OSError) as error:
                self._replace()
                raise ModelStopped(version=self._version) from error
        document = orjson.loads(reply)
        if "refused" in document:
            raise ValueError(document["refused"])
        return Answers(document["predictions"], document["shares"])

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._child is not None:
                self._child.finish()
                self._child = None

    def _replace(self) -> None:
        """End the process, and have another one ready for the next request."""
        assert self._child is not None  # noqa: S101 - it was just asked
        logger.error("the process of version %s of %s is replaced", self._version, self._manifest.project)
        self._child.finish()
        self._child = None
        threading.Thread(target=self._start_again, name="replace a model's process", daemon=True).start()

    def _start_again(self) -> None:
        with self._lock:
            if self._child is None:
                try:
                    self._child = self._start()
                except ModelNotLoaded:
                    logger.exception("version %s cannot be started again", self._version)

    def _start(self) -> "_Child":
        child = _Child()
        child.finish = weakref.finalize(self, child.end)
        try:
            child.connection.send_bytes(self._manifest.model_dump_json().encode())
            reply = orjson.loads(child.ask(self._content, START_S))
        except (EOFError, OSError) as error:
            reply = {"failed": f"its process did not start ({type(error).__name__})."}
        if "failed" in reply:
            child.finish()
            raise ModelNotLoaded(version=self._version, project=self._manifest.project, problem=reply["failed"])
        return child


class _Child:
    """The process and our end of its pipe; ``finish`` ends it, once."""

    finish: Any

    def __init__(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(PRELOAD))
        ours, theirs = context.Pipe()
        self.connection: Connection = ours
        self.process: BaseProcess = context.Process(target=_serve, args=(theirs,), name="model", daemon=True)
        self.process.start()
        theirs.close()

    def ask(self, question: bytes, seconds: float) -> bytes:
        """Send ``question`` and return the reply; a process that takes too long is killed, wherever it is stuck.

        Raises:
            TimeoutError: no whole reply came in time.
            EOFError: the process ended, which an OSError says as well.
        """
        is_late = threading.Event()

        def kill() -> None:
            is_late.set()
            self.process.kill()

        watch = threading.Timer(seconds, kill)
        watch.daemon = True
        watch.start()
        try:
            self.connection.send_bytes(question)
            return self.connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise TimeoutError if is_late.is_set() else error from error
        finally:
            watch.cancel()

    def end(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def _serve(connection: Connection) -> None:
    """Answer until the other end closes: what the process does. It does not outlive the server that forked it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)
    os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
    from core.training import model_file
    from core.training.tables import answer

    with suppress(EOFError, OSError):
        manifest = ModelManifest.model_validate_json(connection.recv_bytes())
        try:
            pipeline = model_file.load(connection.recv_bytes())
        except AppError as error:
            connection.send_bytes(orjson.dumps({"failed": error.message}))
            return
        connection.send_bytes(b"{}")
        while True:
            records = orjson.loads(connection.recv_bytes())
            try:
                found = answer(manifest, pipeline, records)
                reply: dict[str, object] = {"predictions": found.predictions, "shares": found.shares}
            except (ValueError, OverflowError) as error:
                reply = {"refused": str(error)}
            connection.send_bytes(_dump(reply))


def _dump(reply: Mapping[str, Any]) -> bytes:
    """JSON has no infinity; an answer that holds one is refused where it was computed."""
    numbers = [value for value in reply.get("predictions", ()) if isinstance(value, float)]
    numbers += [value for row in reply.get("shares") or () for value in row]
    if not all(map(math.isfinite, numbers)):
        return orjson.dumps({"refused": "a value is too extreme for it"})
    return orjson.dumps(reply)
