"""Wrong bytes on disk: how many of 500 flipped bits a read finds, beside DVC's checkout; and how fast `fsck` is.

The peer is `dvc checkout` of a file whose cache entry was changed in the same way, in a project of its own.
"""

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.loop import CHURN
from benchmarks.report import Figure, write
from core.bootstrap import build, prepare
from core.errors import BlobCorrupt
from core.records.access import LOCAL
from core.records.project import Task
from core.settings import load
from storage.blobs import FileBlobs

FLIPS = 500
PEER_FLIPS = 20
FSCK_BYTES = 1 << 30


def flipped(file: Path, chance: random.Random) -> bytes:
    """Flip one bit of ``file`` behind everybody's back; return what it held before."""
    content = file.read_bytes()
    wrong = bytearray(content)
    wrong[chance.randrange(len(wrong))] ^= 1 << chance.randrange(8)
    file.chmod(0o600)
    file.write_bytes(wrong)
    file.chmod(0o444)
    return content


def ours(folder: Path, seed: int) -> int:
    """Return how many flips were found by the next read, whichever way it reads."""
    chance, blobs = random.Random(seed), FileBlobs(folder / "blobs")  # noqa: S311
    names = [blobs.put_bytes(chance.randbytes(chance.randrange(1, 200_000))) for _ in range(50)]
    found = 0
    for turn in range(FLIPS):
        name = names[turn % len(names)]
        content = flipped(blobs.path(name), chance)
        try:
            (blobs.read, blobs.path, blobs.verify)[turn % 3](name)
        except BlobCorrupt:
            found += 1
        blobs.put_bytes(content)
    return found


def dvc(folder: Path, seed: int) -> int:
    """Return how many flips in DVC's cache made its checkout fail or warn."""
    chance, project = random.Random(seed), folder / "dvc"  # noqa: S311
    project.mkdir()
    (project / "table.csv").write_bytes(chance.randbytes(50_000))
    command = [str(Path(sys.executable).with_name("dvc"))]

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([*command, *arguments], cwd=project, capture_output=True, text=True, check=False)

    for arguments in (("init", "--no-scm", "-q"), ("config", "core.analytics", "false"), ("add", "-q", "table.csv")):
        run(*arguments)
    (cached,) = [file for file in (project / ".dvc/cache/files/md5").rglob("*") if file.is_file()]
    found = 0
    for _ in range(PEER_FLIPS):
        content = flipped(cached, chance)
        (project / "table.csv").unlink(missing_ok=True)
        done = run("checkout", "table.csv")
        found += done.returncode != 0 or "corrupt" in (done.stdout + done.stderr).lower()
        cached.parent.mkdir(parents=True, exist_ok=True)
        if cached.exists():
            cached.chmod(0o600)
        cached.write_bytes(content)
        cached.chmod(0o444)
    return found


def checked(folder: Path) -> float:
    """Return the seconds `fsck` takes for 1 GB of blobs, part of them a real table."""
    settings = load(folder / "home")
    prepare(settings)
    platform = build(settings)
    platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="Churn", positive="Yes")
    platform.datasets.add_file(LOCAL, "churn", "customers", CHURN)
    chance = random.Random(1)  # noqa: S311
    for _ in range(16):
        platform.blobs.put_bytes(chance.randbytes(FSCK_BYTES // 16))
    begun = time.monotonic()
    report = platform.integrity.check(LOCAL)
    seconds = time.monotonic() - begun
    assert not report.findings, report.findings
    assert report.size > FSCK_BYTES
    platform.close()
    return seconds


def main() -> int:
    """Measure and write the section."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found, peer = ours(folder, seed), dvc(folder, seed)
        seconds = checked(folder)
    figures = [
        Figure(
            f"of {FLIPS} random flipped bits in stored blobs, found on the next read", "500", str(found), found == FLIPS
        ),
        Figure(f"the same of {PEER_FLIPS} in DVC's cache, found by `dvc checkout`", "(peer)", str(peer), reached=True),
        Figure("`fsck` of 1 GB of blobs", "< 10 s", f"{seconds:.1f} s", seconds < 10),
    ]
    return 0 if write("Integrity", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
