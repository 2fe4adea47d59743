"""The parts of the installation: who joins, whose certificate is renewed, who is removed.

Law (tests/mgmtsrvr/test_membership.py): a part joins by one edit of the installation that also uses
its token up, so that neither is done twice whatever management servers are asked; the private key of
a part is never seen here. A part that is removed is refused at once, and its connections end.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from cryptography.x509 import Certificate, load_pem_x509_certificate
from twisted.logger import Logger

from mgmtsrvr.configuration import Configuration
from mgmtsrvr.membership.admission import UserAdmission
from mgmtsrvr.membership.kept_authorities import keep
from mgmtsrvr.membership.newcomer_files import authorities, newcomer_files
from verdigris.config import ports
from verdigris.config.installation import Installation
from verdigris.config.installation_edit import InstallationDocument
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.errors import BadRequest, ConfigurationError, JoinRefused, VerdigrisError
from verdigris.identity import Part, Role, Security, join_token, material
from verdigris.identity.authority import Authority
from verdigris.identity.certificates import fingerprint, issued, pem
from verdigris.identity.join_token import JoinToken, Wanted
from verdigris.identity.part import WITH_CERTIFICATES
from verdigris.identity.revocation import Revocation
from verdigris.link import Incoming
from verdigris.values import Endpoint, is_name
from verdigris.wire import (
    Done,
    Join,
    Joined,
    Leave,
    Renew,
    Renewed,
    RevokedPart,
    SetAuthorities,
)


log = Logger()

INSTANT: Final = dt.timedelta(milliseconds=1)
"""The precision of times of issue."""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Membership:
    """Lets parts in and out.

    Args:
        config: of this management server.
        configuration: the installation.
        security: TLS of this management server.
        users: checks users who let parts join.
        now: the date.

    Raises:
        ConfigurationError: the authority's files cannot be used.
    """

    def __init__(
        self,
        config: ManagementConfig,
        configuration: Configuration,
        security: Security,
        users: UserAdmission,
        now: Callable[[], dt.datetime] = _now,
    ) -> None:
        self._config = config
        self._configuration = configuration
        self._security = security
        self._users = users
        self._now = now
        self._problem = ""

    def __repr__(self) -> str:
        return f"<Membership of {self._configuration.installation.id}>"

    @property
    def revoked(self) -> tuple[RevokedPart, ...]:
        """The parts that were removed, as they are told to others."""
        return tuple(RevokedPart(it.role, it.name, it.when) for it in self._security.revocations)

    def authority(self) -> Authority:
        """The authority that signs now.

        Raises:
            ConfigurationError: this management server does not have its key.
        """
        home, days = self._configuration.installation.id, self._config.certificate_days
        return Authority.find(self._config.authority, home, days, self._signer())

    def _signer(self) -> str:
        """The fingerprint of the authority that the installation says signs; "" if it says nothing."""
        found = self._configuration.installation.security
        signer = found.signer if found else ""
        return fingerprint(load_pem_x509_certificate(signer.encode())) if signer else ""

    def trusted(self) -> tuple[Certificate, ...]:
        """The authorities that parts trust."""
        found = self._configuration.installation.security
        listed = (found.signer, *found.trusted) if found and found.signer else ()
        return tuple(load_pem_x509_certificate(one.encode()) for one in listed) or (
            self._security.material.authorities
        )

    # ---- messages ----------------------------------------------------------------------------

    async def join(self, call: Incoming, body: Join) -> Joined:
        """Take a part into the installation.

        Raises:
            JoinRefused: neither its token nor its user lets it in.
            BadRequest: name, address or signing request cannot be used.
            UnknownDomain: it wants to be a member of a domain that is none.
        """
        wanted = _wanted(body)
        who = f"{wanted.role.words} {wanted.name}"
        token = await self._let_in(call, body, wanted, who)
        files = self._files(wanted.role, who)
        part = Part(self._configuration.installation.id, wanted.role, wanted.name)
        authority = self.authority()
        certificate = _issued(authority, part, body, self._now())
        before = issued(certificate) - INSTANT

        def change(document: InstallationDocument) -> None:
            if token is not None and document.has_used(token.id):
                raise JoinRefused(part=who, reason="the token has been used")
            if token is not None:
                document.use_token(token.id, token.expires.isoformat(), self._now())
            if document.has(wanted.role, wanted.name):
                gone = Revocation(wanted.role, wanted.name, before)
                document.revoke(gone.role, gone.name, gone.when)
            document.add(wanted.role, wanted.name, body.address)
            for domain in body.domains:
                document.add_to_domain(domain, wanted.name, body.weight)

        await self._configuration.edit(change)
        log.info(
            "{who} has joined, let in by {by}, from {address}",
            who=who,
            by=f"token {token.id}" if token else f"user {body.user}",
            address=call.link.address,
        )
        return Joined(
            part.installation,
            pem([certificate, authority.certificate]),
            pem(self.trusted()),
            self._addresses(),
            files,
        )

    async def renew(self, call: Incoming, body: Renew) -> Renewed:
        """Tell a part whom to trust, and give it a new certificate if it asks for one.

        Whom to trust is told without the authority's key too: when the key is lost, this is how parts
        learn of the authority that takes its place.

        Raises:
            BadRequest: its signing request cannot be used.
        """
        part = call.link.part
        assert part is not None  # noqa: S101 - only parts with certificates may send this
        return Renewed(
            pem(self.trusted()),
            self.revoked,
            self._renewed(part, body.request) if body.request else b"",
            self._signer() or self.authority().fingerprint,
            self._addresses(),
            self._files(part.role),
        )

    def _renewed(self, part: Part, request: bytes) -> bytes:
        """A part's new certificate and that of the authority; empty while its key is not here."""
        try:
            authority = self.authority()
            certificate = authority.issue(part, request, self._now())
        except ConfigurationError as problem:
            log.error("the certificate of {part} is not renewed: {problem}",  # noqa: TRY400 - Twisted's Logger; the sentence is the whole story
                      part=str(part), problem=str(problem))  # fmt: skip
            return b""
        except ValueError as problem:
            raise BadRequest(problem=str(problem)) from None
        log.info("the certificate of {part} is renewed", part=str(part))
        return pem([certificate, authority.certificate])

    async def leave(self, call: Incoming, body: Leave) -> Done:
        """Take the part that asks out of the installation."""
        del body
        part = call.link.part
        assert part is not None  # noqa: S101 - as above
        call.link.spare()
        await self.remove(part.role, part.name)
        return Done()

    async def set_authorities(self, body: SetAuthorities) -> Done:
        """Change which authority signs, and which are trusted.

        Raises:
            BadRequest: one of them is not a certificate, or nobody would be trusted who is now.
        """
        try:
            named = [load_pem_x509_certificate(it.encode()) for it in (body.signer, *body.trusted)]
        except ValueError:
            raise BadRequest(problem="an authority is not a certificate in PEM form") from None
        mine = self._security.material
        if not any(material.signed_by(mine.chain[0], one) for one in named):
            problem = "this management server's certificate would not be trusted any more"
            raise BadRequest(problem=problem)
        await self._configuration.edit(
            lambda document: document.set_authorities(body.signer, body.trusted)
        )
        log.info("authorities: {signer} signs, trusted besides: {others}",
                 signer=fingerprint(named[0])[:11],
                 others=", ".join(fingerprint(it)[:11] for it in named[1:]) or "none")  # fmt: skip
        return Done()

    async def remove(self, role: Role, name: str) -> str:
        """Take a part out of the installation, and revoke its certificates; returns the revision.

        Raises:
            UnknownPart: there is none of this name.
        """
        at = Revocation(role, name, self._now()).when

        def change(document: InstallationDocument) -> None:
            document.remove(role, name)
            document.revoke(role, name, at)

        revision = await self._configuration.edit(change, force=True)
        log.info("{role} {name} has been removed", role=role.words, name=name)
        return revision

    # ---- this management server --------------------------------------------------------------

    def follow(self, installation: Installation) -> None:
        """Refuse the parts that an installation says were removed; trust whom it says."""
        if installation.security is None:
            return
        listed = installation.security.revoked
        self._security.revoke(Revocation(Role(it.role), it.name, it.at) for it in listed)
        trusted, mine = self.trusted(), self._security.material
        if set(trusted) != set(mine.authorities):
            self._keep(replace(mine, authorities=trusted))

    def renew_own(self) -> None:
        """Sign a new certificate of this management server if its time has come."""
        mine = self._security.material
        if not material.due(mine, self._signer() or fingerprint(mine.chain[-1]), self._now()):
            return
        try:
            authority = self.authority()
            certificate = authority.renew(mine, self._now())
        except VerdigrisError as problem:
            if str(problem) != self._problem:
                log.warn(
                    "this server's certificate is not renewed: {problem}", problem=str(problem)
                )
            self._problem = str(problem)
            return
        self._problem = ""
        self._keep(replace(mine, chain=(certificate, authority.certificate)))

    def _keep(self, mine: material.Material) -> None:
        try:
            if mine.folder is not None:
                material.write(mine.folder, mine)
        except VerdigrisError as problem:
            log.warn("the identity cannot be kept: {problem}", problem=str(problem))
        self._security.replace(mine)

    def peers(self) -> list[Endpoint]:
        """The addresses of the other management servers."""
        me = self._security.part
        listed = self._configuration.installation.management_servers
        return [one.address for one in listed if me is None or one.name != me.name]

    def keep_authorities(self, found: Mapping[str, bytes]) -> None:
        """Keep the authorities that another management server has, and this one lacks."""
        keep(self._config.authority, found, [fingerprint(it) for it in self.trusted()])

    # ---- inside ------------------------------------------------------------------------------

    async def _let_in(
        self, call: Incoming, body: Join, wanted: Wanted, who: str
    ) -> JoinToken | None:
        if not body.token:
            address = call.link.address.rpartition(":")[0]
            await self._users.require(who, body.user, body.password, address)
            return None
        try:
            return join_token.checked(self.authority(), body.token, wanted, self._now())
        except ValueError as problem:
            raise JoinRefused(part=who, reason=str(problem)) from None

    def _addresses(self) -> tuple[str, ...]:
        listed = self._configuration.installation.management_servers
        return tuple(str(one.address) for one in listed)

    def _files(self, role: Role, who: str = "") -> dict[str, bytes]:
        """What a management server has besides its identity: authorities, documents, where these are kept."""
        if role is not Role.MANAGEMENT_SERVER:
            return {}
        if not who:
            return authorities(self._config)
        listed = self._configuration.installation.management_servers
        me = self._security.part
        here = next((it.address for it in listed if me and it.name == me.name), self._config.listen)
        try:
            return newcomer_files(self._config, here, self._configuration.document.data)
        except ValueError as problem:
            raise JoinRefused(part=who, reason=str(problem)) from None


def _wanted(body: Join) -> Wanted:
    try:
        role = Role(body.role)
    except ValueError:
        raise BadRequest(problem=f"{body.role!r:.80} is not a role") from None
    if role not in WITH_CERTIFICATES:
        raise BadRequest(problem=f"{role.words}s do not join")
    if not is_name(body.name):
        raise BadRequest(problem=f"{body.name!r:.80} cannot name a {role.words}")
    if body.address or role is not Role.GATEWAY:
        try:
            Endpoint.parse(body.address, ports.SESSION_SERVER)
        except ValueError as problem:
            raise BadRequest(problem=str(problem)) from None
    return Wanted(role, body.name)


def _issued(authority: Authority, part: Part, body: Join, now: dt.datetime) -> Certificate:
    try:
        return authority.issue(part, body.request, now)
    except ValueError as problem:
        raise BadRequest(problem=str(problem)) from None
