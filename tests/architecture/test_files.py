"""Files keep to the shape of the house: named after a thing, short, screens one level below pages."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
DRAWERS = {"utils", "util", "helpers", "helper", "misc", "common"}
LONGEST = 400
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "X" + "XX")


def sources() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [Path(name) for name in done.stdout.splitlines() if (ROOT / name).exists()]


def test_no_file_is_a_drawer() -> None:
    assert [str(path) for path in sources() if path.stem in DRAWERS] == []


def test_no_source_file_is_longer_than_four_hundred_lines() -> None:
    written = [path for path in sources() if path.parts[0] != "tests"]
    lengths = {str(path): len((ROOT / path).read_bytes().splitlines()) for path in written}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_script_lies_directly_in_pages() -> None:
    """Streamlit would run such a file by its name alone, without the sign-in gate of the shell."""
    assert [path.name for path in (ROOT / "pages").glob("*.py") if path.name != "__init__.py"] == []


def test_no_source_file_is_marked_unfinished() -> None:
    marked = [str(path) for path in sources() if any(mark in (ROOT / path).read_text() for mark in UNFINISHED)]
    assert marked == []
