"""The bytes of a model depend on data and spec alone, not on the process that learned it."""

import hashlib
import os
import subprocess
import sys

from core.training import model_file
from tests.core.training.steps import recipes

CODE = """
import hashlib
from core.training import model_file
from tests.core.training.steps import recipes
print(hashlib.sha256(model_file.dump(recipes.learned().fitted.pipeline)).hexdigest())
"""


def test_two_processes_make_the_same_bytes():
    hashes = {
        subprocess.run(
            [sys.executable, "-c", CODE],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": ".", "PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert hashes == {hashlib.sha256(model_file.dump(recipes.learned().fitted.pipeline)).hexdigest()}


def test_a_file_written_twice_is_the_same_and_another_seed_makes_another():
    pipeline = recipes.learned().fitted.pipeline
    assert model_file.dump(pipeline) == model_file.dump(pipeline)
    assert model_file.dump(recipes.learned(seed=1).fitted.pipeline) != model_file.dump(pipeline)
