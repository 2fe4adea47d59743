// Requests as text, and answers as values. Nothing here touches the page.

const ENVELOPE = {
  "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
  "1.2": "http://www.w3.org/2003/05/soap-envelope",
};
const XSI = "http://www.w3.org/2001/XMLSchema-instance";
export const HIDDEN = "********";

const escaped = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

// What is sent over SOAP. `given` has blocks of {name: {value, type, secret, blank}}.
export function envelope(contract, operation, given, version, masked) {
  const block = (tag, values, order) => {
    const names = (order || Object.keys(values)).filter((name) => name in values);
    if (!names.length) return "";
    const lines = names.map((name) => {
      const it = values[name];
      if (it.blank) return `        <${name} xsi:nil="true"/>\n`;
      return `        <${name}>${escaped(masked && it.secret ? HIDDEN : it.value)}</${name}>\n`;
    });
    return `      <${tag}>\n${lines.join("")}      </${tag}>\n`;
  };
  const { filters, data } = contract.operations[operation];
  const inside =
    block("environment", given.environment) +
    block("modelVariables", given.modelVariables) +
    block(`${operation}Filters`, given.filters, filters) +
    block(`${operation}Data`, given.data, data);
  const nil = inside.includes("xsi:nil") ? ` xmlns:xsi="${XSI}"` : "";
  const element = inside
    ? `<${operation} xmlns="${escaped(contract.namespace)}"${nil}>\n${inside}    </${operation}>`
    : `<${operation} xmlns="${escaped(contract.namespace)}"/>`;
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${ENVELOPE[version]}">\n` +
    `  <soap:Body>\n    ${element}\n  </soap:Body>\n</soap:Envelope>\n`
  );
}

// What is sent over REST: numbers keep every digit that was typed.
export function json(given, masked) {
  const literal = (it) => {
    if (it.blank) return "null";
    const text = masked && it.secret ? HIDDEN : it.value;
    if (it.type === "boolean") return text;
    const number = it.type === "integer" || it.type === "decimal";
    return number && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) ? text : JSON.stringify(text);
  };
  const blocks = Object.entries(given).flatMap(([name, values]) => {
    const members = Object.entries(values).map(
      ([key, it]) => `    ${JSON.stringify(key)}: ${literal(it)}`);
    return members.length ? [`  ${JSON.stringify(name)}: {\n${members.join(",\n")}\n  }`] : [];
  });
  return blocks.length ? `{\n${blocks.join(",\n")}\n}\n` : "{}\n";
}

export const contentType = (over) =>
  ({ "1.1": "text/xml; charset=utf-8", "1.2": "application/soap+xml; charset=utf-8" })[over] ||
  "application/json";

// The answer: {rows: [{column: text or null}], affected, errors, trail, notAsked, screen}.
export function answered(text, type, operation, contract) {
  return type.includes("json") ? fromJson(text) : fromXml(text, operation, contract);
}

const children = (element, name) => [...element.children].filter((it) => it.localName === name);
const textOf = (element, name) => children(element, name)[0]?.textContent ?? "";

function fromXml(text, operation, contract) {
  const found = empty();
  const root = new DOMParser().parseFromString(text, "text/xml").documentElement;
  const detail = root.getElementsByTagNameNS("*", "errorDetail")[0];
  if (detail) return { ...found, ...told(detail) };
  const reply = root.getElementsByTagNameNS("*", `${operation}Response`)[0];
  if (!reply) return found;
  const { row } = contract.operations[operation];
  if (!row) return { ...found, affected: textOf(reply, "affected") };
  found.rows = children(reply, row).map((it) => Object.fromEntries(
    [...it.children].map((value) =>
      [value.localName, value.getAttributeNS(XSI, "nil") === "true" ? null : value.textContent])));
  return found;
}

function told(detail) {
  const trail = children(detail, "trail")[0];
  return {
    errors: children(detail, "error").map((it) => ({
      id: textOf(it, "id"), text: textOf(it, "text"), advice: textOf(it, "advice") })),
    trail: trail ? children(trail, "attempt").map((it) =>
      Object.fromEntries([...it.children].map((fact) => [fact.localName, fact.textContent]))) : [],
    notAsked: trail ? children(trail, "notAsked").map((it) => it.textContent) : [],
    screen: textOf(detail, "screen"),
  };
}

function fromJson(text) {
  const found = empty();
  const body = JSON.parse(text);
  if (body.code) {
    const details = body.details || {};
    const errors = details.errors || [{ id: body.code, text: body.detail, advice: body.advice }];
    const shown = (value) => Array.isArray(value)
      ? value.map((it) => (typeof it === "object" ? Object.values(it).join(" ") : it)).join(", ")
      : String(value);
    return {
      ...found,
      errors: errors.map((it) => ({
        id: it.id ?? it.code, text: it.text ?? it.detail, advice: it.advice ?? "" })),
      trail: (details.trail || []).map((it) => Object.fromEntries(
        Object.entries(it).map(([name, value]) => [name, shown(value)]))),
      notAsked: (details.left || []).map((it) =>
        `${it.server} (priority ${it.priority}, weight ${it.weight}): ${it.reason}`),
      screen: details.screen || "",
    };
  }
  found.affected = "affected" in body ? String(body.affected) : "";
  found.rows = (body.rows || []).map((row) => Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)])));
  return found;
}

const empty = () =>
  ({ rows: null, affected: "", errors: [], trail: [], notAsked: [], screen: "" });

// The screens passed, from the header that has them: JSON, deflated, base64.
export async function unpacked(header) {
  if (!header) return [];
  const bytes = Uint8Array.from(atob(header), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}
