"""An error as HTTP tells it: application/problem+json (RFC 9457), from the coded registry.

Law: the same error gives the same document at every HTTP endpoint of the product; nothing is in it
that is not in the error, so no secret and no traceback.
"""

import re
from typing import Any, Final, cast

import msgspec

from verdigris.errors import VerdigrisError


MEDIA_TYPE: Final = "application/problem+json"


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a client reads.

    Attributes:
        type: names the error; see docs/reference/errors.md.
        title: its name in words, the same for every occurrence.
        status: the HTTP status.
        detail: the sentence, with the facts of this occurrence.
        code: the number users search for.
        advice: what to do next.
        retry: the same request may be repeated: its cause may pass, and nothing was done.
        effect: "none": the request has changed nothing at the host; "unknown": it may have; absent
            where no procedure was asked for.
        request_id: under which every log has it.
        details: further material: trail, masked screen, problems found.
    """

    type: str
    title: str
    status: int
    detail: str
    code: int
    advice: str
    retry: bool = False
    effect: str = ""
    instance: str = ""
    request_id: str = ""
    details: dict[str, Any] = {}


def problem_of(error: VerdigrisError, instance: str = "") -> ProblemDocument:
    """The document for an error.

    Args:
        error: what happened.
        instance: the URL path it happened at.
    """
    details = msgspec.to_builtins(error.details, enc_hook=str, str_keys=True)
    return ProblemDocument(
        type=f"urn:verdigris:error:{error.code}",
        title=_words(type(error).__name__),
        status=error.http,
        detail=str(error),
        code=error.code,
        advice=error.next_step,
        retry=error.retry,
        effect=error.effect or ("unknown" if error.may_have_acted else ""),
        instance=instance,
        request_id=error.request_id,
        details=cast("dict[str, Any]", details),
    )


def problem_json(error: VerdigrisError, instance: str = "") -> bytes:
    """The bytes of the document for an error."""
    return msgspec.json.encode(problem_of(error, instance))


def _words(name: str) -> str:
    """NoServerAvailable -> No server available."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()
