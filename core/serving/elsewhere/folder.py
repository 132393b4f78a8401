"""An exported version as a folder: written apart, proved by its own server, and only then given its name."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.records.base import JsonObject
from core.records.model import ModelManifest
from core.serving.elsewhere import closure, texts
from core.serving.schemas import RequestSchema
from core.serving.standalone import FACTS
from core.serving_errors import ExportExists, NotExported
from core.training import environment, model_file

CHECK_S = 120.0
SERVING = ("uvicorn", "orjson", "pydantic", "numpy")
FAST = ("httptools", "uvloop")
"""What makes uvicorn faster, where it is installed."""


def write(
    target: Path, facts: JsonObject, files: Mapping[str, bytes], manifest: ModelManifest, image: str
) -> JsonObject:
    """Write a version as the folder ``target``, and return what its own check said.

    Args:
        target: where it goes; nothing may be there yet.
        facts: what stands in ``version.json``.
        files: the other files of the version by name.
        manifest: that of the version.
        image: what the container image is called.

    Raises:
        ExportExists: something is there.
        NotExported: the export does not answer as the version did at training.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ExportExists(path=target)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        unfinished.chmod(0o755)
        _fill(unfinished, facts, files, manifest, image)
        said = check(unfinished, facts["version"])
        if target.exists():
            target.rmdir()
        unfinished.replace(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return said


def _fill(folder: Path, facts: JsonObject, files: Mapping[str, bytes], manifest: ModelManifest, image: str) -> None:
    (folder / "model").mkdir()
    for name, content in {FACTS: json.dumps(facts, indent=2).encode(), **files}.items():
        (folder / "model" / name).write_bytes(content)
    is_compiled = manifest.compiled is not None and manifest.compiled.sha256 is not None
    for path in closure.modules(_entries(files, is_compiled=is_compiled)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(closure.ROOT / path, folder / path)
    needed = closure.distributions(_distributions(manifest, is_compiled=is_compiled))
    (folder / "requirements.txt").write_text("\n".join(needed) + "\n")
    told = {
        "project": manifest.project,
        "version": facts["version"],
        "model_sha256": manifest.model_sha256,
        "known_rows": len(manifest.probe),
        "image": image,
        "name": texts.kubernetes_name(manifest.project),
        "port": texts.PORT,
        "python": texts.python(),
        "compiled": " and in its compiled form, which answers" if is_compiled else "",
        "example": json.dumps(RequestSchema(manifest).example(), ensure_ascii=False).replace("'", "'\\''"),
    }
    for name, text in {
        "server.py": texts.SERVER,
        "Dockerfile": texts.DOCKERFILE,
        "inference-service.yaml": texts.KSERVE,
        "README.md": texts.README,
    }.items():
        (folder / name).write_text(text.substitute(told), encoding="utf-8")


def _entries(files: Mapping[str, bytes], *, is_compiled: bool) -> list[str]:
    """Return the modules of ours that answer: the compiled form's, or the pipeline's with those of its steps."""
    if is_compiled:
        return ["core.serving.standalone", "core.training.compiled.engine"]
    types = {name for name, _ in model_file.nodes(files["model.skops"])}
    steps = {name.rpartition(".")[0] for name in types if name.startswith("core.")}
    return ["core.serving.standalone", "core.training.tables", "core.training.model_file", *sorted(steps)]


def _distributions(manifest: ModelManifest, *, is_compiled: bool) -> Sequence[str]:
    faster = tuple(name for name in FAST if name in environment.distributions())
    if is_compiled:
        is_walked = manifest.compiled is not None and manifest.compiled.kind == "trees"
        return (*SERVING, *faster, *(("onnxruntime",) if is_walked else ()))
    boosters = tuple(name for name in environment.OPTIONAL if name in environment.distributions())
    wanted = tuple(name for name in boosters if manifest.estimator.startswith(name.partition("-")[0]))
    return (*SERVING, *faster, *environment.REQUIREMENTS, *wanted)


def check(folder: Path, version: int) -> JsonObject:
    """Let the folder's own server answer its known rows, in a process that sees the folder's code alone.

    Raises:
        NotExported: it does not, or not as at training.
    """
    command = [sys.executable, "-B", "-E", "-s", "server.py", "--check"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PILOTHOUSE"))}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own text
            command, cwd=folder, env=kept, capture_output=True, text=True, timeout=CHECK_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        problem = f"its own check took more than {CHECK_S:g} s."
        raise NotExported(version=version, problem=problem) from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["its own check failed"])[-1]
        raise NotExported(version=version, problem=f"its own check said: {last[:300].removesuffix('.')}.")
    said: JsonObject = json.loads(done.stdout)
    if Path(said["code_in"]).resolve() != folder.resolve():
        raise NotExported(version=version, problem="its own check ran with code from elsewhere.")
    return said
