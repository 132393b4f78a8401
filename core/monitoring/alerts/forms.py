"""A message in the form of each kind of channel; all of it is text, nothing is markup."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from core.records.base import JsonObject, clipped

COLOURS = {"info": "#5B7C99", "warning": "#C98A00", "critical": "#C0392B"}
RESOLVED = "#2E8B57"
LINE = 200


def webhook(id: str, content: JsonObject) -> bytes:
    """Return the body of a plain webhook: the facts as JSON; it is the same at every attempt."""
    return json.dumps({"id": id, **content}, sort_keys=True).encode()


def slack(content: JsonObject) -> bytes:
    """Return the body that Slack, Mattermost and others of its form take."""
    is_over = content["event"] == "alert.resolved"
    attachment = {
        "color": RESOLVED if is_over else COLOURS[content["severity"]],
        "title": _escaped(headline(content)),
        "title_link": content["link"],
        "text": _escaped(content["note"] if is_over else content["summary"]),
        "fields": [{"title": name, "value": _escaped(value), "short": True} for name, value in _facts(content).items()],
    }
    return json.dumps({"text": _escaped(headline(content)), "attachments": [attachment]}).encode()


def mail(id: str, content: JsonObject, sender: str, recipients: Sequence[str], now: datetime) -> EmailMessage:
    """Return an e-mail; its Message-ID is the same at every attempt, so that a repetition can be told."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = headline(content)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{id}@pilothouse.invalid>"
    message["X-Pilothouse-Delivery"] = id
    facts = "\n".join(f"{name}: {value}" for name, value in _facts(content).items())
    message.set_content(f"{content['note'] or content['summary']}\n\n{facts}\n\n{content['link']}\n")
    return message


def headers(id: str, content: JsonObject, body: bytes, key: str | None, now: datetime) -> Mapping[str, str]:
    """Return the headers of a webhook.

    The signature is the HMAC-SHA256 of the moment (seconds since 1970), a dot and the body, in hexadecimal digits, as
    ``t=MOMENT,v1=DIGITS``; a receiver compares it and refuses moments long past.
    """
    own = {
        "Content-Type": "application/json",
        "Idempotency-Key": id,
        "X-Pilothouse-Delivery": id,
        "X-Pilothouse-Event": content["event"],
    }
    if key is None:
        return own
    moment = int(now.timestamp())
    return own | {"X-Pilothouse-Signature": f"t={moment},v1={signature(key, moment, body)}"}


def signature(key: str, moment: int, body: bytes) -> str:
    """Return the HMAC-SHA256 of a body at a moment."""
    return hmac.new(key.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def headline(content: JsonObject) -> str:
    """Return what a message is about, on one line."""
    if content["event"] == "report":
        return clipped(f"[{content['project']}] {content['title']}", LINE)
    state = "resolved" if content["event"] == "alert.resolved" else content["severity"]
    return clipped(f"[{content['project']}] {state}: {content['title']}", LINE)


def _facts(content: JsonObject) -> dict[str, str]:
    if content["event"] == "report":
        return {"Project": content["project"], "Since": content["opened_at"]}
    found = {"Project": content["project"], "Severity": content["severity"], "Opened": content["opened_at"]}
    if content["owner"]:
        found["Owner"] = content["owner"]
    return {name: clipped(str(value), LINE) for name, value in found.items()}


def _escaped(text: str) -> str:
    """Return text that Slack shows as it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
