import json

import click
import pytest
from click.testing import CliRunner

from core.cli.main import ROOMS
from core.cli.moments import MOMENT
from core.cli.session import Session, command, pairs, table
from core.errors import InvalidInput, JobNotFound, Unavailable


def run(body, *arguments):
    group = click.Group("group")
    command(group, "go")(body)
    return CliRunner().invoke(group, ["go", *arguments])


def test_json_answers_are_one_document_on_stdout():
    def body(session: Session) -> None:
        session.note("on the way")
        session.answer({"rows": 3}, "three rows")

    done = run(body, "--json")
    assert json.loads(done.stdout) == {"rows": 3}
    assert "on the way" in done.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [(InvalidInput(problem="no"), 2), (JobNotFound(id="x"), 2), (Unavailable(problem="gone"), 3)],
)
def test_errors_end_with_their_exit_code_and_message(error, code):
    def body(session: Session) -> None:
        raise error

    done = run(body)
    assert done.exit_code == code
    assert str(error) in done.stderr


def test_errors_are_json_when_json_was_asked_for():
    def body(session: Session) -> None:
        raise JobNotFound(id="x")

    done = run(body, "--json")
    assert json.loads(done.stdout)["error"]["code"] == "job_not_found"


def test_pairs_refuse_a_text_without_equals():
    assert pairs(["a=1", "b=x=y"], "--tag") == {"a": "1", "b": "x=y"}
    with pytest.raises(InvalidInput, match="--tag 'c' is not KEY=VALUE"):
        pairs(["c"], "--tag")


def test_tables_align_their_columns():
    assert table(["name", "n"], [["churn", "1"], ["b", "22"]]) == "name   n\nchurn  1\nb      22"


def test_moments_are_iso_times_or_ages():
    read = MOMENT.convert("2026-03-01T12:00", None, None)
    assert read.isoformat() == "2026-03-01T12:00:00+00:00"
    assert MOMENT.convert("7d", None, None) < MOMENT.convert("6h", None, None)
    with pytest.raises(click.BadParameter, match="no moment"):
        MOMENT.convert("soon", None, None)


def test_no_command_hides_another() -> None:
    seen: list[str] = []

    class Watched(click.Group):
        def add_command(self, cmd: click.Command, name: str | None = None) -> None:
            seen.append(name or cmd.name or "")
            super().add_command(cmd, name)

    watched = Watched()
    for room in ROOMS:
        room.add_to(watched)
    assert len(seen) == len(set(seen)), sorted(name for name in seen if seen.count(name) > 1)
