"""Parts that join the installation, renew their certificates, and leave it."""

from mgmtsrvr.membership.membership import Membership


__all__ = ["Membership"]
