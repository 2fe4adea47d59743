"""Certificates for tests: an authority, and servers it vouches for."""

import datetime as dt
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


DAY = dt.timedelta(days=1)


class TestAuthority:
    """An authority whose certificate is in `ca`."""

    __test__ = False

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"test authority {name}")])
        self._key = ec.generate_private_key(ec.SECP256R1())
        made = self._builder(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.ca = folder / f"{name}.pem"
        self._sign(made, self.ca)

    def server(self, name: str, *names: str, common: bool = True) -> tuple[Path, Path]:
        """The files of a certificate for these names or addresses, and of its key.

        common: whether the certificate has a common name.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = [_general(it) for it in names]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if common else [])
        made = self._builder(subject, key).add_extension(
            x509.SubjectAlternativeName(alternatives), critical=False
        )
        certificate, secret = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        self._sign(made, certificate)
        secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate, secret

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey
    ) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder(self._name, subject, key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
        )

    def _sign(self, made: x509.CertificateBuilder, file: Path) -> None:
        file.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))


def _general(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
