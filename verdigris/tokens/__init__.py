"""Tokens that management servers sign: a login, and the right to open one session on one server.

Law (tests/verdigris/tokens): a token says what was signed or is refused; one kind is never taken for
the other, nor one of another installation or server. Signed JSON (JWS, RFC 7515) with Ed25519 alone,
explicitly typed (RFC 8725, 3.1 and 3.11; decision 0256). Pure: time, keys and ids are arguments.
"""

from verdigris.tokens.keys import PublicKey, SigningKey, key_id
from verdigris.tokens.login_token import UserLogin, read_login, sign_login
from verdigris.tokens.rotation import Rotation, rotation
from verdigris.tokens.session_token import SessionRight, read_session_right, sign_session_right


__all__ = [
    "PublicKey",
    "Rotation",
    "SessionRight",
    "SigningKey",
    "UserLogin",
    "key_id",
    "read_login",
    "read_session_right",
    "rotation",
    "sign_login",
    "sign_session_right",
]
