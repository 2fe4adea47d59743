"""Which sessions clients have now, by session key and by connection."""

from collections.abc import Iterator

from sesssrvr.sessions.live_session import LiveSession
from verdigris.link import Link


class LentSessions:
    """The index of sessions in use.

    A session is found here until its client is done with it, even when its host session has ended
    meanwhile: the client is to hear why.
    """

    def __init__(self) -> None:
        self._by_key: dict[str, LiveSession] = {}
        self._by_link: dict[Link, set[str]] = {}

    def __repr__(self) -> str:
        return f"<LentSessions [{len(self._by_key)} sessions, {len(self._by_link)} clients]>"

    def add(self, session: LiveSession) -> None:
        """Enter a session that has just been lent."""
        assert session.link is not None  # noqa: S101 - a client has it
        self._by_key[session.key] = session
        self._by_link.setdefault(session.link, set()).add(session.key)

    def remove(self, session: LiveSession) -> None:
        """Take out a session that its client is about to lose, if it is here."""
        self._by_key.pop(session.key, None)
        keys = self._by_link.get(session.link) if session.link is not None else None
        if keys is not None and session.link is not None:
            keys.discard(session.key)
            if not keys:
                del self._by_link[session.link]

    def get(self, key: str) -> LiveSession | None:
        """The session that is lent under this key."""
        return self._by_key.get(key)

    def of(self, link: Link) -> Iterator[tuple[str, LiveSession]]:
        """Keys and sessions of one connection."""
        for key in tuple(self._by_link.get(link, ())):
            if (session := self._by_key.get(key)) is not None:
                yield key, session
