"""Sign in with WS-Security by suds: SSL_CERT_FILE=CERTIFICATE python suds_security.py HTTPS-URL USER PASSWORD.

The certificate is the gateway's own, or that of whoever issued it: gateway-tls/certificate.pem.
"""

import base64
import hashlib
import json
import logging
import secrets
import sys

import suds
from suds.client import Client
from suds.sax.date import DateTime
from suds.wsse import Security, UsernameToken


def digest_of(user: str, password: str) -> UsernameToken:
    """Suds sends a digest, but does not make it: SHA-1 of nonce, time and password."""
    token, nonce = UsernameToken(user, password), secrets.token_bytes(16)
    token.setnonceencoding(True)  # noqa: FBT003 - suds' signature
    token.setnonce(base64.b64encode(nonce).decode())
    token.setcreated()
    made = hashlib.sha1(nonce + str(DateTime(token.created)).encode() + password.encode())  # noqa: S324 - the profile's
    token.setpassworddigest(base64.b64encode(made.digest()).decode())
    return token


logging.getLogger("suds.client").setLevel(logging.CRITICAL)  # it logs every fault
url, user, password = sys.argv[1:]
client = Client(url + "?wsdl", cache=None)
name = client.wsdl.services[0].name
client.set_options(service=name, port=name + "Soap")  # suds talks SOAP 1.1 only
said: dict[str, object] = {"client": f"suds-community {suds.__version__}"}
for kind, token in {
    "digest": digest_of(user, password),
    "text": UsernameToken(user, password),
    "wrong": digest_of(user, "not it"),
}.items():
    security = Security()
    security.tokens.append(token)
    client.set_options(wsse=security)
    try:
        rows = client.service.customerSearch(customerSearchFilters={"LastName": "MÜLLER"})
        said[kind] = len(rows)
    except suds.WebFault as problem:
        error = problem.fault.detail.errorDetail.error
        said[kind] = int((error[0] if isinstance(error, list) else error).id)
print(json.dumps(said))
