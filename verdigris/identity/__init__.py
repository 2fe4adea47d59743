"""Who a part of an installation is: certificates, the authority that signs them, and TLS with them.

Law: a part is known by the SAN URI of a certificate that its installation's authority signed, by
nothing else; what cannot be proved is refused in words (docs/security.md, decision 0254).
"""

from verdigris.identity.part import Part, Role
from verdigris.identity.security import Security


__all__ = ["Part", "Role", "Security"]
