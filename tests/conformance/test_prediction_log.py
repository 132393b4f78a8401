from datetime import UTC, datetime, timedelta

import pytest

from core.errors import InvalidInput, InvalidName
from core.ports.prediction_log import PredictionLog
from core.records.prediction import LoggedPrediction

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def answer(id: str = "p1", at: datetime = NOON, **changes: object) -> LoggedPrediction:
    fields = {
        "prediction_id": id,
        "at": at,
        "version": 3,
        "features": {"tenure": 4, "plan": "ü\n", "spend": 1.5, "new": None},
        "prediction": "Yes",
        "score": 0.75,
        "latency_ms": 4.2,
    }
    return LoggedPrediction.model_validate({**fields, **changes})


def ids(answers: list[LoggedPrediction]) -> list[str]:
    return [item.prediction_id for item in answers]


@pytest.mark.parametrize("prediction", ["Yes", 7, 2.5, True])
def test_an_answer_comes_back_as_it_was_given(log: PredictionLog, prediction: object) -> None:
    given = answer(prediction=prediction, score=None, features={"nested": {"a": [1, {"b": 2}]}, "big": 2**62})
    log.append("churn", [given])
    back = log.read("churn")
    assert back == [given]
    assert type(back[0].prediction) is type(prediction)


def test_projects_do_not_see_each_others_answers(log: PredictionLog) -> None:
    log.append("churn", [answer("a")])
    log.append("bikes", [answer("b"), answer("c")])
    assert (ids(log.read("churn")), log.count("churn")) == (["a"], 1)
    assert (ids(log.read("bikes")), log.count("bikes")) == (["b", "c"], 2)
    assert (log.read("empty"), log.count("empty")) == ([], 0)


def test_answers_come_oldest_first_across_days_and_appends(log: PredictionLog) -> None:
    log.append("churn", [answer("d", NOON + timedelta(days=1)), answer("b", NOON)])
    log.append("churn", [answer("c", NOON + timedelta(microseconds=1))])
    log.append("churn", [answer("a", NOON - timedelta(days=400))])
    assert ids(log.read("churn")) == ["a", "b", "c", "d"]


def test_answers_of_one_moment_keep_the_order_they_were_given_in(log: PredictionLog) -> None:
    log.append("churn", [answer(str(number)) for number in range(10)])
    assert ids(log.read("churn")) == [str(number) for number in range(10)]


def test_a_window_begins_with_since_and_ends_before_until(log: PredictionLog) -> None:
    step = timedelta(microseconds=1)
    log.append("churn", [answer("a", NOON - step), answer("b", NOON), answer("c", NOON + step)])
    assert ids(log.read("churn", since=NOON)) == ["b", "c"]
    assert ids(log.read("churn", until=NOON)) == ["a"]
    assert ids(log.read("churn", since=NOON, until=NOON + step)) == ["b"]
    assert log.read("churn", since=NOON, until=NOON) == []


def test_a_window_over_midnight_reads_both_days(log: PredictionLog) -> None:
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    before, after = answer("a", midnight - timedelta(microseconds=1)), answer("b", midnight)
    log.append("churn", [before, after])
    assert log.read("churn", since=before.at, until=midnight + timedelta(seconds=1)) == [before, after]
    assert log.read("churn", until=midnight) == [before]


def test_a_limit_keeps_the_newest(log: PredictionLog) -> None:
    log.append("churn", [answer(str(hour), NOON + timedelta(hours=hour)) for hour in range(0, 48, 6)])
    assert ids(log.read("churn", limit=3)) == ["30", "36", "42"]
    assert ids(log.read("churn", until=NOON + timedelta(hours=30), limit=2)) == ["18", "24"]
    assert len(log.read("churn", limit=100)) == 8
    assert log.read("churn", limit=0) == []


def test_the_count_follows_every_append(log: PredictionLog) -> None:
    counts = []
    for size in (1, 0, 5):
        log.append("churn", [answer(str(number)) for number in range(size)])
        counts.append(log.count("churn"))
    assert counts == [1, 1, 6]


def test_ids_are_known_once_an_answer_was_logged_under_them(log: PredictionLog) -> None:
    odd = 'say "hi" \\ ü'
    log.append("churn", [answer("a", NOON), answer(odd, NOON + timedelta(days=1))])
    log.append("bikes", [answer("b")])
    assert log.known("churn", ["a", odd, "b", "c"]) == {"a", odd}
    log.append("churn", [answer("c")])
    assert log.known("churn", {"a", "c", "d"}) == {"a", "c"}
    assert log.known("churn", []) == set()
    log.delete("churn")
    assert log.known("churn", ["a"]) == set()


def test_a_deleted_log_is_empty_and_can_be_filled_again(log: PredictionLog) -> None:
    log.append("churn", [answer("a"), answer("b")])
    assert log.count("churn") == 2
    log.delete("churn")
    log.delete("churn")
    assert (log.read("churn"), log.count("churn")) == ([], 0)
    log.append("churn", [answer("c")])
    assert (ids(log.read("churn")), log.count("churn")) == (["c"], 1)


@pytest.mark.parametrize("changes", [{"prediction": float("nan")}, {"score": float("inf")}])
def test_a_number_that_is_not_finite_is_refused(log: PredictionLog, changes: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match="not finite"):
        log.append("churn", [answer(**changes)])
    assert log.count("churn") == 0


@pytest.mark.parametrize("project", ["", "..", "../other", "a/b", "A", "a\n", "/etc", "a" * 64])
def test_a_name_that_is_no_projects_is_refused(log: PredictionLog, project: str) -> None:
    for step in (
        lambda: log.append(project, [answer()]),
        lambda: log.read(project),
        lambda: log.count(project),
        lambda: log.known(project, ["a"]),
        lambda: log.delete(project),
    ):
        with pytest.raises(InvalidName):
            step()


def test_an_archived_day_reads_counts_and_is_known_as_before(log: PredictionLog) -> None:
    nested = {"tenure": 4, "mixed": "text", "nested": {"a": [1, {"b": 2}]}, "gap": None, "flag": True}
    before = [answer("a", features=nested, warnings=("tenure is odd",)), answer("b", features={"mixed": 1.5})]
    today = answer("c", NOON + timedelta(days=1), client="key:app", cohort="canary")
    log.append("churn", [*before, today])
    read = log.read("churn")
    log.compact("churn", today.at.date())
    assert log.read("churn") == read == [*before, today]
    assert log.count("churn") == 3
    assert log.known("churn", ["a", "c", "x"]) == {"a", "c"}
    assert log.read("churn", since=NOON, until=NOON + timedelta(hours=1), limit=1) == [before[1]]
    assert log.compact("churn", today.at.date()) == 0


def test_answers_that_come_late_for_an_archived_day_join_it(log: PredictionLog) -> None:
    next_day = (NOON + timedelta(days=1)).date()
    log.append("churn", [answer("b")])
    log.compact("churn", next_day)
    log.append("churn", [answer("a", NOON - timedelta(hours=1)), answer("c")])
    assert ids(log.read("churn")) == ["a", "b", "c"]
    log.compact("churn", next_day)
    assert ids(log.read("churn")) == ["a", "b", "c"]
    assert ids(log.read("churn", limit=2)) == ["b", "c"]
    assert log.count("churn") == 3
    assert log.known("churn", "abc") == {"a", "b", "c"}


def test_a_frame_has_a_column_for_each_feature_in_its_own_kind(log: PredictionLog) -> None:
    day = timedelta(days=1)
    log.append("churn", [answer("a", features={"n": 1, "t": "x", "mixed": 1, "score": 9}, prediction=3)])
    log.append("churn", [answer("b", NOON + day, features={"n": 2.5, "t": None, "mixed": "y"}, prediction=2.5)])
    for _ in range(2):
        frame = log.frame("churn")
        assert frame["prediction_id"].to_pylist() == ["a", "b"]
        assert frame["features.n"].to_pylist() == [1.0, 2.5]
        assert frame["features.t"].to_pylist() == ["x", None]
        assert frame["features.mixed"].to_pylist() == ["1", "y"]
        assert frame["features.score"].to_pylist() == [9, None]
        assert frame["prediction"].to_pylist() == [3.0, 2.5]
        assert frame["at"].to_pylist() == [NOON, NOON + day]
        assert log.frame("churn", since=NOON + day)["prediction_id"].to_pylist() == ["b"]
        log.compact("churn", (NOON + day).date())
    assert log.frame("empty").num_rows == 0


def test_expired_days_are_gone_and_others_stay(log: PredictionLog) -> None:
    log.append("churn", [answer(str(days), NOON + timedelta(days=days)) for days in range(4)])
    log.compact("churn", (NOON + timedelta(days=1)).date())
    assert log.expire("churn", (NOON + timedelta(days=2)).date()) == 2
    assert ids(log.read("churn")) == ["2", "3"]
    assert (log.count("churn"), log.known("churn", "0123")) == (2, {"2", "3"})
    assert log.expire("churn", (NOON + timedelta(days=2)).date()) == 0


def test_answers_are_found_by_their_id_in_lines_and_in_the_archive(log: PredictionLog) -> None:
    old = answer("p1", NOON - timedelta(days=2))
    again = answer("p1", NOON, version=2)
    quoted = answer('say "hi" \u00e9', NOON)
    log.append("churn", [old, answer("p2", NOON - timedelta(days=2))])
    log.append("churn", [again, quoted])
    log.append("bikes", [answer("p1", NOON)])
    assert log.find("churn", "p1") == [old, again]
    log.compact("churn", NOON.date())
    assert log.find("churn", "p1") == [old, again]
    assert log.find("churn", 'say "hi" \u00e9') == [quoted]
    assert log.find("churn", "nobody") == []
    assert log.find("empty", "p1") == []
