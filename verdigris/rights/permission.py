"""Permissions, what each may be limited to, and the profiles as sets of them (product facts 10.1)."""

from collections.abc import Mapping
from enum import Enum
from typing import Final


class Permission(Enum):
    """An act that has to be permitted; the value is its name in users.xml, OpenAPI and errors."""

    USE = "use"
    """Open sessions and call procedures."""
    METADATA = "metadata"
    """List models and pools; read their tables, procedures and WSDL."""
    VIEW = "view"
    """See servers, domains, pools, sessions without their screens, allocations, the installation."""
    SEE_SCREENS = "see-screens"
    """See the masked screens and traces of sessions."""
    TAKE_OVER = "take-over"
    """Type into the session of another user."""
    END_SESSIONS = "end-sessions"
    """End the session of another user."""
    OPERATE = "operate"
    """Drain, resume, maintenance; start and stop pools."""
    DEPLOY = "deploy"
    """Deploy and undeploy models."""
    CHANGE_INSTALLATION = "change-installation"
    """Replace the installation document."""
    MANAGE_USERS = "manage-users"
    """Read and change users, groups, profiles, grants and directories."""
    JOIN = "join"
    """Let machines join the installation, and remove them."""
    READ_MESSAGES = "read-messages"
    """Read the message log."""
    PURGE_MESSAGES = "purge-messages"
    """Delete messages of the message log."""
    READ_AUDIT = "read-audit"
    """Read the audit log."""


class Profile(Enum):
    """A named set of permissions; a user or group may be in several."""

    ADMINISTRATOR = "Administrator"
    DEVELOPER = "Developer"
    USER = "User"


PROFILES: Final[Mapping[Profile, frozenset[Permission]]] = {
    Profile.ADMINISTRATOR: frozenset(Permission) - {Permission.USE},
    Profile.DEVELOPER: frozenset({Permission.VIEW, Permission.METADATA, Permission.READ_MESSAGES}),
    Profile.USER: frozenset({Permission.USE, Permission.METADATA}),
}
"""What each profile permits, without limits: calling procedures belongs to User alone (product facts 10.1)."""

_SERVICE: Final = frozenset({"model", "pool", "domain"})
_SESSION: Final = frozenset({"model", "pool"})

LIMITS: Final[Mapping[Permission, frozenset[str]]] = {
    Permission.USE: _SERVICE,
    Permission.METADATA: _SESSION,
    Permission.SEE_SCREENS: _SESSION,
    Permission.TAKE_OVER: _SESSION,
    Permission.END_SESSIONS: _SESSION,
    Permission.OPERATE: frozenset({"pool"}),
    Permission.DEPLOY: frozenset({"model"}),
}
"""What a grant of a permission may be limited to; a permission that is not here is all or nothing."""
