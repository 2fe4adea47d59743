"""What is published, judged by generators and validators nobody here wrote: those quick enough for every run.

`scripts/judges` runs these and the slow ones, on every example, and compiles what they make.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.contracts import EVERYTHING, ROOT, contract_of_example
from wsdl import SOAP11, contract_of, document, openapi, schema_document


pytestmark = pytest.mark.processes

PACKAGES = ROOT / ".venv" / "judges"
LIMIT = 120
"""Seconds a judge has; it takes one or two."""
EVERY = "Every-Thing"
SCHEMA = """
import sys, xmlschema
xmlschema.XMLSchema10(sys.argv[1])
xmlschema.XMLSchema11(sys.argv[1])
"""


@pytest.fixture(scope="module", autouse=True)
def _installed():
    if not PACKAGES.is_dir():
        said = f"NOT JUDGED by generators and validators of others: nothing in {PACKAGES} (scripts/test)"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)


@pytest.fixture(scope="module", params=["BankDemo", EVERY])
def documents(request, tmp_path_factory):
    """A folder with service.wsdl, service.xsd and service.openapi.json."""
    folder, name = tmp_path_factory.mktemp("published"), request.param
    made = (
        contract_of(EVERYTHING, namespace="urn:every")
        if name == EVERY
        else contract_of_example(name)
    )
    at = "http://gateway.example.com:9680"
    (folder / "service.wsdl").write_bytes(document(made, f"{at}/vhi-ws/model/{name}", (SOAP11,)))
    (folder / "service.xsd").write_bytes(schema_document(made))
    (folder / "service.openapi.json").write_bytes(openapi(made, f"{at}/vhi-rs/model/{name}"))
    return folder


def judged(folder: Path, *words: str) -> None:
    """A judge is content; its own words are shown if not."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PACKAGES)},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_openapi_spec_validator(documents):
    judged(documents, "-m", "openapi_spec_validator", "service.openapi.json")


def test_prance(documents):
    judged(documents, "-m", "prance.cli", "validate", "service.openapi.json")


def test_openapi_python_client(documents):
    (documents / "client.yaml").write_text("post_hooks: []\n")
    judged(
        documents, "-m", "openapi_python_client", "generate", "--path", "service.openapi.json",
        "--output-path", "made", "--meta", "none", "--config", "client.yaml", "--overwrite",
    )  # fmt: skip
    judged(documents, "-m", "compileall", "-q", "made")


def test_xmlschema(documents):
    judged(documents, "-c", SCHEMA, "service.xsd")


def test_xsdata(documents):
    judged(documents, "-m", "xsdata", "generate", "service.wsdl", "--package", "bank")
    judged(documents, "-c", "import bank")
