"""Errors of retraining by itself: rules, plans, simulations; see :mod:`core.errors`."""

from core.errors import Conflict, InvalidInput, NotFound


class RuleNotFound(NotFound):
    """There is no retraining rule {id}. See `pilothouse rule list`."""


class InvalidRule(InvalidInput):
    """The rule cannot be saved: {problem}"""


class SuggestionNotFound(NotFound):
    """There is no suggestion {id}. See `pilothouse rule suggestions`."""


class SuggestionAnswered(Conflict):
    """The suggestion {id} waits no longer: {problem}."""


class InvalidPlan(InvalidInput):
    """The retraining plan cannot be saved: {problem}"""


class TooFewLabelled(InvalidInput):
    """{count} logged predictions have a label; {needed} are needed to learn from them."""


class CannotSimulate(InvalidInput):
    """The past cannot be played through: {problem}."""


class SimulationNotFound(NotFound):
    """There is no simulation {id}. See `pilothouse simulations`."""
