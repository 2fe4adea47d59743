"""Installations with an authority of their own, for tests: certificates of any part, good or bad."""

import datetime as dt
from dataclasses import dataclass, field, replace

from verdigris.identity import Part, Role, Security
from verdigris.identity import certificates as make
from verdigris.identity.certificates import Signer
from verdigris.identity.material import Material


NOW = dt.datetime.now(dt.UTC)
YEAR = dt.timedelta(days=365)
HERE = ("localhost", "127.0.0.1")


def signer(installation="bank", now=NOW, life=10 * YEAR):
    key = make.new_key()
    return Signer(make.self_signed_authority(installation, key, now, life), key)


@dataclass
class Identities:
    """What the members of an installation show."""

    installation: str = "bank"
    signer: Signer = None
    authorities: tuple = field(default=())

    def __post_init__(self):
        self.signer = self.signer or signer(self.installation)
        self.authorities = self.authorities or (self.signer.certificate,)

    def material(self, role, name, *, now=NOW, life=YEAR, hosts=HERE):
        key = make.new_key()
        part = Part(self.installation, Role(role), name)
        certificate = make.part_certificate(self.signer, part, key.public_key(), hosts, now, life)
        return Material(self.authorities, (certificate, self.signer.certificate), key)

    def security(self, role, name, **how):
        return Security(self.material(role, name, **how))

    def client(self):
        return Security(Material(self.authorities))

    def trusting(self, *others):
        """The same members, who trust further authorities as well."""
        more = tuple(one.signer.certificate for one in others)
        return replace(self, authorities=self.authorities + more)
