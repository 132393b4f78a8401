"""Every action of a schedule, from its moment to what its real job made."""

import pytest

from core.bootstrap import build
from core.errors import DatasetNotFound, Denied, InvalidInput, InvalidSchedule, PreparationNotFound
from core.handlers import HANDLERS
from core.jobs.run import run_here
from core.maintenance import archive
from core.records.access import LOCAL, Actor, Role
from core.records.channel import ChannelDraft, ChannelKind, MessageState
from core.records.job import JobKind, JobState
from core.records.preparation import Impute
from core.records.schedule import FiringOutcome, ScheduleAction, ScheduleDraft, Trigger, TriggerKind
from tests.builders import FakeClock
from tests.core.monitoring.house import PROJECT, create, customers, promote, upload

HOURLY = Trigger(kind=TriggerKind.EVERY, expression="1h", timezone="UTC")
SCIENTIST = Actor(name="sam", role=Role.SCIENTIST)
A = ScheduleAction
MAIL = ChannelDraft(
    name="team",
    kind=ChannelKind.EMAIL,
    address="smtp://127.0.0.1:2525",
    recipients=("team@example.org",),
    sender="pilot@example.org",
)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def shop(settings, clock):
    """A project with data, in real stores."""
    platform = build(settings, clock)
    create(platform)
    upload(platform, customers(40))
    yield platform
    platform.close()


def add(platform, action, actor=LOCAL, **payload):
    return platform.retraining.add(actor, PROJECT, ScheduleDraft(action=action, trigger=HOURLY, payload=payload))


def fire(platform, clock):
    """Let an hour pass; return the row of the moment and its job, carried out."""
    platform.retraining.fire_due(clock.advance(3_600))
    row = platform.retraining.firings(PROJECT, limit=1)[0]
    return row, run_here(platform, row.job_id) if row.job_id else None


def test_every_action_has_a_job_with_a_handler_and_its_words():
    from core.retraining.actions import DEEDS
    from pages.automate.ledger import ACTIONS

    assert set(DEEDS) == set(ACTIONS) == set(A)
    assert {deed.kind for deed in DEEDS.values()} <= set(HANDLERS)


def test_the_newest_data_are_scored_by_the_champion_of_the_moment(shop, clock):
    add(shop, A.BATCH_PREDICT, dataset="customers")
    row, _ = fire(shop, clock)
    assert (row.outcome, row.job_id) == (FiringOutcome.SKIPPED, None)
    assert "has no champion" in row.reason
    promote(shop)
    upload(shop, customers(50, seed=1))
    row, job = fire(shop, clock)
    assert (row.outcome, job.kind, job.state) == (FiringOutcome.RAN, JobKind.BATCH_PREDICT, JobState.SUCCEEDED)
    assert job.payload == {"data": "customers@2", "version": 1, "into": "customers-predictions"}
    assert (job.result["dataset"], job.result["rows"]) == ("customers-predictions", 50)


def test_data_are_prepared_and_kept_once(shop, clock):
    with pytest.raises(InvalidSchedule, match="has no preparation yet"):
        add(shop, A.MATERIALIZE, dataset="customers")
    shop.preparations.save(LOCAL, PROJECT, [Impute(columns=("age",))])
    with pytest.raises(PreparationNotFound):
        add(shop, A.MATERIALIZE, dataset="customers", preparation=2)
    add(shop, A.MATERIALIZE, dataset="customers", into="ready")
    _, job = fire(shop, clock)
    assert (job.kind, job.payload) == (
        JobKind.MATERIALIZE,
        {"data": "customers@1", "preparation": 1, "into": "ready"},
    )
    assert (job.result["dataset"], job.result["version"], job.result["rows"]) == ("ready", 1, 40)
    made = shop.datasets.resolve(PROJECT, "ready")
    assert [column.name for column in made.columns] == ["id", "spent", "age", "plan", "left"]
    assert made.tags == {"prepared": "customers@1", "preparation": "1"}
    assert fire(shop, clock)[1].result["created"] is False


def test_a_report_goes_to_the_mail_channels_once(shop, clock):
    with pytest.raises(InvalidSchedule, match="no channel of the kind e-mail"):
        add(shop, A.REPORT)
    shop.channels.add(LOCAL, PROJECT, MAIL)
    with pytest.raises(InvalidSchedule, match="there is no e-mail channel 'boss'; the project has team"):
        add(shop, A.REPORT, channel="boss")
    add(shop, A.REPORT, last="2d")
    _, job = fire(shop, clock)
    assert job.result["channels"] == ["team"]
    (message,) = shop.channels.messages(PROJECT)
    assert (message.alert_id, message.state) == (job.id, MessageState.WAITING)
    assert message.content["title"] == "report of the last 2d, 2026-03-02"
    assert message.content["summary"].splitlines() == [
        "No model serves.",
        "Performance: not checked in this time.",
        "Drift: not checked in this time.",
        "Alerts: none is open.",
        "Retrainings: none.",
        "Jobs that failed: 0. Moments of schedules that were missed: 0.",
    ]


def test_backups_are_kept_in_a_row(shop, clock, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "pilothouse-mine.tar").write_text("not ours")
    add(shop, A.BACKUP, folder=str(folder), keep=2)
    made = [fire(shop, clock)[1].result for _ in range(3)]
    assert [len(one["removed"]) for one in made] == [0, 0, 1]
    kept = sorted(file.name for file in folder.iterdir())
    assert len(kept) == 3
    assert "pilothouse-mine.tar" in kept
    assert archive.verify(folder / made[2]["file"].rpartition("/")[2])["blobs"] > 0


def test_the_stores_are_tidied_and_checked(shop, clock):
    add(shop, A.TIDY)
    _, job = fire(shop, clock)
    assert (job.kind, job.payload["do"], job.result["removed"]) == (JobKind.MAINTENANCE, "gc", 0)
    shop.retraining.remove(LOCAL, shop.retraining.schedules()[0].id)
    add(shop, A.CHECK, repair="yes")
    _, job = fire(shop, clock)
    assert (job.result["findings"], job.result["open"]) == (0, 0)


@pytest.mark.parametrize(
    ("action", "payload", "error", "said"),
    [
        (A.BATCH_PREDICT, {}, InvalidSchedule, "say which dataset shall be scored"),
        (A.MATERIALIZE, {}, InvalidSchedule, "say which dataset shall be prepared"),
        (A.BATCH_PREDICT, {"dataset": "nothing"}, DatasetNotFound, "no dataset version 'nothing'"),
        (A.BATCH_PREDICT, {"dataset": "customers", "into": "a b"}, InvalidInput, "a b"),
        (A.BACKUP, {}, InvalidSchedule, "in which folder"),
        (A.BACKUP, {"folder": "here"}, InvalidSchedule, "from the root on"),
        (A.BACKUP, {"folder": "/b", "keep": 5_000}, InvalidSchedule, "1 to 1,000 are kept"),
        (A.TIDY, {"folder": "/b"}, InvalidSchedule, "'folder' means nothing to gc; it takes nothing"),
        (A.REPORT, {"last": "soon"}, InvalidSchedule, "'soon' is no period"),
    ],
)
def test_what_cannot_be_done_is_refused(shop, action, payload, error, said):
    with pytest.raises(error, match=said):
        add(shop, action, **payload)
    assert shop.retraining.schedules() == []


def test_what_concerns_the_installation_is_for_those_who_maintain_it(shop):
    for action in (A.BACKUP, A.TIDY, A.CHECK):
        with pytest.raises(Denied):
            add(shop, action, actor=SCIENTIST, folder="/b") if action is A.BACKUP else add(shop, action, SCIENTIST)
    made = add(shop, A.TIDY)
    with pytest.raises(Denied):
        shop.retraining.run_now(SCIENTIST, made.id)


def test_a_moment_whose_data_are_gone_is_skipped_with_the_reason(shop, clock):
    promote(shop)
    upload(shop, customers(20, seed=3), "more")
    add(shop, A.BATCH_PREDICT, dataset="more")
    shop.removal.delete_data(LOCAL, PROJECT, "more", reason="not wanted")
    row, job = fire(shop, clock)
    assert (row.outcome, job) == (FiringOutcome.SKIPPED, None)
    assert "no dataset version 'more'" in row.reason
