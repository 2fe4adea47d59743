"""The Authorization header of a request: HTTP Basic (RFC 7617) and bearer tokens (RFC 6750)."""

import base64
import binascii

from verdigris.errors import BadRequest
from verdigris.values import NOBODY, Credentials


def authorization_of(header: str | None) -> Credentials:
    """The credentials of an Authorization header; `NOBODY` if it is absent or of another scheme.

    Raises:
        BadRequest: it says Basic or Bearer and is none.
    """
    if not header:
        return NOBODY
    scheme, _, rest = header.strip().partition(" ")
    match scheme.lower():
        case "basic":
            return _basic(rest.strip())
        case "bearer":
            return _bearer(rest.strip())
    return NOBODY


def _bearer(token: str) -> Credentials:
    if not token or not token.isascii() or " " in token:
        raise BadRequest(problem="its Authorization header does not hold a bearer token")
    return Credentials(token=token)


def _basic(text: str) -> Credentials:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest(problem="its Authorization header is no HTTP Basic") from None
    try:
        pair = raw.decode()
    except UnicodeDecodeError:
        pair = raw.decode("latin-1")
    user, colon, password = pair.partition(":")
    if not colon or not user:
        raise BadRequest(problem="its Authorization header is no HTTP Basic")
    return Credentials(user, password)
