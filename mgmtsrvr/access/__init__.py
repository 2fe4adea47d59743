"""Who may do what here: the users in force, logins and their keys.

Law (tests/mgmtsrvr/access): who somebody is, is proved by a token that a management server of this
installation signed, or by one of an issuer in the settings; what they may do is asked of the users in
force at each act.
"""

from mgmtsrvr.access.logins import LoggedIn, Logins
from mgmtsrvr.access.session_access import SessionAccess, SessionUser
from mgmtsrvr.access.token_keys import TokenKeys
from mgmtsrvr.access.users import UsersInForce


__all__ = ["LoggedIn", "Logins", "SessionAccess", "SessionUser", "TokenKeys", "UsersInForce"]
