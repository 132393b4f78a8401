from datetime import timedelta
from typing import Any

import pytest

from core.alert_errors import ChannelNotFound
from core.errors import Conflict, ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.alert import Severity
from core.records.channel import Channel, ChannelKind, Message, MessageState, Occasion
from storage.database import open_store
from tests.builders import START
from tests.conformance.actors import in_processes

MINUTE = timedelta(minutes=1)


def channel(**changes: Any) -> Channel:
    fields = {
        "id": "c1",
        "project": "churn",
        "name": "the team",
        "kind": ChannelKind.EMAIL,
        "address": "smtp://mail.example:587",
        "recipients": ("ann@example.org",),
        "least": Severity.WARNING,
        "created_at": START,
        "created_by": "ann",
    }
    return Channel.model_validate({**fields, **changes})


def message(**changes: Any) -> Message:
    fields = {
        "id": "m1",
        "project": "churn",
        "channel_id": "c1",
        "alert_id": "a1",
        "opening": 1,
        "occasion": Occasion.OPENED,
        "content": {"title": "Much drift", "value": 0.7},
        "next_at": START,
        "created_at": START,
    }
    return Message.model_validate({**fields, **changes})


@pytest.fixture
def told(store: Store) -> Store:
    """A store with a channel and a message that waits."""
    with store.write() as work:
        work.channels.add(channel())
        assert work.channels.post(message())
        work.commit()
    return store


def test_a_channel_comes_back_changes_and_takes_its_messages_along(told: Store) -> None:
    with told.write() as work:
        with pytest.raises(Conflict):
            work.channels.add(channel())
        with pytest.raises(ProjectNotFound):
            work.channels.add(channel(id="c2", project="nope"))
        work.channels.add(channel(id="c0"))
        work.channels.update(channel(enabled=False))
        with pytest.raises(ChannelNotFound):
            work.channels.update(channel(project="bikes"))
        assert work.channels.find("churn") == [channel(enabled=False), channel(id="c0")]
        assert work.channels.find("bikes") == []
        work.channels.remove("c1")
        with pytest.raises(ChannelNotFound):
            work.channels.remove("c1")
        assert work.channels.messages("churn") == []
        work.commit()


def test_an_occasion_of_an_opening_is_posted_to_a_channel_once(told: Store) -> None:
    with told.write() as work:
        assert not work.channels.post(message(id="m2"))
        assert work.channels.post(message(id="m3", opening=2))
        assert work.channels.post(message(id="m4", occasion=Occasion.RESOLVED))
        with pytest.raises(ChannelNotFound):
            work.channels.post(message(id="m5", channel_id="nope"))
        work.commit()
    with told.read() as work:
        assert [one.id for one in work.channels.messages("churn", "a1")] == ["m4", "m3", "m1"]
        assert work.channels.messages("churn", "a9") == []
        assert work.channels.messages("churn", states=(MessageState.SENT,)) == []
        assert work.channels.messages("churn", limit=1) == [message(id="m4", occasion=Occasion.RESOLVED)]


def test_a_claimed_message_is_handed_out_again_when_its_sender_dies(told: Store) -> None:
    with told.write() as work:
        assert work.channels.claim(START - MINUTE, 60) == []
        assert [work.channels.is_due(START - MINUTE), work.channels.is_due(START)] == [False, True]
        first = work.channels.claim(START, 60)
        assert not work.channels.is_due(START)
        work.commit()
    assert first == [message(attempts=1, token=1, next_at=START + MINUTE)]
    with told.write() as work:
        assert work.channels.claim(START, 60) == []
        again = work.channels.claim(START + MINUTE, 60)
        assert (again[0].attempts, again[0].token) == (2, 2)
        assert not work.channels.settle("m1", 1, MessageState.SENT, START, START)
        assert work.channels.settle("m1", 2, MessageState.SENT, START + MINUTE, START + MINUTE)
        assert not work.channels.settle("m1", 2, MessageState.FAILED, START, START)
        work.commit()
    with told.read() as work:
        (sent,) = work.channels.messages("churn", states=(MessageState.SENT,))
    assert (sent.sent_at, sent.id) == (START + MINUTE, "m1")


def test_a_message_that_failed_waits_until_it_is_due_and_one_given_up_until_it_is_asked_for(told: Store) -> None:
    with told.write() as work:
        work.channels.claim(START, 60)
        work.channels.settle("m1", 1, MessageState.WAITING, START, START + 2 * MINUTE, "no answer")
        assert work.channels.claim(START + MINUTE, 60) == []
        (due,) = work.channels.claim(START + 2 * MINUTE, 60)
        assert due.problem == "no answer"
        assert not work.channels.retry("m1", START)
        work.channels.settle("m1", 2, MessageState.FAILED, START, START, "no such host")
        assert work.channels.claim(START + timedelta(days=9), 60) == []
        assert work.channels.retry("m1", START)
        assert [one.attempts for one in work.channels.claim(START, 60)] == [1]
        work.commit()


def claim_all(number: int, url: str) -> list[str]:
    store = open_store(url)
    taken: list[str] = []
    while True:
        with store.write() as work:
            found = work.channels.claim(START, 60, limit=3)
            work.commit()
        if not found:
            store.close()
            return taken
        taken += [one.id for one in found]


def test_two_senders_at_once_never_take_the_same_message(shared: Store, url: str) -> None:
    with shared.write() as work:
        work.channels.add(channel())
        for number in range(40):
            work.channels.post(message(id=f"m{number}", opening=number))
        work.commit()
    taken = in_processes(2, claim_all, url)
    assert sorted(taken[0] + taken[1]) == sorted(f"m{number}" for number in range(40))
