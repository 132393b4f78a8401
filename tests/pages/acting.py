"""How tests open screens, click in them and let jobs run."""

import io
import json
import random
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.jobs.run import run_here
from core.platform import Platform
from core.records.access import LOCAL
from core.records.job import Job, JobKind, JobState
from core.records.project import Task
from core.records.schedule import ScheduleAction, ScheduleDraft, Trigger, TriggerKind
from pages.shared import navigation

PAGES = Path(__file__).resolve().parents[2] / "pages"
SHELL = PAGES / "shared" / "shell.py"


def table(rows: int = 240, shift: float = 0.0, seed: int = 1) -> bytes:
    """A small table in which `minutes` and `plan` say a good deal about `left`."""
    draw = random.Random(seed)
    lines = ["minutes,plan,calls,left"]
    for _ in range(rows):
        minutes = draw.gauss(100 + shift, 20)
        plan = draw.choice(["basic", "plus"])
        chance = 0.15 + (0.5 if minutes < 95 else 0.0) + (0.2 if plan == "basic" else 0.0)
        lines.append(f"{minutes:.1f},{plan},{draw.randint(0, 9)},{'Yes' if draw.random() < chance else 'No'}")
    return "\n".join(lines).encode()


def work_off(platform: Platform) -> list[Job]:
    """Run every queued job here, the judgements that follow included, and return the others finished."""
    done: list[Job] = []
    while queued := platform.queue.find(states=(JobState.QUEUED,)):
        done += [run_here(platform, job.id) for job in reversed(queued)]
    return [job for job in done if job.kind is not JobKind.JUDGE]


def grow(platform: Platform) -> None:
    """Carry a project through the loop: data, two versions of a model, a drift report, a schedule."""
    project = platform.projects.create(LOCAL, name="phones", task=Task.BINARY, target="left", positive="Yes")
    platform.datasets.add_version(LOCAL, "phones", "customers", io.BytesIO(table()), "customers.csv", note="first")
    platform.datasets.add_version(
        LOCAL, "phones", "customers", io.BytesIO(table(shift=60, seed=2)), "later.csv", note="second"
    )
    for estimator, params in (("logistic_regression", {}), ("random_forest", {"n_estimators": 20})):
        spec = platform.training.spec(project, dataset="customers@1", estimator=estimator, params=params)
        platform.training.submit(LOCAL, spec)
        for job in work_off(platform):
            assert job.state is JobState.SUCCEEDED, job.error
        if estimator == "logistic_regression":
            platform.models.promote(LOCAL, "phones", 1, "the first that works")
    platform.monitoring.submit(LOCAL, "phones", current="customers@2")
    for job in work_off(platform):
        assert job.state is JobState.SUCCEEDED, job.error
    trigger = Trigger(kind=TriggerKind.CRON, expression="0 6 * * mon", timezone="Europe/Berlin")
    platform.retraining.add(LOCAL, "phones", ScheduleDraft(action=ScheduleAction.RETRAIN, trigger=trigger))


def screen(key: str, **params: str) -> AppTest:
    """Open a screen the way a browser would, through the shell, and return it after its run."""
    at = AppTest.from_file(str(SHELL), default_timeout=60).run()
    assert_sound(at)
    at.switch_page(f"../{navigation.BY_KEY[key].path}")
    for name, value in params.items():
        at.query_params[name] = value
    return sound(at.run())


def sound(at: AppTest) -> AppTest:
    """Return the screen when it drew without an exception."""
    assert_sound(at)
    return at


def assert_sound(at: AppTest) -> None:
    assert not at.exception, [entry.value for entry in at.exception]


def pick_row(at: AppTest, key: str, row: int, column: str) -> AppTest:
    """Click a cell of a table, as the browser reports it."""
    return _select(at, key, rows=[], cells=[[row, column]])


def tick_rows(at: AppTest, key: str, *rows: int) -> AppTest:
    """Tick rows of a table, as the browser reports it."""
    return _select(at, key, rows=list(rows), cells=[])


def click_header(at: AppTest, key: str, column: str) -> AppTest:
    """Click the header of a table whose headers order it, as the browser reports it."""
    return _select(at, key, rows=[], cells=[], columns=[column])


def _select(at: AppTest, key: str, **chosen: list[object]) -> AppTest:
    table = next(node for node in at.dataframe if node.proto.id.endswith(key))
    states = at._tree.get_widget_states()
    state = states.widgets.add()
    state.id = table.proto.id
    state.string_value = json.dumps({"selection": {"columns": [], **chosen}})
    return sound(at._run(states))


def texts(at: AppTest) -> str:
    """Everything the screen says, in one string."""
    found = [
        str(getattr(node, "value", ""))
        for kind in ("title", "subheader", "caption", "markdown")
        for node in at.get(kind)
    ]
    found += [node.proto.body for node in at.get("html")]
    return "\n".join(found)
