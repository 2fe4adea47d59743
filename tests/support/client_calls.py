"""Session calls of one client, performed on a session without a server."""

from collections.abc import MutableMapping
from typing import Any

from sesssrvr.model import Interaction, Model, run_call
from verdigris.wire import session_calls as calls


class Calls:
    """A client of one session: performs calls as the session server does.

    Args:
        model: what the session runs.
        host: a terminal with its host: has `screen` and `drive`.
        variables: the session's.
    """

    def __init__(self, model: Model, host: Any, variables: MutableMapping[str, str]) -> None:
        self.host, self.model = host, model
        self.interaction = Interaction(model, host.screen, variables)

    def __call__(self, *wanted: calls.AnyCall) -> Any:
        """The result of the last of these calls; each crosses the wire."""
        found: Any = None
        for call in wanted:
            sent = calls.read_call(calls.as_sent(call), 1)
            self.interaction.begin(self.host.screen, ())
            answered = self.host.drive(run_call(self.interaction, sent))
            found = calls.read_result(type(call), calls.as_sent(answered))
        return found
