"""One difference between two versions of the installation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        kind: "session server", "domain", "member", "management server", "model" or "pool".
        name: of the server, domain, model or pool; of a member "domain/server".
        change: "added", "removed" or "changed".
        text: what it means, a sentence.
    """

    kind: str
    name: str
    change: str
    text: str
