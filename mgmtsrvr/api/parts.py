"""The parts of the installation, listed and removed."""

from typing import cast

from mgmtsrvr.api.combined_views import CombinedViews
from mgmtsrvr.api.queries import Queries
from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.schemas import Changed, ManagementServerView, PartView, ServerView
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
        views: of all management servers.
        queries: this one's own view.
    """

    def __init__(
        self,
        configuration: Configuration,
        membership: Membership | None,
        views: CombinedViews,
        queries: Queries,
    ) -> None:
        self._configuration = configuration
        self._membership = membership
        self._views = views
        self._queries = queries

    async def parts(self, request: ApiRequest) -> ApiReply:
        """List the parts of the installation."""
        found = self._configuration.installation
        asked = await self._views.management_servers(request)
        states = {
            (role, it.name): it.state
            for role, reply in (
                (Role.MANAGEMENT_SERVER, asked),
                (Role.SESSION_SERVER, await self._queries.servers(request)),
            )
            for it in cast("list[ManagementServerView | ServerView]", reply.body)
        }
        listed = [
            *(
                (Role.MANAGEMENT_SERVER, it.name, str(it.address))
                for it in found.management_servers
            ),
            *((Role.SESSION_SERVER, it.name, str(it.address or "")) for it in found.servers),
            *((Role.GATEWAY, name, "") for name in found.gateways),
        ]
        parts = [
            PartView(role=role, name=name, address=at, state=states.get((role, name), ""))
            for role, name, at in listed
        ]
        return ApiReply(parts, headers=asked.headers)

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
