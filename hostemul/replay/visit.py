"""A recording as a terminal that calls: does what the recorded terminal did, and compares the host.

Law: the terminal sends what it sent then, in its order, each time the host has answered as often as
it did; what the host does otherwise is reported by kind, length and place, never with its text.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from hostemul.replay.conversation import Conversation
from hostemul.replay.difference import MASKS
from hostemul.replay.player import Player, Stage
from hostemul.replay.recording import Expects, Recording, RecordingError, Sends


END: Final = b"\xff\xef"  # of a record
_UNKNOWN: Final = "what the terminal sent is not in this recording"


def turned(
    recording: Recording, secrets: Collection[str] = (), codepage: str = "cp037"
) -> Recording:
    """The recording with the sides exchanged: what the terminal sent is sent.

    Args:
        recording: as it was made.
        secrets: what the recording masks; each stands for asterisks of its length.
        codepage: of the host, if it has records.

    Raises:
        RecordingError: it does not tell what the terminal sent.
    """
    steps: list[Sends | Expects] = []
    for number, step in enumerate(recording.steps, 1):
        if isinstance(step, Sends):
            steps.append(Expects(step.data))
        elif step.data is None:
            raise RecordingError(recording.name, number, _UNKNOWN)
        else:
            steps.append(Sends(_unmasked(step.data, secrets, codepage)))
    if not any(isinstance(step, Sends) for step in steps):
        raise RecordingError(recording.name, 1, _UNKNOWN)
    return Recording(recording.name, tuple(steps))


def _unmasked(data: bytes, secrets: Collection[str], codepage: str) -> bytes:
    for secret in sorted(secrets, key=len, reverse=True):
        coded = secret.encode(codepage if END in data else "utf-8", "replace")
        for mask in MASKS:
            data = data.replace(bytes((mask,)) * len(coded), coded)
    return data


class Visitor(Player):
    """The recorded terminal at a real host.

    Args:
        stage: with the recording as it is; `patience` is what the host may take for an answer.
        secrets, codepage: see `turned`.
    """

    def __init__(
        self, stage: Stage, secrets: Collection[str] = (), codepage: str = "cp037"
    ) -> None:
        super().__init__(replace(stage, recording=turned(stage.recording, secrets, codepage)))
        self._play = Conversation(self._stage.recording, of_terminal=False)

    def _set_patience(self) -> None:
        """A host that does not answer is given up; a play that is over ends the connection."""
        if self._waiting is not None and self._waiting.active():
            self._waiting.cancel()
        if self._sending is not None and self._sending.active():
            return
        if self._play.done:
            self._leave()
        else:
            self._waiting = self._stage.clock.callLater(self._stage.patience, self._impatient)

    def _impatient(self) -> None:
        self._leave()
