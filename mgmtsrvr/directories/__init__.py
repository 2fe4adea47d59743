"""Who somebody is: native users, LDAP directories, issuers of OpenID Connect, behind one door.

Law (tests/mgmtsrvr/directories): whoever cannot be found out to be a user is refused; a directory
that does not answer is never a yes. Passwords are checked off the event loop, a bounded number at
a time, and are kept nowhere.
"""

from mgmtsrvr.directories.authenticator import Authenticated, Authenticator
from mgmtsrvr.directories.directory import PasswordDirectory, Refused, Unknown


__all__ = ["Authenticated", "Authenticator", "PasswordDirectory", "Refused", "Unknown"]
