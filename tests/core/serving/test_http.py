import http.client
import json
import logging
import re
import socket
from collections import Counter
from pathlib import Path

import pytest

from core import errors, serving_errors
from core.errors import AppError, InvalidRequest
from core.records.access import LOCAL, Role
from core.serving import receiving as module
from core.serving import turns
from core.serving.refusals import Refusal
from core.settings import Auth, Settings
from tests.bundles import FEATURES, RECORD, stored
from tests.core.serving.served import Client, House, house, serving

PREDICT = "/projects/churn/predict"
BATCH = "/projects/churn/predict/batch"
RECORD_JSON = json.dumps(RECORD).encode()
ROOT = Path(__file__).parents[3]


def test_one_record_is_answered_in_the_shape_of_the_contract(client: Client) -> None:
    reply = client.post(PREDICT, {**RECORD, "prediction_id": "p1"})
    assert reply.status == 200
    document = reply.document
    assert list(document) == ["prediction_id", "prediction", "probabilities", "model_version", "model_sha256"]
    assert (document["prediction_id"], document["prediction"], document["model_version"]) == ("p1", "Yes", 3)
    assert document["model_sha256"] == client.get("/projects/churn").document["model_sha256"]
    assert set(document["probabilities"]) == {"Yes", "No"}


def test_a_number_comes_without_probabilities(client: Client) -> None:
    document = client.post("/projects/bikes/predict", RECORD).document
    assert list(document) == ["prediction_id", "prediction", "model_version", "model_sha256"]
    assert isinstance(document["prediction"], float)


def test_a_batch_is_answered_in_order_by_one_version(client: Client) -> None:
    rows = [{**RECORD, "tenure": tenure, "prediction_id": f"b{tenure}"} for tenure in (50, 3)]
    predictions = client.post(BATCH, {"records": rows}).document["predictions"]
    assert [(one["prediction_id"], one["prediction"]) for one in predictions] == [("b50", "No"), ("b3", "Yes")]
    assert {one["model_version"] for one in predictions} == {3}


def test_an_empty_batch_has_no_predictions(client: Client) -> None:
    assert client.post(BATCH, {"records": []}).document == {"predictions": []}


def test_an_answer_is_in_the_log_when_it_arrives(client: Client, served: House) -> None:
    document = client.post(PREDICT, {**RECORD, "tenure": 4, "prediction_id": "logged"}).document
    [logged] = [one for one in served.log.read("churn") if one.prediction_id == "logged"]
    assert logged.features == {"tenure": 4, "monthly charges": 70.5, "plan": "basic"}
    assert (logged.version, logged.prediction) == (3, "Yes")
    assert logged.score == document["probabilities"]["Yes"]
    assert logged.latency_ms > 0


def test_a_refused_request_is_not_logged(client: Client, served: House) -> None:
    before = served.log.count("churn")
    assert client.post(BATCH, {"records": [RECORD, {}]}).status == 422
    assert served.log.count("churn") == before


def test_a_project_tells_what_it_takes_and_its_example_is_accepted(client: Client) -> None:
    document = client.get("/projects/churn").document
    assert document["model_version"] == 3
    assert document["traffic"] == {"champion": 1.0}
    assert list(document["input_schema"]["properties"]) == [column.name for column in FEATURES]
    assert client.post(PREDICT, document["example"]).status == 200


def test_the_served_projects_are_listed(client: Client) -> None:
    found = client.get("/projects").document["projects"]
    assert {(one["project"], one["model_version"]) for one in found} == {("churn", 3), ("bikes", 1)}


def test_probes_and_health(client: Client) -> None:
    assert client.get("/livez").document == {"status": "ok"}
    assert client.get("/readyz").document == {"status": "ok"}
    health = client.get("/health").document
    assert (health["status"], health["model_loaded"], health["problems"]) == ("ok", True, [])


def test_all_problems_of_a_record_are_named(client: Client) -> None:
    reply = client.post(PREDICT, {"tenure": "3", "plan": None, "colour": "red"})
    assert (reply.status, reply.error["code"]) == (422, "invalid_request")
    assert {one["field"]: one["problem"] for one in reply.error["details"]} == {
        "tenure": "must be a whole number, not the text '3'",
        "monthly charges": "is missing",
        "plan": "may not be null: it had no missing values in training; send text",
        "colour": "is not an input of this model; its inputs are tenure, monthly charges, plan",
    }


def test_a_nan_literal_is_refused_by_the_name_of_its_field(client: Client) -> None:
    reply = client.raw(PREDICT, b'{"tenure": 3, "monthly charges": NaN, "plan": "basic"}')
    assert reply.status == 422
    assert [one["field"] for one in reply.error["details"]] == ["monthly charges"]


def test_too_many_rows_are_refused(client: Client) -> None:
    reply = client.post(BATCH, {"records": [RECORD] * 101})
    assert (reply.status, reply.error["code"]) == (413, "too_many_rows")


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(client: Client) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=60)
    connection.putrequest("POST", PREDICT)
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(module.LARGEST_BODY + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, json.load(answer)["error"]["code"]) == (413, "body_too_large")
    connection.close()


def test_a_body_that_does_not_say_how_large_it_is_is_counted(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_BODY", 10_000)
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=60)
    chunks = iter([b"x" * 9000, b"x" * 9000])
    connection.request("POST", PREDICT, chunks, {"Content-Type": "application/json"}, encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, json.load(answer)["error"]["code"]) == (413, "body_too_large")
    connection.close()


def test_a_body_that_dawdles_is_cut_off(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BODY_S", 0.1)
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=60)
    connection.putrequest("POST", PREDICT)
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", "100")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, json.load(answer)["error"]["code"]) == (408, "body_too_slow")
    connection.close()


def test_a_client_that_leaves_halfway_troubles_nobody(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_connection(("127.0.0.1", client.port)) as left:
        head = f"POST {PREDICT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n"
        left.sendall(head.encode() + b'\r\n{"te')
    assert client.post(PREDICT, RECORD).status == 200
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "application/jsonp"},
        {"content_type": ""},
        {"content_encoding": "br"},
    ],
)
def test_a_body_that_is_not_declared_as_plain_json_is_refused(client: Client, headers: dict[str, str]) -> None:
    reply = client.raw(PREDICT, RECORD_JSON, **headers)
    assert (reply.status, reply.error["code"]) == (415, "unsupported_media")


def test_json_with_a_charset_is_plain_json(client: Client) -> None:
    assert client.raw(PREDICT, RECORD_JSON, content_type="Application/JSON; charset=utf-8").status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/nope", 404, "not_found"),
        ("GET", "/projects/", 404, "not_found"),
        ("GET", "/projects/a/b", 404, "not_found"),
        ("POST", "/projects/a%2Fb/predict", 404, "not_found"),
        ("GET", "/static/../../etc/passwd", 404, "not_found"),
        ("GET", "/static/%2e%2e/%2e%2e/core.py", 404, "not_found"),
        ("GET", PREDICT, 405, "method_not_allowed"),
        ("PUT", PREDICT, 405, "method_not_allowed"),
        ("DELETE", "/projects/churn", 405, "method_not_allowed"),
        ("POST", "/health", 405, "method_not_allowed"),
        ("GET", "/projects/nope", 404, "project_not_found"),
        ("GET", "/projects/%00", 404, "project_not_found"),
        ("GET", "/projects/" + "x" * 5000, 404, "project_not_found"),
        ("GET", "/projects/%F0%9F%9A%B2", 404, "project_not_found"),
        ("GET", "/projects/%FF", 404, "project_not_found"),
        ("GET", "/projects/empty", 409, "no_champion"),
        ("POST", "/projects/empty/predict", 409, "no_champion"),
        ("POST", "/projects/nope/predict", 404, "project_not_found"),
    ],
)
def test_an_address_that_leads_nowhere_says_so(client: Client, method: str, path: str, status: int, code: str) -> None:
    reply = client.send(method, path, b"{}", content_type="application/json")
    assert (reply.status, reply.error["code"]) == (status, code)
    assert ("allow" in reply.headers) == (status == 405)


@pytest.mark.parametrize("name", ["evil.example", "localhost.evil.example", "192.168.0.1", "", "127.0.0.1.nip.io:8502"])
def test_a_foreign_name_for_this_machine_is_refused(client: Client, name: str) -> None:
    reply = client.get("/projects", host=name)
    assert (reply.status, reply.error["code"]) == (403, "foreign_host")


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST:8502", "127.0.0.1:1", "[::1]:8502", "localhost."])
def test_this_machines_own_names_are_answered_for(client: Client, name: str) -> None:
    assert client.get("/projects", host=name).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:3000", "null"])
def test_a_page_of_another_origin_is_refused(client: Client, origin: str) -> None:
    reply = client.post(PREDICT, RECORD, host="localhost:8502", origin=origin)
    assert (reply.status, reply.error["code"]) == (403, "foreign_host")


def test_our_own_page_may_ask(client: Client) -> None:
    assert client.post(PREDICT, RECORD, host="localhost:8502", origin="http://localhost:8502").status == 200


def test_a_usable_request_id_is_kept_and_another_replaced(client: Client) -> None:
    assert client.get("/livez", x_request_id="abc-1.2_3").headers["x-request-id"] == "abc-1.2_3"
    assert len(client.get("/livez", x_request_id="<script>").headers["x-request-id"]) == 16


def test_the_documentation_loads_nothing_from_outside(client: Client) -> None:
    page = client.get("/docs")
    assert page.status == 200
    assert b"http" not in page.body.replace(b"http-equiv", b"")
    assert "'self'" in page.headers["content-security-policy"]
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/static/{name}".encode() in page.body
        assert client.get(f"/static/{name}").status == 200


def test_the_dashboard_asks_only_for_what_is_counted(client: Client) -> None:
    client.post(PREDICT, RECORD)
    told = client.get("/metrics").body.decode()
    counted = set(re.findall(r"^# TYPE (\S+)", told, re.MULTILINE))
    dashboard = json.loads((ROOT / "docs/prometheus/grafana.json").read_text(encoding="utf-8"))
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\b((?:pilothouse|process)_[a-z_]+)", target["expr"])
    }
    assert len(asked) >= 8
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked} - counted == set()


def test_openapi_tells_request_bodies_and_the_one_error_shape(client: Client) -> None:
    document = client.get("/openapi.json").document
    assert set(document["paths"]) == {
        "/projects",
        "/projects/{project}",
        "/projects/{project}/predict",
        "/projects/{project}/predict/batch",
        *(f"/projects/{project}/{path}" for project in ("churn", "bikes") for path in ("predict", "predict/batch")),
        "/projects/{project}/labels",
        "/projects/{project}/retraining/signals",
        "/projects/{project}/versions",
        "/projects/{project}/versions/pushed/{job_id}",
        "/projects/{project}/invocations",
        "/v2",
        "/v2/health/live",
        "/v2/health/ready",
        *(
            f"/v2/models/{{project}}{version}{path}"
            for version in ("", "/versions/{version}")
            for path in ("", "/ready", "/infer")
        ),
        "/livez",
        "/readyz",
        "/health",
        "/metrics",
    }
    for path in ("/projects/{project}/predict", "/projects/{project}/predict/batch"):
        post = document["paths"][path]["post"]
        assert "application/json" in post["requestBody"]["content"]
        refusal = post["responses"]["422"]["content"]["application/json"]["schema"]
        assert refusal == {"$ref": "#/components/schemas/ErrorAnswer"}
    assert "HTTPValidationError" not in document["components"]["schemas"]


def metric(client: Client, name: str) -> float:
    lines = client.get("/metrics").body.decode().splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), 0.0)


def test_requests_rows_latency_and_the_loaded_model_are_counted(client: Client) -> None:
    rows = 'pilothouse_predictions_total{cohort="champion",model_version="3",project="churn"}'
    answered = 'pilothouse_requests_total{code="200",endpoint="/projects/{project}/predict/batch"}'
    refused = 'pilothouse_request_seconds_count{code="422",cohort="champion",model_version="3",project="churn"}'
    before = [metric(client, name) for name in (rows, answered, refused)]
    client.post(BATCH, {"records": [RECORD] * 5})
    client.post(PREDICT, {})
    after = [metric(client, name) for name in (rows, answered, refused)]
    assert [new - old for new, old in zip(after, before, strict=True)] == [5, 1, 1]
    assert metric(client, 'pilothouse_model_loaded{model_version="3",project="churn"}') == 1


def test_paths_that_clients_make_up_do_not_become_labels(client: Client) -> None:
    client.get("/projects/made-up")
    client.get("/made-up")
    assert b"made-up" not in client.get("/metrics").body


def test_an_unexpected_error_shows_nothing_but_where_to_look(
    client: Client, served: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*given: object, **named: object) -> None:
        raise RuntimeError("secret path /etc/passwd")

    monkeypatch.setattr(served.serving, "keep", fail)
    reply = client.post(PREDICT, RECORD, x_request_id="look-here")
    assert (reply.status, reply.error["code"]) == (500, "internal_error")
    assert "look-here" in reply.error["message"]
    assert b"secret" not in reply.body
    assert "request look-here failed" in caplog.text
    assert "secret path" in caplog.text


def test_a_full_house_turns_away_at_once_and_says_when_to_come_back(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns.Turns, "require_place", lambda self, project: _full())
    reply = client.post(PREDICT, RECORD)
    assert (reply.status, reply.error["code"], reply.headers["retry-after"]) == (503, "overloaded", "1")


def _full() -> None:
    raise serving_errors.Overloaded(waiting=64)


ROOMS = (errors, serving_errors)
FOUND = {found for room in ROOMS for found in vars(room).values() if isinstance(found, type)}
ERRORS = sorted((found for found in FOUND if issubclass(found, AppError)), key=str)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_and_our_shape(kind: type[AppError]) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "a sentence")
    if isinstance(error, InvalidRequest):
        error.details = (("tenure", "is missing"),)
    refusal = Refusal.of(error, "r1")
    assert 400 <= refusal.status < 600
    document = json.loads(refusal.body)["error"]
    assert (document["code"], document["message"], document["request_id"]) == (error.code, "a sentence", "r1")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.ProjectNotFound, 404),
        (errors.VersionNotFound, 404),
        (errors.NoChampion, 409),
        (errors.ChampionChanged, 409),
        (errors.InvalidRequest, 422),
        (errors.UnsafeModel, 422),
        (serving_errors.TooManyRows, 413),
        (serving_errors.BodyTooLarge, 413),
        (serving_errors.BodyTooSlow, 408),
        (serving_errors.UnsupportedMedia, 415),
        (serving_errors.ForeignHost, 403),
        (errors.Denied, 403),
        (errors.KeyRefused, 401),
        (errors.TooManyAttempts, 429),
        (serving_errors.Overloaded, 503),
        (serving_errors.AnswerTooSlow, 504),
        (serving_errors.ModelStopped, 503),
        (errors.StoreBusy, 503),
        (serving_errors.ModelNotLoaded, 503),
        (errors.BlobCorrupt, 500),
    ],
)
def test_errors_keep_their_status(kind: type[AppError], status: int) -> None:
    assert kind.status == status


def test_with_keys_on_only_a_key_whose_role_may_gets_answers(tmp_path: Path) -> None:
    made = house(Settings(home=tmp_path, auth=Auth.PASSWORD))
    made.add_project()
    made.promote(1, stored(made.blobs).sha256)
    _, scientist = made.access.create_key(LOCAL, "app", Role.SCIENTIST)
    revoked, gone = made.access.create_key(LOCAL, "old", Role.SCIENTIST)
    made.access.revoke_key(LOCAL, revoked.id)
    _, auditor = made.access.create_key(LOCAL, "audit", Role.AUDITOR)
    with serving(made) as client:
        for given in ("", "Bearer", "Bearer phk_nonsense", f"Basic {scientist}", f"Bearer {gone}"):
            reply = client.post(PREDICT, RECORD, authorization=given)
            assert (reply.status, reply.error["code"]) == (401, "key_refused"), given
            assert reply.headers["www-authenticate"] == "Bearer"
        assert client.post(PREDICT, RECORD, authorization=f"Bearer {auditor}").status == 403
        assert client.post(PREDICT, RECORD, authorization=f"Bearer {scientist}").status == 200
        for path in ("/projects", "/projects/churn", "/metrics"):
            assert client.get(path).status == 401
            assert client.get(path, authorization=f"bearer {scientist}").status == 200
        assert client.get("/livez").status == 200
        assert client.get("/health").document == {"status": "ok", "model_loaded": True}
        assert "models" in client.get("/health", authorization=f"Bearer {scientist}").document
        assert client.get("/health", host="models.example.org").status == 200


def test_a_champion_that_cannot_be_loaded_is_told_and_seen_in_health(tmp_path: Path) -> None:
    made = house(Settings(home=tmp_path))
    made.add_project()
    made.promote(1, stored(made.blobs).sha256)
    made.add_project("broken")
    made.promote(1, "f" * 64, "broken")
    with serving(made) as client:
        reply = client.post("/projects/broken/predict", RECORD)
        assert (reply.status, reply.error["code"], reply.headers["retry-after"]) == (503, "model_not_loaded", "1")
        health = client.get("/health").document
        assert health["status"] == "degraded"
        assert [(one["project"], one["model_version"]) for one in health["problems"]] == [("broken", 1)]
        assert client.post(PREDICT, RECORD).status == 200


def test_every_server_counts_what_it_answered_and_the_store_adds_up(tmp_path: Path) -> None:
    made = house(Settings(home=tmp_path))
    made.add_project()
    made.promote(3, stored(made.blobs).sha256)
    with serving(made) as one, serving(made) as two:
        for client, times in ((one, 2), (two, 3)):
            for _ in range(times):
                assert client.post(PREDICT, RECORD).status == 200
            told = client.get("/metrics").body.decode()
            labels = 'cohort="champion",model_version="3",project="churn"'
            assert f'pilothouse_answers_total{{answer="Yes",{labels}}} {times}.0' in told
            assert f"pilothouse_answer_score_count{{{labels}}} {times}.0" in told
            assert f'pilothouse_answer_score_bucket{{{labels.split(",", 1)[0]},le="0.5",' in told
    with made.store.read() as work:
        tallies = work.tallies.find("churn", made.clock.now().replace(year=2000))
    counted: Counter[str] = Counter()
    for tally in tallies:
        counted[tally.process] += tally.requests
    assert sorted(counted.values()) == [2, 3]
