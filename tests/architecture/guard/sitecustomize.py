"""Loaded by every Python process that has this folder on PYTHONPATH: nothing may reach past this machine.

Each attempt to look up or connect to an address beyond loopback is written to the file GUARD_LOG and refused. Each
process leaves its command line in the file GUARD_STARTS, so that a test can tell that the guard was there.
"""

import json
import os
import sys
from ipaddress import ip_address

LOCAL_NAMES = {"", "localhost", "localhost.localdomain", "ip6-localhost"}
LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname"}
TRAFFIC = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}


def is_local(host: object) -> bool:
    """Tell whether ``host`` is this machine itself; None is how servers ask for any of its addresses."""
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in LOCAL_NAMES:
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def host_of(event: str, arguments: tuple[object, ...]) -> object:
    """The host an audited call is about; None where it is no call over a network."""
    if event in LOOKUPS:
        return arguments[0]
    if event in TRAFFIC:
        address = arguments[TRAFFIC[event]]
        return address[0] if isinstance(address, tuple) and isinstance(address[0], str) else None
    return None


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """Record and refuse what is not local."""
    host = host_of(event, arguments)
    if is_local(host):
        return
    line = json.dumps({"event": event, "host": str(host), "process": sys.argv[:4] or [sys.executable]})
    with open(os.environ["GUARD_LOG"], "a", encoding="utf-8") as log:  # noqa: PTH123 - this runs before pathlib is loaded
        log.write(line + "\n")
    raise PermissionError(f"{event} to {host} was refused: this process may talk to its own machine only")


if "GUARD_LOG" in os.environ:
    sys.addaudithook(watch)
if "GUARD_STARTS" in os.environ:
    with open(os.environ["GUARD_STARTS"], "a", encoding="utf-8") as starts:  # noqa: PTH123 - as above
        starts.write(" ".join(sys.orig_argv).replace("\n", " ") + "\n")
