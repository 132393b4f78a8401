"""Why something has no compiled form."""


class Unsupported(Exception):  # noqa: N818 - a finding, not a failure
    """A step or model without a compiled form; the message says which, for the version's page."""


def name_of(step: object) -> str:
    """Return the class of a fitted scikit-learn object; one of another library by its full name."""
    kind = type(step)
    return kind.__name__ if kind.__module__.startswith("sklearn.") else f"{kind.__module__}.{kind.__qualname__}"
