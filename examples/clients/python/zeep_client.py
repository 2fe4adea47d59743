"""Call Verdigris with zeep: python zeep_client.py SERVICE-URL DOMAIN [1.1|1.2]."""

import json
import sys

import zeep
import zeep.exceptions


def error_of(fault: zeep.exceptions.Fault) -> dict[str, object]:
    """The first error in a fault: its number and its text."""
    return {"id": int(fault.detail.findtext(".//id")), "text": fault.detail.findtext(".//text")}


url, domain, version = [*sys.argv[1:], "1.1"][:3]
client = zeep.Client(url + "?wsdl")
name = next(iter(client.wsdl.services))
bank = client.bind(name, name + ("Soap12" if version == "1.2" else "Soap"))
said: dict[str, object] = {"client": f"zeep {zeep.__version__}", "soap": version}

# A search: rows with the types of the WSDL. The domain says which session servers may run it.
here = {"DomainName": domain}
rows = bank.customerSearch(environment=here, customerSearchFilters={"LastName": "MÜLLER"})
said["rows"] = [zeep.helpers.serialize_object(row, dict) for row in rows]

# What goes wrong comes as a fault with a number.
nowhere = {"DomainName": "nowhere"}
search = {"LastName": "MÜLLER"}
try:
    bank.customerSearch(environment=nowhere, customerSearchFilters=search)
except zeep.exceptions.Fault as fault:
    said["fault"] = error_of(fault)

# The environment may also be a SOAP header.
try:
    bank.customerSearch(customerSearchFilters=search, _soapheaders={"environment": nowhere})
except zeep.exceptions.Fault as fault:
    said["header"] = error_of(fault)

# A session of one's own: every call with its id runs in the same terminal.
session = bank.wsResourceCreate(environment=here)
mine = {"SessionID": session}
affected = bank.transfer(
    environment=mine,
    transferFilters={"FromAccount": 40000001},
    transferData={"ToAccount": 40000002, "Amount": "0.01", "Reference": "zeep"},
)
order = bank.getModelVariables(environment=mine).lastOrder
bank.wsResourceDestroy(environment=mine)
said["session"] = {"id": session, "affected": affected, "order": order}
try:
    bank.getModelVariables(environment=mine)
except zeep.exceptions.Fault as fault:
    said["gone"] = error_of(fault)

print(json.dumps(said))
