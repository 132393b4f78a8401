"""What people add to runs, in memory, SQLite and PostgreSQL."""

import pytest

from core.errors import ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.run_index import RunComment, RunMark, RunView
from tests.builders import START


def comment(**changes: object) -> RunComment:
    fields = {"id": "c1", "project": "churn", "run_id": "r1", "author": "ann", "at": START, "text": "look at this"}
    return RunComment.model_validate({**fields, **changes})


def view(**changes: object) -> RunView:
    fields = {"project": "churn", "name": "best", "address": "order=took", "author": "ann", "created_at": START}
    return RunView.model_validate({**fields, **changes})


def test_a_mark_replaces_the_one_before(store: Store) -> None:
    with store.write() as work:
        assert work.run_notes.mark("r1") is None
        work.run_notes.set_mark(RunMark(project="churn", run_id="r1", starred=True))
        work.run_notes.set_mark(RunMark(project="churn", run_id="r1", archived=True))
        work.commit()
    with store.read() as work:
        assert work.run_notes.mark("r1") == RunMark(project="churn", run_id="r1", archived=True)


def test_comments_come_in_the_order_they_were_made(store: Store) -> None:
    with store.write() as work:
        for one in (comment(), comment(id="c2", text="ü"), comment(id="c3", run_id="r2")):
            work.run_notes.add_comment(one)
        work.commit()
    with store.write() as work:
        assert work.run_notes.comments("r1") == [comment(), comment(id="c2", text="ü")]
        assert (work.run_notes.remove_comment("c1"), work.run_notes.remove_comment("c1")) == (True, False)
        work.commit()
    with store.read() as work:
        assert [one.id for one in work.run_notes.comments("r1")] == ["c2"]


def test_views_come_by_name_and_a_name_means_the_newest(store: Store) -> None:
    with store.write() as work:
        for one in (view(), view(name="all"), view(address="q=x"), view(project="bikes")):
            work.run_notes.put_view(one)
        work.commit()
    with store.write() as work:
        assert work.run_notes.views("churn") == [view(name="all"), view(address="q=x")]
        assert (work.run_notes.remove_view("churn", "all"), work.run_notes.remove_view("churn", "all")) == (True, False)


def test_notes_of_an_unknown_project_are_refused(store: Store) -> None:
    with store.write() as work:
        for write in (
            lambda: work.run_notes.set_mark(RunMark(project="nope", run_id="r1")),
            lambda: work.run_notes.add_comment(comment(project="nope")),
            lambda: work.run_notes.put_view(view(project="nope")),
        ):
            with pytest.raises(ProjectNotFound):
                write()
