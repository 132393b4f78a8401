"""Addresses: kept without secrets, told without secrets, asked only where that is allowed."""

import socket
from pathlib import Path

import pytest

from core.data_errors import OriginRefused, OriginUnreachable
from core.datasets.origins import addresses
from core.datasets.origins.reach import Reach
from core.records.origin import Origin

SECRETS = {"PW": "s3cr&t/é", "TOKEN": "tok"}


@pytest.mark.parametrize(
    ("url", "query", "name"),
    [
        ("https://host/a/März.csv.gz?x=1", None, "März.csv.gz"),
        ("s3://bucket/folder/t.parquet", None, "t.parquet"),
        ("https://ann:${PW}@host/", None, "host"),
        ("file:///srv/t.csv", None, "t.csv"),
        ("sqlite:////srv/shop.db", "SELECT * FROM t", "shop-query.parquet"),
        ("postgresql://ann:${PW}@db:5433/sales", " SELECT 1 ", "sales-query.parquet"),
    ],
)
def test_an_address_is_kept_as_it_is_and_names_the_data(url: str, query: str | None, name: str) -> None:
    kept = addresses.checked(Origin(url=f" {url} ", query=query))
    assert (kept.url, kept.query) == (url, query.strip() if query else None)
    assert addresses.file_name(kept) == name


@pytest.mark.parametrize(
    ("url", "query", "reason"),
    [
        ("", None, "write an address like"),
        ("/etc/passwd", None, "write an address like"),
        ("https://host/a\nb", None, "write an address like"),
        ("https://ann:hunter2@host/t.csv", None, "a password stands in the address"),
        ("postgresql://ann:hunter2@db/x", "SELECT 1", "a password stands in the address"),
        ("https://host/t.csv?sig=hunter2", None, "sig=... of the address is a secret"),
        ("https://host/t.csv?a=1&X-Amz-Signature=hunter2", None, "is a secret"),
        ("https://host/t.csv?access_token=hunter2", None, "is a secret"),
        ("postgresql://db/x", None, "a database needs a query"),
        ("https://host/t.csv", "SELECT 1", "a query is for databases"),
        ("sqlite:///x.db", "S" * 20_001, "more than 20,000 characters"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_its_secret_is_not_told(url: str, query: str | None, reason: str) -> None:
    with pytest.raises(OriginRefused, match=reason) as refused:
        addresses.checked(Origin(url=url, query=query))
    assert "hunter2" not in refused.value.message


def test_secrets_are_looked_up_spelled_as_addresses_need_and_hidden_again() -> None:
    url = addresses.resolved("https://ann:${PW}@host/?t=${TOKEN}", SECRETS)
    assert url == "https://ann:s3cr%26t%2F%C3%A9@host/?t=tok"
    assert addresses.masked(f"no luck with {url} or s3cr&t/é", SECRETS) == (
        "no luck with https://ann:***@host/?t=*** or ***"
    )
    with pytest.raises(OriginRefused, match=r"has no NOPE\. It has: PW, TOKEN"):
        addresses.resolved("https://${NOPE}", SECRETS)


@pytest.fixture
def lookup(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Names and where they lead."""
    names: dict[str, str] = {}

    def find(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        if host not in names and not host.replace(".", "").isdecimal() and ":" not in host:
            raise socket.gaierror("unknown")
        return [(socket.AF_INET, None, None, None, (names.get(host, host), 0))]

    monkeypatch.setattr(socket, "getaddrinfo", find)
    return names


NEAR = ["http://127.0.0.1/t", "http://10.1.2.3/t", "http://[::1]/t", "http://intern/t", "ftp://192.168.0.9/t"]
KEYS = ["http://169.254.169.254/latest", "http://[fe80::1]/t", "http://metadata/t", "http://0.0.0.0/t"]


@pytest.mark.parametrize("url", NEAR)
def test_near_addresses_are_for_whoever_sits_at_the_machine(url: str, lookup: dict[str, str]) -> None:
    lookup["intern"] = "10.0.0.7"
    Reach(is_open=True).check(url, url)
    with pytest.raises(OriginRefused, match="is not public"):
        Reach(is_open=False).check(url, url)


@pytest.mark.parametrize("url", KEYS)
def test_where_clouds_keep_keys_nobody_fetches(url: str, lookup: dict[str, str]) -> None:
    lookup["metadata"] = "169.254.169.254"
    with pytest.raises(OriginRefused, match="an address of the network itself"):
        Reach(is_open=True).check(url, url)


def test_the_operator_can_name_what_may_be_fetched_near_by(lookup: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "t.csv").write_text("a")
    (tmp_path / "closed.csv").write_text("a")
    (tmp_path / "open" / "link.csv").symlink_to(tmp_path / "closed.csv")
    reach = Reach(
        is_open=False, allowed=["http://10.0.0.5:9000/data", f"file://{tmp_path}/open", "postgresql://10.0.0.6"]
    )
    reach.check("http://10.0.0.5:9000/data/t.csv", "x")
    reach.check(f"file://{tmp_path}/open/t.csv", "x")
    reach.check_database("postgresql://ann:x@10.0.0.6/sales", "x")
    lookup["evil"] = "93.184.216.34"
    reach.check("http://evil/t.csv", "x")
    for url in (
        "http://10.0.0.5:9000/database",
        "http://10.0.0.5:9000/data/../other",
        "http://10.0.0.5/data/t.csv",
        "http://10.0.0.5:9000@10.0.0.8/data/t.csv",
        f"file://{tmp_path}/closed.csv",
        f"file://{tmp_path}/open/../closed.csv",
        f"file://{tmp_path}/open/link.csv",
    ):
        with pytest.raises(OriginRefused, match="PILOTHOUSE_SOURCES"):
            reach.check(url, "x")
    with pytest.raises(OriginRefused, match="PILOTHOUSE_SOURCES"):
        reach.check_database(f"sqlite:///{tmp_path}/closed.csv", "x")
    with pytest.raises(OriginRefused, match="PILOTHOUSE_SOURCES"):
        reach.check_database("postgresql:///local", "x")


@pytest.mark.parametrize(
    "url", ["gopher://host/t", "memory://t", "simplecache::s3://b/t", "zip://t.csv::file:///x.zip", "github://a:b@c/t"]
)
def test_only_known_kinds_of_addresses_are_fetched(url: str, lookup: dict[str, str]) -> None:
    lookup["host"] = "93.184.216.34"
    with pytest.raises(OriginRefused):
        Reach(is_open=True).check(url, url)


def test_a_name_that_leads_nowhere_is_told(lookup: dict[str, str]) -> None:
    with pytest.raises(OriginUnreachable, match="'nosuch' leads nowhere"):
        Reach(is_open=True).check("https://nosuch/t.csv", "https://nosuch/t.csv")
