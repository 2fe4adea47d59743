"""The installation: read, planned, applied, and its versions listed, compared and taken back.

Law (tests/mgmtsrvr/test_api_versions.py): a plan changes nothing. What replaces the installation
names the revision that it replaces, so that nobody overwrites what he has not seen (409).
"""

from typing import Final

from mgmtsrvr.api.preconditions import expected_revision, xml_reply
from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.schemas import ChangeView, Plan, Revision, ShareView, VersionView
from mgmtsrvr.configuration import Configuration
from mgmtsrvr.store import Document, DocumentVersion, Note
from mgmtsrvr.store.opening import Stores
from verdigris.config.comparison import compare, shares, text_difference
from verdigris.config.installation import Installation, parse
from verdigris.errors import BadRequest, UnknownVersion
from verdigris.xml_charset import document_in_utf8


SHORTEST: Final = 6
"""Characters by which a revision may be named, if only one begins so."""
SHOWN: Final = 12
"""Characters of a revision in texts."""
IN_FORCE: Final = "in-force"
"""Stands for the version in force wherever a revision may be named."""
LONGEST_COMMENT: Final = 500


class InstallationActions:
    """Questions about the installation, and its replacement.

    Args:
        configuration: the installation in force, and its store.
        stores: of all documents.
    """

    def __init__(self, configuration: Configuration, stores: Stores) -> None:
        self._configuration = configuration
        self._stores = stores

    async def installation(self, request: ApiRequest) -> ApiReply:
        """The installation in force, as XML; its revision is the ETag."""
        del request
        return xml_reply(self._configuration.document)

    async def plan_installation(self, request: ApiRequest) -> ApiReply:
        """What a document would change if it replaced the installation in force."""
        now = self._configuration.document
        proposed = Document(_body(request))
        new = self._configuration.judge(proposed.data, force=_force(request))
        return ApiReply(_plan(now, self._configuration.installation, proposed, new))

    async def put_installation(self, request: ApiRequest) -> ApiReply:
        """Replace the installation, if it still has the revision in If-Match."""
        revision = await self._configuration.publish(
            _body(request), self._expected(request), force=_force(request), note=_note(request)
        )
        return _replaced(revision)

    async def installation_versions(self, request: ApiRequest) -> ApiReply:
        """The versions that are kept, newest first."""
        del request
        versions = await self._configuration.store.versions()
        current = self._configuration.revision
        return ApiReply([_view(version, current) for version in reversed(versions)])

    async def installation_version(self, request: ApiRequest) -> ApiReply:
        """One version, as XML."""
        return xml_reply((await self._version(request.names["revision"])).document)

    async def compare_installations(self, request: ApiRequest) -> ApiReply:
        """What the one version changed compared with the other."""
        old, new = [
            (await self._version(request.query.get(name) or IN_FORCE)).document
            for name in ("from", "to")
        ]
        return ApiReply(_plan(old, parse(old.data), new, parse(new.data)))

    async def restore_installation(self, request: ApiRequest) -> ApiReply:
        """Put an earlier version into force again, if the present one is that in If-Match."""
        expected = self._expected(request)
        version = await self._version(request.names["revision"])
        note = _note(request, f"restores {version.revision[:SHOWN]}")
        revision = await self._configuration.publish(
            version.data, expected, force=_force(request), note=note
        )
        return _replaced(revision)

    async def promote(self, request: ApiRequest) -> ApiReply:
        """Make this management server, a replica, the primary."""
        await self._stores.promote(force=_force(request))
        return ApiReply(Revision(revision=self._configuration.revision))

    def _expected(self, request: ApiRequest) -> str:
        return expected_revision(request, self._configuration.revision, "/installation")

    async def _version(self, named: str) -> DocumentVersion:
        if named == IN_FORCE:
            return DocumentVersion(self._configuration.document)
        versions = await self._configuration.store.versions()
        found = {it.revision: it for it in versions if it.revision.startswith(named)}
        if len(named) < SHORTEST or len(found) != 1:
            raise UnknownVersion(version=named)
        return next(iter(found.values()))


def _body(request: ApiRequest) -> bytes:
    """The document of a request, whose header may name its charset.

    Raises:
        BadRequest: it names one that is unknown, or that the document is not in.
    """
    given = request.headers.get("content-type", "")
    try:
        return document_in_utf8(request.body, given)
    except LookupError:
        raise BadRequest(problem="the charset of its Content-Type is unknown") from None
    except UnicodeDecodeError as wrong:
        problem = f"it is not in the charset of its Content-Type, {wrong.encoding}"
        raise BadRequest(problem=problem) from None


def _plan(old: Document, before: Installation, new: Document, after: Installation) -> Plan:
    names = (
        f"installation.xml ({old.revision[:SHOWN]})",
        f"installation.xml ({new.revision[:SHOWN]})",
    )
    return Plan(
        from_revision=old.revision,
        to_revision=new.revision,
        changes=[ChangeView.of(change) for change in compare(before, after)],
        shares=[ShareView.of(share) for share in shares(before, after)],
        warnings=[str(problem) for problem in after.warnings],
        text=text_difference(old.data, new.data, names),
    )


def _view(version: DocumentVersion, current: str) -> VersionView:
    return VersionView(
        revision=version.revision,
        time=version.time,
        author=version.note.author,
        comment=version.note.comment,
        in_force=version.revision == current,
    )


def _replaced(revision: str) -> ApiReply:
    return ApiReply(Revision(revision=revision), headers={"ETag": f'"{revision}"'})


def _force(request: ApiRequest) -> bool:
    return request.flag("force") if "force" in request.query else False


def _note(request: ApiRequest, comment: str = "") -> Note:
    said = request.query.get("comment", "") or comment
    if len(said) > LONGEST_COMMENT:
        raise BadRequest(problem=f"a comment has at most {LONGEST_COMMENT} characters")
    return Note(request.caller.name, said)
