"""The performance screen: measuring, the windows, the label inbox and the way in for labels."""

from datetime import UTC, datetime, timedelta

from core.platform import Platform
from core.records.access import LOCAL
from core.records.prediction import LoggedPrediction
from tests.pages.acting import pick_row, screen, sound, texts, work_off

START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=3)


def answered(platform: Platform, rows: int = 80) -> list[str]:
    """Log answers of two days, so that every second of them is right."""
    ids = [f"p{place}" for place in range(rows)]
    platform.log.append(
        "phones",
        [
            LoggedPrediction(
                prediction_id=given, at=START + timedelta(hours=0.5 * place), version=1,
                features={"minutes": 90.0 + place, "plan": "basic", "calls": place % 9},
                prediction="Yes" if place % 2 else "No", score=0.7 if place % 2 else 0.2, latency_ms=2.0,
            )
            for place, given in enumerate(ids)
        ],
    )  # fmt: skip
    return ids


def test_what_was_served_is_measured_and_opens_window_by_window(grown):
    ids = answered(grown)
    rows = [{"prediction_id": given, "label": "Yes" if place % 3 else "No"} for place, given in enumerate(ids[:45])]
    grown.labels.add(LOCAL, "phones", rows)
    at = screen("performance", project="phones")
    assert "was measured yet" in texts(at)
    sound(at.button(key="performance.new").click().run())
    sound(at.button(key="performance.run").click().run())
    (job,) = work_off(grown)
    assert job.error is None
    at = screen("performance", project="phones")
    windows = grown.performance.windows("phones")
    assert len(windows) >= 2
    assert [tile.label for tile in at.metric][:2] == ["Measured last, final", "Estimated last"]
    sound(at.selectbox(key="performance.metric").set_value("accuracy").run())
    at = pick_row(at, "performance.table", 0, "summary")
    assert at.query_params["report"] == windows[-1].id
    assert "Where it fares worst" in texts(at)


def test_the_label_inbox_shows_what_is_missing_and_takes_a_file(grown):
    ids = answered(grown)
    at = screen("performance", project="phones", tab="labels")
    assert [tile.value for tile in at.metric] == ["80", "0%", "—", "80"]
    sound(at.button(key="performance.labels").click().run())
    content = "prediction_id,label\n" + "\n".join(f"{given},Yes" for given in ids[:20]) + "\nnobody,No\n"
    at.file_uploader(key="labels.file").upload("truth.csv", content.encode(), "text/csv")
    sound(at.button(key="labels.add").click().run())
    assert grown.labels.coverage("phones").labelled == 20
    at = screen("performance", project="phones", tab="labels")
    assert at.metric[1].value == "25%"


def test_the_scoring_api_says_when_nobody_asked(grown):
    assert "Nobody asked the scoring API" in texts(screen("performance", project="phones", tab="system"))
