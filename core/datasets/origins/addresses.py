"""Addresses of data: no secret stands in one that is kept, shown or logged; where one belongs it says ``${NAME}``."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlsplit

from core.data_errors import OriginRefused
from core.records.base import clipped
from core.records.origin import Origin

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_FIELD = re.compile(
    r"pass(word|wd)?|pwd|(client[-_]?)?secret|([a-z]+[-_])?token|api[-_]?key|access[-_]?key(id)?|key|sig|signature|credential|auth|sas"
    r"|x-(amz|goog)-(signature|credential|security-token)",
    re.IGNORECASE,
)
_LONGEST = 2_000
_LONGEST_QUERY = 20_000
HIDDEN = "***"
DATABASES = (
    "sqlite",
    "postgresql",
    "postgres",
    "mysql",
    "mariadb",
    "mssql",
    "oracle",
    "duckdb",
    "snowflake",
    "redshift",
)
"""Names of databases by which an address is known to need a query."""


def checked(origin: Origin) -> Origin:
    """Return an origin that can be kept.

    Raises:
        OriginRefused: it is no address, a secret stands in it, or a query is missing or without use.
    """
    url = origin.url.strip()
    if not url or url != clipped(url, _LONGEST) or "://" not in url:
        told = clipped(url, 80) or "nothing"
        raise OriginRefused(
            origin=told,
            problem="write an address like https://host/table.csv, s3://bucket/table.parquet or file:///...",
        )
    _refuse_secrets(url)
    is_database = scheme(url).partition("+")[0] in DATABASES
    query = (origin.query or "").strip()
    if is_database and not query:
        raise OriginRefused(origin=url, problem="a database needs a query. Give it with --sql.")
    if query and not is_database:
        raise OriginRefused(origin=url, problem=f"a query is for databases: {', '.join(DATABASES[:4])} and others.")
    if len(query) > _LONGEST_QUERY or "\x00" in query:
        raise OriginRefused(
            origin=url, problem=f"the query has more than {_LONGEST_QUERY:,} characters, or zero bytes."
        )
    return Origin(url=url, query=query or None)


def scheme(url: str) -> str:
    """Return what stands before ``://``, in lower case."""
    return url.partition("://")[0].lower()


def resolved(url: str, secrets: Mapping[str, str], plain: str = "") -> str:
    """Return the address with the secrets it refers to, spelled as addresses spell them; ``plain`` are characters of
    secrets that stay as they are.

    Raises:
        OriginRefused: the settings do not know one of them.
    """

    def secret(found: re.Match[str]) -> str:
        if found[1] not in secrets:
            known = ", ".join(sorted(secrets)) or "none"
            raise OriginRefused(
                origin=url, problem=f"the setting PILOTHOUSE_SECRETS has no {found[1]}. It has: {known}."
            )
        return quote(secrets[found[1]], safe=plain)

    return _REFERENCE.sub(secret, url)


def masked(text: str, secrets: Mapping[str, str]) -> str:
    """Return ``text`` without any secret, however it is spelled."""
    for value in sorted(secrets.values(), key=len, reverse=True):
        for spelled in {value, quote(value, safe=""), quote(value)} if value else ():
            text = text.replace(spelled, HIDDEN)
    return text


def file_name(origin: Origin) -> str:
    """Return what the data is called: the last part of the address, or for a query the database."""
    parts = urlsplit(_REFERENCE.sub("", origin.url))
    last = parts.path.rstrip("/").rpartition("/")[2]
    if origin.query is None:
        return last or parts.hostname or "data"
    stem = last.rpartition(".")[0] or last or parts.hostname or "database"
    return f"{stem}-query.parquet"


def _refuse_secrets(url: str) -> None:
    parts = urlsplit(url)
    _, _, password = parts.netloc.rpartition("@")[0].partition(":")
    if password and not _REFERENCE.fullmatch(password):
        raise OriginRefused(
            origin=url.replace(password, HIDDEN),
            problem="a password stands in the address, and addresses are kept. Write ${NAME} in its place, and set "
            'PILOTHOUSE_SECRETS={{"NAME": "the password"}}'.replace("{{", "{").replace("}}", "}")
            + ".",
        )
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if value and _SECRET_FIELD.fullmatch(name) and not _REFERENCE.fullmatch(value):
            raise OriginRefused(
                origin=f"{url.partition('?')[0]}?{HIDDEN}",
                problem=f"the part {clipped(name, 40)}=... of the address is a secret, and addresses are kept. Write "
                "${NAME} in its place, and name it in PILOTHOUSE_SECRETS.",
            )
