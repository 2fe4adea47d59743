"""Questions about the audit logs: each management server has one of its own.

Law (tests/mgmtsrvr/test_audit_of_all.py): any management server can be asked about the records of all; those
that did not answer are named. Chains are not mixed: an export is of one server.
"""

from typing import Final

import msgspec

from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.unanswered import unanswered
from mgmtsrvr.audit import AuditLog
from mgmtsrvr.peers import OK, FromPeer, Peers
from verdigris.audit_record import AuditRecord, line_of
from verdigris.errors import PeerSilent, UnknownPart
from verdigris.identity import Role


LINES: Final = "application/x-ndjson"

AT_ONCE: Final = 10_000
"""Records of one answer of an export: 4 MB."""

EXPORTING: Final = 10.0
"""Seconds a management server has for as many."""


class AuditQueries:
    """The audit logs, asked.

    Args:
        audit: of this management server.
        server: its name.
        peers: the others.
    """

    def __init__(self, audit: AuditLog, server: str, peers: Peers) -> None:
        self._audit = audit
        self._server = server
        self._peers = peers

    async def audit(self, request: ApiRequest) -> ApiReply:
        """The last records, newest first."""
        who, act = request.query.get("who"), request.query.get("act")

        def wanted(record: AuditRecord) -> bool:
            return (who is None or record.who == who) and (act is None or record.act == act)

        most = min(request.number("last", 50), AT_ONCE)
        found = await self._audit.last(most, wanted)
        heard: list[FromPeer] = []
        if not request.own:
            heard = await self._peers.ask(request.path, {**request.query}, request.request_id)
        for one in heard:
            found += msgspec.convert(one.json or [], list[AuditRecord])
        found.sort(key=lambda it: (it.time, it.number), reverse=True)
        return ApiReply(found[:most], headers=unanswered(it.name for it in heard if not it.answer))

    async def export_audit(self, request: ApiRequest) -> ApiReply:
        """Records of one server in the order of their chain.

        Raises:
            UnknownPart: there is no such management server.
            PeerSilent: it does not answer.
        """
        after, server = request.number("after", 0), request.query.get("server", self._server)
        if server != self._server and not request.own:
            return await self._export_of(server, request)
        found = await self._audit.read(after, AT_ONCE)
        return ApiReply(b"".join(map(line_of, found)), media_type=LINES)

    async def _export_of(self, server: str, request: ApiRequest) -> ApiReply:
        query = {**request.query}
        heard = await self._peers.ask_one(
            server, request.path, query, request.request_id, seconds=EXPORTING
        )
        if heard is None:
            raise UnknownPart(role=Role.MANAGEMENT_SERVER.words, name=server)
        if heard.answer is None or heard.answer.status != OK:
            raise PeerSilent(server=server, reason=heard.problem or "it refuses")
        return ApiReply(heard.answer.body, media_type=LINES)
