"""A small load generator: keep-alive connections that ask without a pause, timed one by one; no library between.

It is run as a process of its own, ``python -m benchmarks.load``, so that it takes no time from what it measures.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import uvloop


@dataclass(frozen=True)
class Plan:
    """What to ask, how often at once, and for how long."""

    port: int
    path: str
    body: str
    connections: int = 1
    seconds: float = 5.0
    warm_up: float = 1.0
    patient: bool = False
    """Whether a refused client waits as long as Retry-After says."""
    keep_ids: bool = False
    """Whether the prediction ids of all answers are told."""
    keep_versions: bool = False
    """Whether it is counted which version the answers name."""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came back: counts by status (0: the connection broke), and milliseconds of the answered."""

    seconds: float
    codes: dict[str, int]
    answered_ms: list[float]
    refused_ms: list[float]
    ids: list[str]
    versions: dict[str, int]

    @property
    def rate(self) -> float:
        """Answered requests a second."""
        return len(self.answered_ms) / self.seconds

    def quantile(self, share: float) -> float:
        """Milliseconds within which ``share`` of the answered requests were answered."""
        return quantile(self.answered_ms, share)


def quantile(values: list[float], share: float) -> float:
    """Return the value that ``share`` of ``values`` do not exceed."""
    ranked = sorted(values) or [float("nan")]
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


class _Client(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._buffer = b""
        self._begun = 0.0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self.ask()

    def ask(self) -> None:
        if self._run.is_over or self._transport is None or self._transport.is_closing():
            self._run.leave(self)
            return
        self._begun = time.perf_counter()
        self._transport.write(self._run.request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lines = head.lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        pause = self._run.note(int(head[9:12]), time.perf_counter() - self._begun, lines, rest[:length])
        if pause:
            asyncio.get_running_loop().call_later(pause, self.ask)
        else:
            self.ask()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._transport = None
        self._run.lost(self)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class _Run:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        body = plan.body.encode()
        named = {"host": f"127.0.0.1:{plan.port}", "content-type": "application/json", **plan.headers}
        lines = [f"{name}: {text}" for name, text in {**named, "content-length": str(len(body))}.items()]
        head = [f"POST {plan.path} HTTP/1.1", *lines, "", ""]
        self.request = "\r\n".join(head).encode() + body
        self.codes: Counter[int] = Counter()
        self.answered: list[float] = []
        self.refused: list[float] = []
        self.ids: list[str] = []
        self.versions: Counter[str] = Counter()
        self.begun = time.perf_counter() + plan.warm_up
        self.end = self.begun + plan.seconds
        self.clients: set[_Client] = set()
        self.done = asyncio.Event()

    @property
    def is_over(self) -> bool:
        return time.perf_counter() >= self.end

    def note(self, code: int, took: float, lines: list[bytes], body: bytes) -> float:
        """Write an answer down; return how long this client should wait."""
        if time.perf_counter() >= self.begun:
            self.codes[code] += 1
            (self.answered if code == 200 else self.refused).append(took * 1000)
        if code == 200 and self.plan.keep_ids:
            self.ids.append(json.loads(body)["prediction_id"])
        if code == 200 and self.plan.keep_versions:
            self.versions[str(json.loads(body).get("model_version"))] += 1
        if code == 503 and self.plan.patient:
            return next((float(line[12:]) for line in lines if line.startswith(b"retry-after:")), 0.0)
        return 0.0

    def leave(self, client: _Client) -> None:
        client.close()

    def lost(self, client: _Client) -> None:
        self.clients.discard(client)
        if not self.is_over:
            self.codes[0] += 1
        if not self.clients:
            self.done.set()


async def _run(plan: Plan) -> Outcome:
    run, loop = _Run(plan), asyncio.get_running_loop()
    for _ in range(plan.connections):
        client = _Client(run)
        run.clients.add(client)
        await loop.create_connection(lambda client=client: client, "127.0.0.1", plan.port)  # type: ignore[misc]
    await run.done.wait()
    codes = {str(code): count for code, count in run.codes.items()}
    return Outcome(plan.seconds, codes, run.answered, run.refused, run.ids, dict(run.versions))


def main() -> None:
    """Carry out the plan on stdin; write the outcome to the file named."""
    plan = Plan(**json.load(sys.stdin))
    outcome = uvloop.run(_run(plan))
    Path(sys.argv[1]).write_text(json.dumps(asdict(outcome)))


if __name__ == "__main__":
    main()
