"""Secrets of an installation, looked for where they do not belong: logs, traces, metrics, faults, everything on the disk."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.support.fault_matrix.installation import GATEWAYS, MANAGERS, SecureInstallation


PAGES = ("/metrics", "/ready", "/servers", "/domains", "/allocations", "/installation", "/version")
"""Of the administration API, to somebody who may see everything."""

TELLERS = range(1, 200)
"""Whom the bank knows: TELLER7 signs on with BANK7; the package has all of them, compressed."""

HOME = re.compile(r"(^|/)(key\.pem|token-keys/[^/]+\.pem)$")
"""Where private keys are at home, readable by their owner alone."""


def secrets_of(there: SecureInstallation) -> dict[str, bytes]:
    """What nobody may be shown, by a name that may be; passwords of the host also as a trace would have them."""
    found = {"the password of admin": there.town.fleet.password.encode()}
    for manager, token in there.administration.tokens.items():
        found[f"a token of {manager}"] = token.rpartition(".")[2].encode()
    for path in there.folder.rglob("*.pem"):
        if HOME.search(str(path)):
            lines = path.read_bytes().splitlines()
            found[f"the key in {path.relative_to(there.folder)}"] = lines[len(lines) // 2]
    for number in TELLERS:
        password = f"BANK{number}"
        found[f"the password of TELLER{number}"] = password.encode()
        found[f"the typed password of TELLER{number}"] = password.encode("cp037").hex().encode()
    return found


def shown_secrets(there: SecureInstallation, told: Sequence[str]) -> Iterator[str]:
    """Where secrets are and do not belong.

    Args:
        there: the installation.
        told: what clients were told of failures.
    """
    yield from shown(secrets_of(there), _everything(there, told))


def shown(secrets: Mapping[str, bytes], texts: Iterator[tuple[str, bytes]]) -> Iterator[str]:
    """Which secrets are in which texts."""
    words = {value: name for name, value in secrets.items()}
    longest_first = sorted(words, key=len, reverse=True)
    pattern = re.compile(b"(?:" + b"|".join(map(re.escape, longest_first)) + rb")(?![0-9])")
    for name, data in texts:
        for value in {it[0] for it in pattern.finditer(data)}:
            yield f"{words[value]} is in {name}"


def _everything(there: SecureInstallation, told: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for text in set(told):
        yield "an error", text.encode()
    for manager in MANAGERS:
        for path in PAGES:
            yield f"{path} of {manager}", repr(there.ask(manager, path)).encode()
    for gateway in GATEWAYS:
        for path in ("/metrics", "/ready"):
            yield f"{path} of {gateway}", there.town.get(path, gateway)[1].encode()
    for path in there.folder.rglob("*"):
        if path.is_file() and not HOME.search(str(path)):
            yield str(path.relative_to(there.folder)), _content(path)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # etcd removes what it needs no longer
        return b""
