"""Where data is fetched from, and can be fetched again."""

from core.records.base import Record


class Origin(Record):
    """An address, and for a database the query that is asked there.

    ``url`` holds no secret: where one belongs it says ``${NAME}``, and the settings know what that stands for.
    """

    url: str
    query: str | None = None

    def __str__(self) -> str:
        """Return the address, and the query on one line."""
        return self.url if self.query is None else f"{self.url}: {' '.join(self.query.split())}"
