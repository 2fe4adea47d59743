"""Judge of scripts/judges: the package xmlschema reads an example's schema and WSDL.

python judge-xml.py FOLDER/NAME     reads NAME.xsd under XSD 1.0 and 1.1, and NAME-soap11.wsdl
"""

import sys

import xmlschema
from xmlschema.extras.wsdl import Wsdl11Document


def main(example: str) -> None:
    """Read the documents; xmlschema raises what it refuses."""
    xmlschema.XMLSchema10(f"{example}.xsd")
    xmlschema.XMLSchema11(f"{example}.xsd")
    found = Wsdl11Document(f"{example}-soap11.wsdl")
    if not found.port_types or not found.bindings:
        raise SystemExit("the WSDL has no port type or no binding")


if __name__ == "__main__":
    main(sys.argv[1])
