"""Hands messages over to channels: what may be asked is decided as for data from outside, and secrets are looked up
at the last moment."""

import re
import smtplib
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from core.alert_errors import InvalidChannel, NotDelivered
from core.data_errors import OriginRefused, OriginUnreachable
from core.datasets.origins import addresses, web
from core.datasets.origins.reach import Reach
from core.monitoring.alerts import forms
from core.records.base import JsonObject
from core.records.channel import ChannelDraft, ChannelKind
from core.records.origin import Origin
from core.settings import is_loopback

WAIT_S = 10.0
"""Longest a receiver may take."""

MAIL_PORTS = {"smtp": 25, "smtps": 465}
_WHOLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_MAILBOX = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,255}")


class Senders:
    """Knows how to speak to each kind of channel."""

    def __init__(self, reach: Reach, secrets: Mapping[str, str]) -> None:
        """``secrets`` are what ``${NAME}`` in addresses stands for."""
        self._reach = reach
        self._secrets = secrets

    def check(self, channel: ChannelDraft) -> None:
        """Let a channel that can be kept and may be asked pass.

        Raises:
            InvalidChannel: a secret stands in it, one it names is not known, or its address may not be asked.
        """
        with self._told(channel):
            self._target(channel)
            if channel.signing:
                self._key(channel)
        problem = _of_mail(channel) if channel.kind is ChannelKind.EMAIL else _of_hook(channel)
        if problem:
            raise InvalidChannel(name=channel.name, problem=problem)

    def send(self, channel: ChannelDraft, id: str, content: JsonObject, now: datetime) -> None:
        """Hand one message over; it was taken when this returns.

        Raises:
            NotDelivered: the receiver does not answer, or did not take it.
            InvalidChannel: the channel cannot be used as it is.
        """
        with self._told(channel):
            if channel.kind is ChannelKind.EMAIL:
                self._mail(channel, id, content, now)
            else:
                self._post(channel, id, content, now)

    def _post(self, channel: ChannelDraft, id: str, content: JsonObject, now: datetime) -> None:
        is_slack = channel.kind is ChannelKind.SLACK
        body = forms.slack(content) if is_slack else forms.webhook(id, content)
        key = self._key(channel) if channel.signing else None
        headers = forms.headers(id, content, body, key, now)
        with web.opened(
            self._target(channel), channel.address, self._reach, body=body, headers=headers, wait_s=WAIT_S
        ) as (answer, _):
            answer.read(1024)

    def _mail(self, channel: ChannelDraft, id: str, content: JsonObject, now: datetime) -> None:
        parts = urlsplit(self._target(channel))
        message = forms.mail(id, content, channel.sender, channel.recipients, now)
        with _connected(parts, self._dial(parts, channel.address)) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            refused = server.send_message(message)
            if refused:
                raise NotDelivered(name=channel.name, problem=f"refused for {', '.join(sorted(refused))}")

    def _target(self, channel: ChannelDraft) -> str:
        """Return the address with its secrets, once it may be asked.

        Raises:
            OriginRefused: it cannot be kept, or may not be asked.
        """
        address = channel.address.strip()
        if _WHOLE.fullmatch(address):
            url = unquote(addresses.resolved(address, self._secrets))
        else:
            addresses.checked(Origin(url=address))
            url = addresses.resolved(address, self._secrets, plain="/")
        parts = urlsplit(url)
        allowed = tuple(MAIL_PORTS) if channel.kind is ChannelKind.EMAIL else ("http", "https")
        if parts.scheme.lower() not in allowed or not parts.hostname:
            raise OriginRefused(origin=address, problem=f"the address begins with {' or '.join(allowed)} and a host")
        self._reach.check_host(parts, address)
        return url

    def _key(self, channel: ChannelDraft) -> str:
        if not _WHOLE.fullmatch(channel.signing):
            raise InvalidChannel(name=channel.name, problem="write the signing secret as ${NAME}, not itself")
        return unquote(addresses.resolved(channel.signing, self._secrets))

    def _dial(self, parts: SplitResult, shown: str) -> Callable[[], socket.socket]:
        """Return what connects to an address that was looked up and found allowed, whatever the name leads to later."""

        def connect() -> socket.socket:
            port = parts.port or MAIL_PORTS[parts.scheme.lower()]
            failure: OSError | None = None
            for _, numeric in self._reach.check_host(parts, shown):
                try:
                    return socket.create_connection((numeric, port), WAIT_S)
                except OSError as error:
                    failure = error
            raise failure or OSError("no address answers")

        return connect

    @contextmanager
    def _told(self, channel: ChannelDraft) -> Iterator[None]:
        """Say what went wrong without any secret."""
        try:
            yield
        except OriginRefused as error:
            raise InvalidChannel(name=channel.name, problem=self._masked(error)) from None
        except OriginUnreachable as error:
            raise NotDelivered(name=channel.name, problem=self._masked(error)) from None
        except (OSError, smtplib.SMTPException) as error:
            problem = addresses.masked(str(error) or type(error).__name__, self._secrets)
            raise NotDelivered(name=channel.name, problem=problem) from None

    def _masked(self, error: OriginRefused | OriginUnreachable) -> str:
        return addresses.masked(str(error.facts["problem"]), self._secrets)


class _Plain(smtplib.SMTP):
    def __init__(self, host: str, connect: Callable[[], socket.socket]) -> None:
        self._dialled = connect
        super().__init__(host, 1, timeout=WAIT_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:  # noqa: ARG002
        return self._dialled()


class _Secure(smtplib.SMTP_SSL):
    def __init__(self, host: str, connect: Callable[[], socket.socket]) -> None:
        self._dialled = connect
        super().__init__(host, 1, timeout=WAIT_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:  # noqa: ARG002
        return self.context.wrap_socket(self._dialled(), server_hostname=host)


@contextmanager
def _connected(parts: SplitResult, connect: Callable[[], socket.socket]) -> Iterator[smtplib.SMTP]:
    """Yield a mail server, over TLS where it offers that; a password goes over nothing else, but to this machine."""
    host = parts.hostname or ""
    if parts.scheme.lower() == "smtps":
        with _Secure(host, connect) as server:
            yield server
        return
    with _Plain(host, connect) as server:
        server.ehlo()
        if server.has_extn("starttls"):
            import ssl

            server.starttls(context=ssl.create_default_context())
        elif parts.username and not is_loopback(host):
            raise smtplib.SMTPException("the server offers no TLS, and a password would go over the line in the open")
        yield server


def _of_mail(channel: ChannelDraft) -> str:
    if not channel.recipients:
        return "e-mail needs a recipient"
    wrong = [one for one in (channel.sender, *channel.recipients) if not _MAILBOX.fullmatch(one)]
    return f"{wrong[0]!r} is no e-mail address" if wrong else ""


def _of_hook(channel: ChannelDraft) -> str:
    if channel.recipients or channel.sender:
        return "recipients and a sender are for e-mail"
    if channel.kind is ChannelKind.SLACK and "${" not in channel.address:
        return (
            "the address of such a hook is itself a secret, and addresses are kept. Write ${NAME} for it, or for its "
            "last part, and name it in PILOTHOUSE_SECRETS."
        )
    return ""
