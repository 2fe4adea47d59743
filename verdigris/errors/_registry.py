"""The coded registry: one number, one sentence and one piece of advice per thing that can go wrong.

Law: every error that can reach a user is a class registered here by `coded`; its number never
changes meaning; its sentence is built from named facts only, so that it can travel between the
processes as (code, facts) and be formatted in the same words by the receiver. Facts never hold
secrets. SOAP fault, REST problem, log line, command line and docs/reference/errors.md are made from here.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar, Final, Literal, Self, TypeVar


Blame = Literal["client", "server"]

Effect = Literal["", "none", "unknown"]
"""What a failed call may have done at the host: nothing ("none": nothing was begun, or it only
reads), perhaps something ("unknown"), or nobody has said ("")."""

MAY_HAVE_ACTED: Final = (
    "The procedure may have been performed. Check on the host before you repeat it{search}."
)
"""The advice of every error with an unknown effect, whatever its number."""


class VerdigrisError(Exception):
    """The root of every error a user can meet.

    Args:
        facts: what the sentence names. Values are turned into text at once.

    Attributes:
        code: the number users search for; stable for ever.
        http: HTTP status of REST answers and of the administration API.
        blame: whose turn it is: "client" (the request has to change) or "server".
        text: the sentence, a format string over the facts.
        advice: what to do next.
        transient: the cause may pass by itself. Whether the call may be repeated depends on what it
            may have done, see `retry`.
        usual_effect: the effect of an error for which nobody has set one.
        effect: what the call may have done at the host, set by the part that knows: the session
            server (has a key been sent?) or the connector (has the call left?).
        details: further material for people: allocation trail, masked screen, problems found.
    """

    code: ClassVar[int] = 0
    http: ClassVar[int] = 500
    blame: ClassVar[Blame] = "server"
    text: ClassVar[str] = "{text}"
    advice: ClassVar[str] = ""
    transient: ClassVar[bool] = False
    usual_effect: ClassVar[Effect] = ""

    def __init__(self, details: Mapping[str, object] | None = None, /, **facts: object) -> None:
        self.facts: dict[str, str] = {name: str(value) for name, value in facts.items()}
        self.details: dict[str, object] = dict(details or {})
        self.request_id = ""
        self.effect: Effect = ""
        super().__init__(self.text.format_map(_Facts(self.facts)))

    def __str__(self) -> str:
        return str(self.args[0])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.code}: {self}>"

    def __reduce__(self) -> tuple[object, ...]:
        state = {"effect": self.effect, "request_id": self.request_id}
        return (revive, (self.code, self.facts, self.details), state)

    @property
    def may_have_acted(self) -> bool:
        """Whether the host may have performed something that must not be repeated unseen."""
        return (self.effect or self.usual_effect) == "unknown"

    @property
    def retry(self) -> bool:
        """Whether the unchanged call may be repeated: the cause may pass, and nothing was done.

        Law: never true of a write that the host may have performed
        (tests/gateway/test_failed_writes.py).
        """
        return self.transient and not self.may_have_acted

    @property
    def next_step(self) -> str:
        """The advice with the facts filled in; the one a peer sent with its error goes first.

        Where the host may have acted, the first advice is to look there; that of an error whose
        cause may pass would be to call again, and is left out.
        """
        advice = self.facts.get("advice") or self.advice.format_map(_Facts(self.facts))
        if not self.may_have_acted:
            return advice
        name = self.facts.get("first") or self.request_id
        search = f"; the logs of Verdigris have the call under request id {name}" if name else ""
        first = MAY_HAVE_ACTED.format(search=search)
        return first if self.transient else f"{first} {advice}"

    def settle(self, *, writes: bool) -> Self:
        """Set the effect, unless a part that knows has set it, and return the error itself.

        Args:
            writes: the call was handed over, and may have changed something at the host.
        """
        if not writes:
            self.effect = "none"
        elif not self.effect:
            self.effect = self.usual_effect or "unknown"
        return self

    def with_details(self, **details: object) -> Self:
        """Add material for people (trail, screen) and return the error itself."""
        self.details.update(details)
        return self


class _Facts(dict[str, str]):
    """Facts for `format_map`: one that is missing shows as a question mark, never a KeyError."""

    def __missing__(self, key: str) -> str:
        return "?"


E = TypeVar("E", bound=VerdigrisError)
CODES: Final[dict[int, type[VerdigrisError]]] = {}


class DuplicateCodeError(Exception):
    """Two classes claim one number: a programming error, raised at import."""


def coded(
    code: int,
    *,
    http: int,
    advice: str,
    blame: Blame | None = None,
    transient: bool = False,
    effect: Effect = "",
) -> Callable[[type[E]], type[E]]:
    """Register an error class by its number.

    Args:
        code: the number.
        http: the status REST answers carry.
        advice: what the person who meets it does next.
        blame: whose turn it is; by default from the status: 4xx the client's, else the server's.
        transient: whether the cause may pass by itself.
        effect: what it usually says of the call: "none" where it is only raised before a
            procedure is begun, "unknown" where it may be raised in the middle of one.
    """

    def register(error: type[E]) -> type[E]:
        if CODES.setdefault(code, error) is not error:
            raise DuplicateCodeError(code)
        error.code, error.http, error.advice = code, http, advice
        error.transient = transient
        error.usual_effect = effect or error.usual_effect
        error.blame = blame or ("client" if 400 <= http < 500 else "server")  # noqa: PLR2004 - HTTP classes
        return error

    return register


def revive(
    code: int, facts: Mapping[str, str], details: Mapping[str, object] | None = None
) -> VerdigrisError:
    """Make again the error that another part sent as (code, facts, details).

    A code this version does not know (a newer peer) keeps its number and says so.
    """
    known = CODES.get(code)
    if known is not None:
        return known(details, **facts)
    others = {name: value for name, value in facts.items() if name != "number"}
    return UnknownPeerError(details, number=code, **others)


@coded(
    9001,
    http=500,
    advice="The two components run different versions. Look up the number in the documentation of the newer one.",
)
class UnknownPeerError(VerdigrisError):
    """A peer sent a code that this version does not have."""

    text = (
        "Another component of Verdigris reported error {number}, which this version does not know."
    )


@coded(
    9000,
    http=500,
    advice="Report this error with its request id; the cause is in the server's log.",
)
class InternalError(VerdigrisError):
    """A programming error of ours. The cause is in the log, under the request id, never in a reply."""

    text = "Verdigris could not complete the request because of an internal error ({what})."
