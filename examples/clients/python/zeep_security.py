"""Sign in with WS-Security by zeep: python zeep_security.py HTTPS-URL USER PASSWORD CERTIFICATE.

The certificate is the gateway's own, or that of whoever issued it: gateway-tls/certificate.pem.
"""

import json
import sys

import requests
import zeep
import zeep.exceptions
from zeep.transports import Transport
from zeep.wsse.username import UsernameToken


url, user, password, certificate = sys.argv[1:]
session = requests.Session()
session.verify = certificate
said: dict[str, object] = {"client": f"zeep {zeep.__version__}"}
for name, token in {
    "digest": UsernameToken(user, password, use_digest=True),
    "text": UsernameToken(user, password),
    "wrong": UsernameToken(user, "not it", use_digest=True),
}.items():
    client = zeep.Client(url + "?wsdl", wsse=token, transport=Transport(session=session))
    try:
        rows = client.service.customerSearch(customerSearchFilters={"LastName": "MÜLLER"})
        said[name] = len(rows)
    except zeep.exceptions.Fault as fault:
        said[name] = int(fault.detail.findtext(".//id"))
print(json.dumps(said))
