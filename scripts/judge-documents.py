"""Write the published documents of the examples to a folder, for scripts/judges.

python scripts/judge-documents.py FOLDER
"""

import sys
from pathlib import Path
from typing import Final

from sesssrvr.model import build_package, read_folder, read_package
from wsdl import (
    SOAP11,
    contract_of,
    default_namespace,
    document,
    openapi,
    schema_document,
    tools,
    tools_json,
)


ROOT: Final = Path(__file__).resolve().parents[1]


def main(folder: Path) -> None:
    """Write WSDLs, schema, OpenAPI document and tools of each example."""
    folder.mkdir(parents=True, exist_ok=True)
    for example in sorted(path.parent for path in (ROOT / "examples").glob("*/model")):
        name = example.name
        model = read_package(build_package(read_folder(example))).model.metadata()
        made = contract_of(model, namespace=default_namespace("model", model.name, model.name))
        at = "http://gateway.example.com:9680"
        for file, data in {
            f"{name}.wsdl": document(made, f"{at}/vhi-ws/model/{name}"),
            f"{name}-soap11.wsdl": document(made, f"{at}/vhi-ws/model/{name}", (SOAP11,)),
            f"{name}.xsd": schema_document(made),
            f"{name}.openapi.json": openapi(made, f"{at}/vhi-rs/model/{name}"),
            f"{name}.tools.json": tools_json(tools(made, "model")),
        }.items():
            (folder / file).write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
