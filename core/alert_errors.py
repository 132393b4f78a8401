"""Errors of alerts and the channels they are told over; see :mod:`core.errors`."""

from core.errors import Conflict, InvalidInput, NotFound, Unavailable


class AlertRuleNotFound(NotFound):
    """There is no alert rule {id}. See `pilothouse alert rules PROJECT`."""


class AlertNotFound(NotFound):
    """There is no alert {id}. See `pilothouse alert list PROJECT`."""


class ChannelNotFound(NotFound):
    """There is no channel {id}. See `pilothouse alert channels PROJECT`."""


class InvalidAlertRule(InvalidInput):
    """The alert rule cannot be saved: {problem}"""


class AlertIs(Conflict):
    """Alert {id} is {state}, so it cannot become {target}."""


class InvalidChannel(InvalidInput):
    """The channel {name!r} cannot be used: {problem}"""


class NotDelivered(Unavailable):
    """The channel {name!r} did not take the message: {problem}"""
