"""`verdigris gateway`."""

from verdigris.cli.process import process_command


gateway = process_command("gateway", "gateway", "Run a gateway: SOAP, REST and tools over HTTP.")
