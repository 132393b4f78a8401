"""What every prediction log refuses."""

import math
import re

from core.errors import InvalidInput, InvalidName
from core.records.prediction import LoggedPrediction

PROJECT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def check_project(name: str) -> None:
    """Refuse what cannot be a project's name, and so a folder's.

    Raises:
        InvalidName: it cannot.
    """
    if not PROJECT.fullmatch(name):
        raise InvalidName(name=name, what="project", such="")


def check_answer(answer: LoggedPrediction) -> None:
    """Refuse an answer that could not be read back.

    Raises:
        InvalidInput: it holds a number that is not finite.
    """
    numbers = (answer.prediction, answer.score, answer.latency_ms)
    if any(isinstance(number, float) and not math.isfinite(number) for number in numbers):
        raise InvalidInput(problem=f"answer {answer.prediction_id} holds a number that is not finite")
