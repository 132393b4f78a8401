import json
import multiprocessing
import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.alert_errors import ChannelNotFound, InvalidChannel, NotDelivered
from core.datasets.origins.reach import Reach
from core.errors import Denied
from core.monitoring.alerts.channels import ATTEMPTS, HOLD_S, ChannelService
from core.monitoring.alerts.forms import signature
from core.monitoring.alerts.senders import Senders
from core.records.access import LOCAL, Actor, Role
from core.records.alert import Severity
from core.records.channel import Channel, ChannelDraft, ChannelKind, MessageState
from storage.database import migrate, open_store
from tests.builders import START, FakeClock, project
from tests.conformance.test_channels import channel, message
from tests.core.monitoring.alerts.inbox import SCREENS, Inbox
from tests.core.monitoring.alerts.receivers import Received, mail_server, web_server

SECRETS = {"HOOK": "T0/B0/x y", "KEY": "sea", "PASS": "p@ss"}


@pytest.fixture(scope="module")
def web() -> Iterator[Received]:
    with web_server() as received:
        yield received


@pytest.fixture(scope="module")
def mail() -> Iterator[Received]:
    with mail_server() as received:
        yield received


@pytest.fixture(autouse=True)
def _fresh(web: Received, mail: Received) -> None:
    for one in (web, mail):
        for kept in (one.bodies, one.headers, one.mails, one.answers):
            kept.clear()


class House(Inbox):
    """The inbox with its channels."""

    def __init__(self) -> None:
        super().__init__()
        self.channels = ChannelService(self.store, self.clock, Senders(Reach(is_open=True), SECRETS), SCREENS)

    def hook(self, web: Received, **changes: Any) -> Channel:
        fields = {"name": "hook", "kind": ChannelKind.WEBHOOK, "address": web.url, "signing": "${KEY}"}
        return self.channels.add(LOCAL, "churn", ChannelDraft.model_validate({**fields, **changes}))


@pytest.fixture
def house() -> House:
    return House()


def mailbox(mail: Received, **changes: Any) -> ChannelDraft:
    fields = {
        "name": "the team",
        "kind": ChannelKind.EMAIL,
        "address": mail.url,
        "recipients": ("ann@example.org", "bob@example.org"),
        "sender": "pilothouse@example.org",
    }
    return ChannelDraft.model_validate({**fields, **changes})


def test_an_alert_reaches_a_webhook_signed_once_and_so_does_its_end(house: House, web: Received) -> None:
    house.hook(web)
    house.rule()
    house.drift(0.9)
    assert [house.channels.deliver(), house.channels.deliver()] == [1, 0]
    house.drift(0.9, 0.1)
    house.channels.deliver()
    assert [json.loads(body)["event"] for body in web.bodies] == ["alert.opened", "alert.resolved"]
    body, headers = web.bodies[0], web.headers[0]
    moment, _, digits = headers["X-Pilothouse-Signature"].partition(",v1=")
    assert digits == signature("sea", int(moment.removeprefix("t=")), body)
    assert headers["Idempotency-Key"] == json.loads(body)["id"] == house.messages()[0].id
    assert [one.state for one in house.messages()] == [MessageState.SENT] * 2


def test_slacks_form_shows_text_as_it_is(house: House, web: Received) -> None:
    channel = house.hook(web, kind=ChannelKind.SLACK, address=f"{web.url}/${{HOOK}}", signing="")
    house.rule(name="<b>&drift")
    house.drift(0.9)
    house.channels.deliver()
    (body,) = [json.loads(body) for body in web.bodies]
    assert body["text"] == "[churn] warning: &lt;b&gt;&amp;drift"
    assert body["attachments"][0]["text"] == "share of drifted columns is 0.9, above 0.5"
    assert channel.address.endswith("/${HOOK}")


def test_an_alert_reaches_every_recipient_of_a_mail(house: House, mail: Received) -> None:
    house.channels.add(LOCAL, "churn", mailbox(mail))
    house.rule(name="Much drift", owner="ann", severity=Severity.CRITICAL)
    house.drift(0.9)
    assert house.channels.deliver() == 1
    (received,) = mail.mails
    (sent,) = house.messages()
    assert received["Subject"] == "[churn] critical: Much drift"
    assert received["To"] == "ann@example.org, bob@example.org"
    assert received["Message-ID"] == f"<{sent.id}@pilothouse.invalid>"
    text = str(received.get_payload())
    assert "share of drifted columns is 0.9, above 0.5" in text
    assert "Owner: ann" in text
    assert sent.content["link"] in text.replace("=\n", "")


def test_what_is_not_taken_waits_longer_each_time_and_is_given_up_in_the_end(house: House, web: Received) -> None:
    house.hook(web)
    house.rule()
    web.answers[:] = [500] * ATTEMPTS
    house.drift(0.9)
    pauses = []
    for _ in range(ATTEMPTS - 1):
        assert house.channels.deliver() == 0
        (waiting,) = house.messages()
        assert (waiting.state, waiting.problem) == (
            MessageState.WAITING,
            "The channel 'hook' did not take the message: the server answered 500",
        )
        pauses.append((waiting.next_at - house.now()).total_seconds())
        house.clock.advance(pauses[-1])
    house.channels.deliver()
    (given_up,) = house.messages()
    assert pauses[:5] == [10, 30, 90, 270, 810]
    assert pauses[-1] == 3600
    assert (given_up.state, len({json.loads(body)["id"] for body in web.bodies})) == (MessageState.FAILED, 1)
    assert house.channels.retry(LOCAL, given_up.id)
    assert not house.channels.retry(LOCAL, given_up.id)
    assert house.channels.deliver() == 1


def test_a_channel_that_is_off_or_gone_gets_nothing(house: House, web: Received) -> None:
    made = house.hook(web)
    house.rule()
    house.drift(0.9)
    house.channels.change(LOCAL, made.id, made.draft, enabled=False)
    house.channels.deliver()
    (waiting,) = house.messages()
    assert (waiting.state, waiting.problem, web.bodies) == (MessageState.WAITING, "the channel is switched off", [])
    house.channels.remove(LOCAL, made.id)
    assert house.messages() == []
    with pytest.raises(ChannelNotFound):
        house.channels.channel(made.id)


def test_a_trial_is_sent_at_once_or_says_why_not(house: House, web: Received, mail: Received) -> None:
    made = house.hook(web)
    house.channels.try_out(LOCAL, made.id)
    assert json.loads(web.bodies[0])["summary"] == "local tries the channel hook out. Nothing is wrong."
    web.answers[:] = [404]
    with pytest.raises(InvalidChannel, match="the server answered 404"):
        house.channels.try_out(LOCAL, made.id)
    web.answers[:] = [302]
    with pytest.raises(InvalidChannel, match="sends on to another address"):
        house.channels.try_out(LOCAL, made.id)
    post = house.channels.add(LOCAL, "churn", mailbox(mail))
    mail.answers[:] = [554]
    with pytest.raises(NotDelivered, match="the team"):
        house.channels.try_out(LOCAL, post.id)
    with pytest.raises(Denied):
        house.channels.try_out(Actor(name="eve", role=Role.APPROVER), made.id)
    assert house.messages() == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"address": "http://ann:secret@127.0.0.1/x"}, "a password stands in the address"),
        ({"address": "http://127.0.0.1/x?token=abc"}, "is a secret, and addresses are kept"),
        ({"address": "http://127.0.0.1/${NOPE}"}, "PILOTHOUSE_SECRETS has no NOPE"),
        ({"address": "ftp://127.0.0.1/x"}, "the address begins with http or https"),
        ({"address": "http://169.254.169.254/x"}, "where clouds keep the keys of machines"),
        ({"kind": "slack", "address": "https://127.0.0.1/T0/B0"}, "such a hook is itself a secret"),
        ({"signing": "sea"}, "write the signing secret as"),
        ({"recipients": ("ann@example.org",)}, "recipients and a sender are for e-mail"),
        ({"kind": "email", "address": "smtp://127.0.0.1:25"}, "e-mail needs a recipient"),
        (
            {"kind": "email", "address": "smtp://127.0.0.1", "recipients": ("ann",), "sender": "a@b"},
            "'ann' is no e-mail",
        ),
        (
            {"kind": "email", "address": "smtp://127.0.0.1", "recipients": ("a@b\nBcc: x@y",), "sender": "a@b"},
            "is no e-mail address",
        ),
    ],
)
def test_a_channel_that_cannot_be_kept_or_asked_is_refused(
    house: House, web: Received, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidChannel, match=problem):
        house.hook(web, **changes)
    assert house.channels.channels("churn") == []


def test_once_people_sign_in_near_addresses_are_told_only_where_the_operator_named_them(web: Received) -> None:
    house = House()
    house.channels._senders = Senders(Reach(is_open=False), SECRETS)
    with pytest.raises(InvalidChannel, match="is not public"):
        house.hook(web)
    house.channels._senders = Senders(Reach(is_open=False, allowed=[web.url.removesuffix("/hook")]), SECRETS)
    house.channels.try_out(LOCAL, house.hook(web).id)
    assert len(web.bodies) == 1


def test_no_secret_is_told_when_something_goes_wrong(house: House, mail: Received) -> None:
    draft = mailbox(mail, address=mail.url.replace("smtp://", "smtp://ann:${PASS}@"))
    made = house.channels.add(LOCAL, "churn", draft)
    with pytest.raises(NotDelivered) as refused:
        house.channels.try_out(LOCAL, made.id)
    assert "p@ss" not in refused.value.message
    assert "p%40ss" not in refused.value.message
    with house.store.read() as work:
        assert all("p@ss" not in json.dumps(event.details) for event in work.events.find("churn"))


def deliver_and_die(url: str) -> None:
    """Hand over what is due, and be killed before it can be noted."""
    store = open_store(url)
    service = ChannelService(store, FakeClock(), Senders(Reach(is_open=True), SECRETS), SCREENS)
    service._settle = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
    service.deliver()


def test_a_kill_between_handing_over_and_noting_it_repeats_the_message_with_the_same_id(
    tmp_path: Path, web: Received
) -> None:
    url = f"sqlite:///{tmp_path}/pilothouse.db"
    migrate(url, tmp_path)
    store = open_store(url)
    with store.write() as work:
        work.projects.add(project())
        work.channels.add(channel(kind=ChannelKind.WEBHOOK, address=web.url, recipients=()))
        work.channels.post(message(content=house_content()))
        work.commit()
    dying = multiprocessing.get_context("spawn").Process(target=deliver_and_die, args=(url,))
    dying.start()
    dying.join()
    assert dying.exitcode == -signal.SIGKILL
    service = ChannelService(store, clock := FakeClock(), Senders(Reach(is_open=True), SECRETS), SCREENS)
    assert service.deliver() == 0
    clock.advance(HOLD_S)
    assert [service.deliver(), service.deliver()] == [1, 0]
    assert [headers["Idempotency-Key"] for headers in web.headers] == ["m1", "m1"]
    assert web.bodies[0] == web.bodies[1]
    (sent,) = service.messages("churn")
    assert (sent.state, sent.attempts, sent.sent_at) == (MessageState.SENT, 2, START + timedelta(seconds=HOLD_S))
    store.close()


def house_content() -> dict[str, object]:
    facts = {"event": "alert.opened", "severity": "warning", "project": "churn", "title": "Much drift", "owner": ""}
    return facts | {"summary": "", "note": "", "link": SCREENS, "opened_at": START.isoformat()}
