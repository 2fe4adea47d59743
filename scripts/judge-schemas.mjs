// Judges of scripts/judges that are libraries; run in the folder they are installed in.
//   node judge-schemas.mjs openapi FILE    swagger-parser validates the document
//   node judge-schemas.mjs wsdl FILE       apiconnect-wsdl makes a REST API of the WSDL
//   node judge-schemas.mjs tools FILE      Ajv compiles each schema strictly; a warning is an error

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const [kind, file] = process.argv.slice(2);

function refuse(message) {
  throw new Error(message);
}

function compile(schema) {
  const Ajv = require("ajv/dist/2020").default;
  // As the TypeScript SDK of MCP does it; what it warns of fills the console of an agent's host.
  new Ajv({ strict: true, logger: { log() {}, warn: refuse, error: refuse } }).compile(schema);
}

if (kind === "openapi") {
  const parser = require("@apidevtools/swagger-parser");
  await (parser.default ?? parser).validate(file);
} else if (kind === "wsdl") {
  const converter = require("apiconnect-wsdl");
  const read = await converter.getJsonForWSDL(file);
  const [found] = converter.getWSDLServices(read).services;
  const api = converter.getSwaggerForService(read[0] ?? read, found.service, found.filename);
  if (Object.keys(api.paths).length === 0) refuse("no operation was found");
} else {
  for (const tool of JSON.parse(readFileSync(file)).tools) {
    compile(tool.inputSchema);
    compile(tool.outputSchema);
  }
}
