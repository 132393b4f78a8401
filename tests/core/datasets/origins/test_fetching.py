"""Data is fetched from real servers and databases of this machine, in parts, and refreshed from where it came."""

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from core.data_errors import NoOrigin, OriginRefused, OriginUnreachable, UploadNotFound
from core.datasets.limits import Limits
from core.datasets.origins import fetching
from core.datasets.origins.fetching import Fetcher
from core.datasets.origins.reach import Reach
from core.datasets.origins.service import OriginService
from core.datasets.service import DatasetService
from core.datasets.uploads import UploadService
from core.errors import Denied, ExtraMissing, NotATable
from core.records.access import Actor, Role
from core.records.origin import Origin
from core.records.reading import ReadingChoices
from storage.memory import MemoryBlobs, MemoryStore
from storage.outside import SqlOutside
from tests.builders import FakeClock, project

ANN = Actor(name="ann", role=Role.SCIENTIST)
TABLE = b"a;b\n1;2\n3;4\n"


class Site(BaseHTTPRequestHandler):
    pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
    asked: list[str] = []

    def do_GET(self) -> None:
        type(self).asked.append(f"{self.path} {self.headers.get('Authorization', '')}".strip())
        status, headers, body = self.pages.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_address[1]}"
        served.shutdown()


@pytest.fixture
def site(server: str) -> str:
    Site.pages, Site.asked = {}, []
    return server


class House:
    """The services over memory, with one project."""

    def __init__(self, folder: Path, *, is_open: bool = True, allowed: tuple[str, ...] = ()) -> None:
        self.store = MemoryStore()
        with self.store.write() as work:
            work.projects.add(project())
            work.commit()
        clock, self.folder = FakeClock(), folder / "uploads"
        self.datasets = DatasetService(self.store, MemoryBlobs(), clock)
        self.uploads = UploadService(self.store, clock, self.folder, 1_000)
        reach = Reach(is_open=is_open, allowed=allowed)
        self.fetcher = Fetcher(SqlOutside(), reach, {"PW": "hunter2"}, Limits(decoded=100_000))
        self.origins = OriginService(self.store, self.datasets, self.uploads, self.fetcher, self.folder)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def shop(folder: Path, rows: list[tuple[Any, ...]]) -> Origin:
    path = folder / "shop.db"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (n, x, s)")
        database.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    database.close()
    return Origin(url=f"sqlite:///{path}", query="SELECT * FROM t")


def test_a_file_of_a_web_server_is_looked_into_and_kept_with_where_it_came_from(house: House, site: str) -> None:
    Site.pages["/t.csv"] = (200, {}, TABLE)
    origin = Origin(url=f"{site}/t.csv")
    upload = house.origins.fetch(ANN, "churn", origin)
    assert (upload.filename, upload.size, upload.origin) == ("t.csv", len(TABLE), origin)
    assert upload.sha256 == hashlib.sha256(TABLE).hexdigest()
    assert house.uploads.get(ANN, "churn", upload.id) == upload
    assert house.uploads.examine(upload).preview is not None
    version = house.origins.add(ANN, "churn", origin).version
    assert (str(version.ref), version.origin, version.rows) == ("t@1", origin, 2)
    with house.store.read() as work:
        details = [event.details.get("origin") for event in work.events.all()]
    assert details == [str(origin), str(origin)]


def test_a_refresh_reads_as_before_makes_a_version_of_what_is_new_and_none_of_what_is_not(
    house: House, site: str
) -> None:
    Site.pages["/t.csv"] = (200, {}, b"a|b\n1|x\n")
    origin = Origin(url=f"{site}/t.csv")
    choices = ReadingChoices(delimiter="|", missing=("x",))
    first = house.origins.add(ANN, "churn", origin, "people", note="n", tags={"k": "v"}, choices=choices)
    same = house.origins.refresh(ANN, "churn", "people")
    assert (first.created, same.created, same.version) == (True, False, first.version)
    Site.pages["/t.csv"] = (200, {}, b"a|b\n1|x\n2|y\n")
    newer = house.origins.refresh(ANN, "churn", "people")
    assert (newer.created, str(newer.version.ref), newer.version.rows) == (True, "people@2", 2)
    assert (newer.version.tags, newer.version.origin) == ({"k": "v"}, origin)
    assert newer.version.reading["choices"] == choices.document()
    assert list(house.folder.iterdir()) == []


def test_a_dataset_of_files_has_nothing_to_be_refreshed_from(house: House, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(TABLE)
    house.datasets.add_file(ANN, "churn", "files", tmp_path / "t.csv")
    with pytest.raises(NoOrigin, match="'files' has no source"):
        house.origins.refresh(ANN, "churn", "files")
    with pytest.raises(Denied):
        house.origins.refresh(Actor(name="vic", role=Role.VIEWER), "churn", "files")


def test_a_secret_goes_to_the_server_and_nowhere_else(house: House, site: str) -> None:
    Site.pages["/t.csv?token=hunter2"] = (200, {}, TABLE)
    origin = Origin(url=f"{site}/t.csv?token=${{PW}}")
    version = house.origins.add(ANN, "churn", origin).version
    assert Site.asked == ["/t.csv?token=hunter2"]
    assert version.origin == origin
    Site.pages.clear()
    with pytest.raises(OriginRefused, match="the server answered 404") as refused:
        house.origins.refresh(ANN, "churn", "t")
    assert "hunter2" not in refused.value.message
    with house.store.read() as work:
        assert "hunter2" not in "".join(map(str, work.events.all()))


@pytest.mark.parametrize(
    ("page", "kind", "reason"),
    [
        ((404, {}, b""), OriginRefused, "answered 404"),
        ((503, {}, b""), OriginUnreachable, "answered 503"),
        ((200, {"Content-Length": "99"}, b"a,b\n"), OriginUnreachable, "after 4 of 99 bytes|broke off"),
        ((302, {"Location": "file:///etc/passwd"}, b""), OriginRefused, "no web address|302"),
        ((302, {"Location": "/t.csv"}, b""), OriginRefused, "302"),
        ((200, {}, b"x" * 100_001), NotATable, "unpacked it takes more than"),
    ],
)
def test_a_server_that_gives_no_whole_file_leaves_nothing(
    house: House, site: str, page: tuple[int, dict[str, str], bytes], kind: type[Exception], reason: str
) -> None:
    Site.pages["/t.csv"] = page
    with pytest.raises(kind, match=reason):
        house.origins.fetch(ANN, "churn", Origin(url=f"{site}/t.csv"))
    assert list(house.folder.iterdir()) == []
    with house.store.read() as work:
        assert work.uploads.find() == []


def test_a_redirect_to_what_may_not_be_fetched_is_refused_where_it_is_followed(tmp_path: Path, site: str) -> None:
    port = site.rpartition(":")[2]
    house = House(tmp_path, is_open=False, allowed=(f"{site}/open",))
    Site.pages["/open/t.csv"] = (200, {}, TABLE)
    Site.pages["/open/away"] = (302, {"Location": f"http://127.0.0.2:{port}/open/t.csv"}, b"")
    Site.pages["/open/up"] = (302, {"Location": f"{site}/closed.csv"}, b"")
    assert house.origins.fetch(ANN, "churn", Origin(url=f"{site}/open/t.csv")).size == len(TABLE)
    for path in ("away", "up"):
        with pytest.raises(OriginRefused, match="PILOTHOUSE_SOURCES"):
            house.origins.fetch(ANN, "churn", Origin(url=f"{site}/open/{path}"))
    assert "/closed.csv" not in Site.asked


def test_nobody_there_is_told(house: House) -> None:
    with pytest.raises(OriginUnreachable, match="refused"):
        house.origins.fetch(ANN, "churn", Origin(url="http://127.0.0.1:9/t.csv"))


def test_a_package_that_is_missing_is_named(house: House) -> None:
    with pytest.raises(ExtraMissing, match="pip install gcsfs"):
        house.origins.fetch(ANN, "churn", Origin(url="gs://bucket/t.csv"))
    with pytest.raises(ExtraMissing, match="pip install mysqlclient"):
        house.fetcher.fetch(Origin(url="mysql://127.0.0.1/x", query="SELECT 1"), house.folder, lambda _: None)


def test_a_file_of_this_machine_is_fetched(house: House, tmp_path: Path) -> None:
    (tmp_path / "an other.csv").write_bytes(TABLE)
    assert house.origins.add(ANN, "churn", Origin(url=f"file://{tmp_path}/an%20other.csv")).version.rows == 2
    with pytest.raises(OriginRefused, match="there is no such file"):
        house.origins.add(ANN, "churn", Origin(url=f"file://{tmp_path}/none.csv"))


def test_a_query_keeps_the_types_of_its_values_however_late_they_show(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_ROWS", 2)
    rows = [(1, None, None), (2, None, "a"), (3, 1, "2026-01-01"), (None, 2.5, "é"), (5, 4, "%s :x")]
    origin = shop(tmp_path, rows)
    version = house.origins.add(ANN, "churn", origin, "orders").version
    assert [(column.name, column.kind.value) for column in version.columns] == [
        ("n", "integer"),
        ("x", "number"),
        ("s", "text"),
    ]
    frame = house.datasets.preview(version)
    assert frame["s"].tolist() == [None, "a", "2026-01-01", "é", "%s :x"]
    assert frame["x"].tolist()[2:] == [1.0, 2.5, 4.0]
    assert house.origins.refresh(ANN, "churn", "orders").created is False
    shop(tmp_path, [*rows, (6, 1, "new")])
    assert house.origins.refresh(ANN, "churn", "orders").version.rows == 6


def test_long_integers_beside_fractions_keep_their_digits_as_text(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_ROWS", 1)
    origin = shop(tmp_path, [(2**53 + 1, 0.5, 1), (1.5, 2**60 + 1, "x")])
    target = tmp_path / "t.parquet"
    house.fetcher.fetch(origin, target, lambda _: None)
    table = pq.read_table(target)
    assert table["n"].to_pylist() == ["9007199254740993", "1.5"]
    assert table["x"].to_pylist() == ["0.5", "1152921504606846977"]
    assert table["s"].to_pylist() == ["1", "x"]


@pytest.mark.parametrize(
    ("query", "kind", "reason"),
    [
        ("SELECT * FROM nosuch", (OriginRefused, OriginUnreachable), "no such table: nosuch"),
        ("DELETE FROM t", (OriginRefused, OriginUnreachable), "readonly|read-only|without rows"),
        ("SELECT n AS a, x AS a FROM t", NotATable, "names 'a' more than once"),
        ("SELECT n FROM t", NotATable, "fewer than two columns"),
        ("SELECT n, x FROM t WHERE n > 9", NotATable, "answers without a row"),
        ("SELECT n, x'00ff' AS y FROM t", NotATable, "column 'y' holds bytes"),
    ],
)
def test_a_query_that_gives_no_table_says_why_and_changes_nothing(
    house: House, tmp_path: Path, query: str, kind: Any, reason: str
) -> None:
    origin = shop(tmp_path, [(1, 2, "x")])
    with pytest.raises(kind, match=reason):
        house.origins.add(ANN, "churn", origin.model_copy(update={"query": query}), "orders")
    assert house.origins.add(ANN, "churn", origin, "orders").version.rows == 1


def test_a_database_that_is_not_there_is_not_made(house: House, tmp_path: Path) -> None:
    with pytest.raises(OriginRefused, match="there is no such file"):
        house.origins.add(ANN, "churn", Origin(url=f"sqlite:///{tmp_path}/none.db", query="SELECT 1, 2"))
    assert not (tmp_path / "none.db").exists()


def test_what_a_job_fetched_is_seen_by_its_author_alone(house: House, site: str) -> None:
    Site.pages["/t.csv"] = (200, {}, TABLE)
    upload = house.origins.fetch(ANN, "churn", Origin(url=f"{site}/t.csv"))
    with pytest.raises(UploadNotFound):
        house.uploads.get(Actor(name="bob", role=Role.SCIENTIST), "churn", upload.id)
