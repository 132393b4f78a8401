"""A real web server and a real mail server of this machine that keep what they are given."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Received:
    """Requests or mails, in their order; ``answers`` are the codes to give, 200 when there are none left."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)
    mails: list[Message] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@contextmanager
def web_server() -> Iterator[Received]:
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            received.headers.append(self.headers)
            code = received.answers.pop(0) if received.answers else 200
            self.send_response(code)
            if code == 302:
                self.send_header("Location", received.url)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        received.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield received
        server.shutdown()
        thread.join()


@contextmanager
def mail_server() -> Iterator[Received]:
    received = Received()

    class Handler:
        async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802
            received.mails.append(message_from_bytes(envelope.content))
            return (received.answers and f"{received.answers.pop(0)} no") or "250 taken"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        received.url = f"smtp://127.0.0.1:{port}"
        yield received
    finally:
        controller.stop()
