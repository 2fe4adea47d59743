"""The parts of the installation, listed and removed."""

from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.schemas import Changed, PartView
from mgmtsrvr.configuration import Configuration
from mgmtsrvr.membership import Membership
from verdigris.errors import BadRequest, UnknownPart
from verdigris.identity import Role
from verdigris.identity.part import WITH_CERTIFICATES


class Parts:
    """The parts that have joined.

    Args:
        configuration: the installation, which lists them.
        membership: takes them out; None on plain text, where parts have no certificates.
    """

    def __init__(self, configuration: Configuration, membership: Membership | None) -> None:
        self._configuration = configuration
        self._membership = membership

    async def parts(self, request: ApiRequest) -> ApiReply:
        """List the parts of the installation."""
        del request
        found = self._configuration.installation
        listed = [
            *(
                (Role.MANAGEMENT_SERVER, it.name, str(it.address))
                for it in found.management_servers
            ),
            *((Role.SESSION_SERVER, it.name, str(it.address or "")) for it in found.servers),
            *((Role.GATEWAY, name, "") for name in found.gateways),
        ]
        return ApiReply([PartView(role=role, name=name, address=at) for role, name, at in listed])

    async def remove_part(self, request: ApiRequest) -> ApiReply:
        """Take a part out of the installation, and revoke its certificates."""
        role, name = _role(request.names["role"]), request.names["part"]
        if self._membership is None:
            raise BadRequest(
                problem="the installation speaks plain text: its parts have no certificates; edit the installation"
            )
        revision = await self._membership.remove(role, name)
        return ApiReply(Changed(server=name, done=f"{role.words} is removed", revision=revision))


def _role(text: str) -> Role:
    if text not in WITH_CERTIFICATES:
        raise UnknownPart(role=text, name="?")
    return Role(text)
