import pytest

from tests.core.models.house import House


@pytest.fixture
def house() -> House:
    return House()
