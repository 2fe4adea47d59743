"""Call Verdigris with suds-community: python suds_client.py SERVICE-URL DOMAIN."""

import json
import logging
import sys

import suds
from suds.client import Client


def error_of(problem: suds.WebFault) -> dict[str, object]:
    """The first error in a fault: its number and its text."""
    error = problem.fault.detail.errorDetail.error
    first = error[0] if isinstance(error, list) else error
    return {"id": int(first.id), "text": str(first.text)}


logging.getLogger("suds.client").setLevel(logging.CRITICAL)  # it logs every fault
url, domain = sys.argv[1:3]
client = Client(url + "?wsdl", cache=None)
name = client.wsdl.services[0].name
client.set_options(service=name, port=name + "Soap")  # suds talks SOAP 1.1 only
bank = client.service
said: dict[str, object] = {"client": f"suds-community {suds.__version__}", "soap": "1.1"}

# A search: rows with the types of the WSDL. The domain says which session servers may run it.
here = {"DomainName": domain}
search = {"LastName": "MÜLLER"}
rows = bank.customerSearch(environment=here, customerSearchFilters=search)
said["rows"] = [
    {key: value if isinstance(value, int) else str(value) for key, value in row} for row in rows
]

# What goes wrong comes as a fault with a number.
try:
    bank.customerSearch(environment={"DomainName": "nowhere"}, customerSearchFilters=search)
except suds.WebFault as problem:
    said["fault"] = error_of(problem)

# The environment may also be a SOAP header.
header = client.factory.create(f"{{{client.wsdl.tns[1]}}}environment")
header.DomainName = "nowhere"
client.set_options(soapheaders=header)
try:
    bank.customerSearch(customerSearchFilters=search)
except suds.WebFault as problem:
    said["header"] = error_of(problem)
client.set_options(soapheaders=())

# A session of one's own: every call with its id runs in the same terminal.
session = str(bank.wsResourceCreate(environment=here))
mine = {"SessionID": session}
affected = bank.transfer(
    environment=mine,
    transferFilters={"FromAccount": 40000001},
    transferData={"ToAccount": 40000002, "Amount": "0.01", "Reference": "suds"},
)
order = str(bank.getModelVariables(environment=mine).lastOrder)
bank.wsResourceDestroy(environment=mine)
said["session"] = {"id": session, "affected": affected, "order": order}
try:
    bank.getModelVariables(environment=mine)
except suds.WebFault as problem:
    said["gone"] = error_of(problem)

print(json.dumps(said))
