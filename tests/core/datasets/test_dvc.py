"""Exchange with DVC, read back by the real `dvc`: a folder, an S3 server and an SSH server as remotes."""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import pytest

from core.datasets.dvc import DvcService, parse
from core.datasets.service import DatasetService
from core.errors import BlobCorrupt, ExtraMissing, InvalidInput, NotFound, Unavailable
from core.records.access import LOCAL
from core.records.dataset import DatasetVersion
from storage.blobs import FileBlobs
from storage.dvc_remotes import DvcRemotes
from storage.memory import MemoryStore
from tests.builders import FakeClock, project

FIRST = b"name;age\r\nJos\xe9;3\r\nAnn;4\r\n"
SECOND = b"name,age\nJose,3\nAnn,5\n"
BIN = Path(sys.executable).parent


class House:
    def __init__(self, folder: Path, remote: str = "") -> None:
        self.store, self.blobs = MemoryStore(), FileBlobs(folder / "blobs")
        self.datasets = DatasetService(self.store, self.blobs, FakeClock())
        self.dvc = DvcService(self.datasets, self.blobs, DvcRemotes(), folder / "dvc", remote)
        with self.store.write() as work:
            work.projects.add(project())
            work.commit()

    def add(self, content: bytes, name: str = "Kunden 2024.csv") -> DatasetVersion:
        return self.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(content), name).version


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path / "home")
    made.add(FIRST)
    made.add(SECOND)
    return made


def newest(house: House) -> DatasetVersion:
    return house.datasets.resolve("churn", "customers@2")


def dvc_pull(folder: Path, **environment: str) -> None:
    done = subprocess.run(
        [str(BIN / "dvc"), "pull"], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "DVC_NO_ANALYTICS": "1", "DVC_GLOBAL_CONFIG_DIR": str(folder), **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_plain_dvc_pull_elsewhere_gets_the_exact_bytes_of_both_versions(house: House, tmp_path: Path) -> None:
    written = tmp_path / "written"
    files = [house.dvc.export(version, written) for version in house.datasets.versions("churn")]
    assert sorted(file.name for file in files) == ["customers@1.csv.dvc", "customers@2.csv.dvc"]
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(written, elsewhere)
    shutil.rmtree(written)
    dvc_pull(elsewhere)
    assert (elsewhere / "customers@1.csv").read_bytes() == FIRST
    assert (elsewhere / "customers@2.csv").read_bytes() == SECOND
    assert house.blobs.verify(newest(house).sha256) == len(SECOND)


def test_what_was_pushed_comes_back_after_it_was_lost_and_damaged(house: House, tmp_path: Path) -> None:
    url = str(tmp_path / "remote")
    versions = house.datasets.versions("churn")
    assert [item.is_new for item in house.dvc.push(LOCAL, versions, url)] == [True, True]
    assert [item.is_new for item in house.dvc.push(LOCAL, versions, url)] == [False, False]
    assert house.dvc.pull(LOCAL, versions, url) == []
    lost, damaged = versions
    house.blobs.delete(lost.sha256)
    file = house.blobs.path(damaged.sha256)
    file.chmod(0o600)
    file.write_bytes(b"damaged")
    with pytest.raises(BlobCorrupt):
        house.blobs.read(damaged.sha256)
    assert sorted(house.dvc.pull(LOCAL, versions, url)) == ["customers@1", "customers@2"]
    assert [house.blobs.read(version.sha256) for version in versions] == [SECOND, FIRST]


def test_damaged_bytes_of_a_remote_are_refused_where_dvc_checks_them_out(house: House, tmp_path: Path) -> None:
    url = tmp_path / "remote"
    house.dvc.push(LOCAL, [newest(house)], str(url))
    (thing,) = [file for file in url.rglob("*") if file.is_file()]
    thing.chmod(0o600)
    thing.write_bytes(b"damaged")
    house.blobs.delete(newest(house).sha256)
    with pytest.raises(InvalidInput, match="sent damaged bytes"):
        house.dvc.pull(LOCAL, [newest(house)], str(url))
    assert not house.blobs.exists(newest(house).sha256)


def test_a_dvc_file_of_anybody_becomes_a_version(house: House, tmp_path: Path) -> None:
    url = str(tmp_path / "remote")
    written = house.dvc.export(newest(house), tmp_path / "project", url)
    other = House(tmp_path / "other", remote=url)
    added = other.dvc.add(LOCAL, "churn", "kunden", written)
    assert (added.version.sha256, added.version.dataset) == (newest(house).sha256, "kunden")
    assert added.version.tags == {"dvc": parse(written).md5}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("outs: []\n", "no .dvc file"),
        ("not: [yaml", "no .dvc file"),
        (f"outs:\n- md5: {'a' * 32}.dir\n  path: folder\n", "names a folder"),
        ("outs:\n- md5: ../../etc/passwd\n  path: x\n", "has no MD5"),
    ],
)
def test_files_that_name_no_single_file_are_refused(house: House, tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "x.dvc"
    file.write_text(text)
    with pytest.raises(InvalidInput, match=problem):
        house.dvc.add(LOCAL, "churn", None, file, str(tmp_path))


def test_missing_remotes_objects_and_packages_are_said(house: House, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="PILOTHOUSE_DVC_REMOTE"):
        house.dvc.push(LOCAL, [newest(house)])
    with pytest.raises(NotFound, match="The object"):
        DvcRemotes().fetch(str(tmp_path), "a" * 32, tmp_path / "x")
    house.blobs.delete(newest(house).sha256)
    with pytest.raises(InvalidInput, match="never pushed"):
        house.dvc.pull(LOCAL, [newest(house)], str(tmp_path))


@pytest.mark.parametrize(
    ("url", "package"),
    [("gs://bucket/data", "dvc_gs"), ("azure://box/data", "dvc_azure"), ("ssh://host/data", "dvc_ssh")],
)
def test_a_remote_whose_package_is_missing_says_how_to_add_it(
    house: House, monkeypatch: pytest.MonkeyPatch, url: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ExtraMissing) as missing:
        house.dvc.push(LOCAL, [newest(house)], url)
    told = f"Reaching {url.partition('//')[0]}// needs extra packages. Add them with `pip install "
    assert missing.value.message == f"{told}{package.replace('_', '-')}`."


@pytest.mark.parametrize("url", ["az://box/data", "sftp://host/data", "file:///data"])
def test_an_address_dvc_does_not_know_is_refused_and_nothing_is_written(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(InvalidInput, match="is no DVC remote that can be used"):
        house.dvc.push(LOCAL, [newest(house)], url)
    assert list((tmp_path / "here").iterdir()) == []


@contextmanager
def serving(protocol: str, folder: Path, *options: str) -> Iterator[str]:
    """A server of rclone over a folder; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"127.0.0.1:{port}"
    command = [str(BIN / "rclone"), "serve", protocol, str(folder), "--addr", address, *options]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield address
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The bucket of an S3 server as a URL."""
    (tmp_path / "buckets" / "data").mkdir(parents=True)
    with serving("s3", tmp_path / "buckets", "--auth-key", "key,secret") as address:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_ENDPOINT_URL": f"http://{address}",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        yield "s3://data/pilothouse"


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A folder of an SSH server as a URL; the key that opens it lies where SSH looks for keys."""
    keys = tmp_path / "person" / ".ssh"
    keys.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(keys.parent))
    write_key(keys, tmp_path / "authorized")
    (tmp_path / "served" / "data").mkdir(parents=True)
    with serving("sftp", tmp_path / "served", "--authorized-keys", str(tmp_path / "authorized")) as address:
        yield f"ssh://pilot@{address}/data/pilothouse"


def write_key(folder: Path, public: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(folder / "id_ed25519")
    key.write_public_key(public)


def test_a_plain_dvc_pull_gets_the_exact_bytes_over_ssh(house: House, tmp_path: Path, ssh: str) -> None:
    folder = tmp_path / "project"
    house.dvc.export(newest(house), folder, ssh)
    dvc_pull(folder)
    assert (folder / "customers@2.csv").read_bytes() == SECOND
    assert [item.is_new for item in house.dvc.push(LOCAL, [newest(house)], ssh)] == [False]
    house.blobs.delete(newest(house).sha256)
    assert house.dvc.pull(LOCAL, [newest(house)], ssh) == ["customers@2"]
    with pytest.raises(NotFound, match="The object"):
        DvcRemotes().fetch(ssh, "a" * 32, tmp_path / "x")


def test_a_server_that_knows_no_such_key_is_said(house: House, tmp_path: Path, ssh: str) -> None:
    write_key(tmp_path / "person" / ".ssh", tmp_path / "unknown")
    with pytest.raises(Unavailable, match="cannot be reached: Permission denied"):
        house.dvc.push(LOCAL, [newest(house)], ssh)


def test_a_plain_dvc_pull_gets_the_exact_bytes_from_s3(house: House, tmp_path: Path, s3: str) -> None:
    folder = tmp_path / "project"
    house.dvc.export(newest(house), folder, s3)
    dvc_pull(folder)
    assert (folder / "customers@2.csv").read_bytes() == SECOND
    assert [item.is_new for item in house.dvc.push(LOCAL, [newest(house)], s3)] == [False]
    house.blobs.delete(newest(house).sha256)
    assert house.dvc.pull(LOCAL, [newest(house)], s3) == ["customers@2"]
