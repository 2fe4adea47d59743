"""Questions about the audit log of this management server."""

from typing import Final

from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.audit import AuditLog
from verdigris.audit_record import AuditRecord, line_of


LINES: Final = "application/x-ndjson"

AT_ONCE: Final = 10_000
"""Records of one answer of an export: 4 MB."""


class AuditQueries:
    """The audit log, asked.

    Args:
        audit: of this management server.
    """

    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit

    async def audit(self, request: ApiRequest) -> ApiReply:
        """The last records, newest first."""
        who, act = request.query.get("who"), request.query.get("act")

        def wanted(record: AuditRecord) -> bool:
            return (who is None or record.who == who) and (act is None or record.act == act)

        most = min(request.number("last", 50), AT_ONCE)
        return ApiReply(await self._audit.last(most, wanted))

    async def export_audit(self, request: ApiRequest) -> ApiReply:
        """Records in the order of their chain."""
        found = await self._audit.read(request.number("after", 0), AT_ONCE)
        return ApiReply(b"".join(map(line_of, found)), media_type=LINES)
