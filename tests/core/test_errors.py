import inspect
import re
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from core import (
    data_errors,
    errors,
    maintenance_errors,
    model_errors,
    retraining_errors,
    serving_errors,
    training_errors,
)
from core.errors import AppError, InvalidRequest

ROOMS = (data_errors, errors, maintenance_errors, model_errors, retraining_errors, serving_errors, training_errors)
KINDS = [kind for room in ROOMS for _, kind in inspect.getmembers(room, inspect.isclass) if issubclass(kind, AppError)]
KINDS.remove(InvalidRequest)
ERRORS = [kind(**dict.fromkeys(re.findall(r"\{(\w+)", kind.__doc__ or ""), "this")) for kind in KINDS]
ERRORS.append(InvalidRequest(problem="bad", details=(("age", "is text"),)))


def fail(number: int) -> None:
    raise ERRORS[number]


def test_errors_cross_from_another_process_whole() -> None:
    with ProcessPoolExecutor(1, get_context("fork")) as child:
        for number, error in enumerate(ERRORS):
            with pytest.raises(AppError) as caught:
                child.submit(fail, number).result()
            assert type(caught.value) is type(error)
            assert (caught.value.message, caught.value.facts) == (error.message, error.facts)
    assert isinstance(caught.value, InvalidRequest)
    assert caught.value.details == (("age", "is text"),)
