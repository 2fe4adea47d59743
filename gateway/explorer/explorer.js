// The explorer's page: chooses a procedure, sends what the form says, shows what came back.
// Every text goes into the page as text, never as markup.

import { HIDDEN, answered, contentType, envelope, json, unpacked } from "./messages.js";
import { LANGUAGES } from "./snippets.js";

const $ = (id) => document.getElementById(id);
const contract = JSON.parse($("contract").textContent);
const sections = [...document.querySelectorAll(".operation")];
const tabs = [...document.querySelectorAll("[data-tab]")];
let current = null;
let running = null;

function make(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// ---- choosing a procedure ----

function choose() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  const before = current;
  current = sections.find((it) => it.id === wanted) || sections[0] || null;
  for (const section of sections) section.hidden = section !== current;
  for (const link of document.querySelectorAll("nav a")) {
    const chosen = current && link.hash === `#${current.id}`;
    if (chosen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    const list = link.closest("nav");
    if (chosen) list.scrollTop = link.offsetTop - list.offsetTop - list.clientHeight / 2;
  }
  $("call").hidden = !current;
  if (before !== current) $("answer").hidden = true;
  if (before && before !== current && matchMedia("(max-width: 48rem)").matches) {
    current.scrollIntoView();
  }
}

$("find").addEventListener("input", () => {
  const wanted = $("find").value.trim().toLowerCase();
  for (const line of document.querySelectorAll("nav li")) {
    line.hidden = !line.textContent.toLowerCase().includes(wanted);
  }
});
addEventListener("hashchange", choose);

// ---- what the form says ----

function given() {
  const blocks = { filters: {}, data: {}, environment: {}, modelVariables: {} };
  for (const input of [...current.querySelectorAll("[data-block]"), ...$("common").elements]) {
    const block = input.dataset.block;
    if (!block) continue;
    const blank = current.querySelector(`[data-blank="${CSS.escape(input.name)}"]`);
    const it = {
      value: input.value,
      type: input.dataset.type,
      secret: "secret" in input.dataset,
      blank: block === "data" && Boolean(blank?.checked),
    };
    if (it.value !== "" || it.blank || input.required) blocks[block][input.name] = it;
  }
  return blocks;
}

function request(masked) {
  const over = $("over").value;
  const said = given();
  const rest = over === "rest";
  const url = rest ? `${contract.url.replace("/vhi-ws/", "/vhi-rs/")}/${current.id}` : contract.url;
  const body = rest ? json(said, masked) : envelope(contract, current.id, said, over, masked);
  return { over, url, body, contract, operation: current.id, given: said };
}

// ---- sending it ----

function ready() {
  return [...document.querySelectorAll("form")]
    .filter((it) => it === $("common") || current.contains(it))
    .every((it) => it.reportValidity());
}

async function run() {
  if (running) {
    running.abort();
    return;
  }
  if (!ready()) return;
  running = new AbortController();
  $("run").textContent = "Cancel";
  const asked = request(false);
  const headers = { "Content-Type": contentType(asked.over) };
  if ($("watch").checked) headers["X-Verdigris-Screens"] = "1";
  const path = new URL(asked.url).pathname; // of this page's own site, whatever name others use
  const began = performance.now();
  try {
    const response = await fetch(path, {
      method: "POST", headers, body: asked.body, signal: running.signal });
    const text = await response.text();
    await show(response, text, performance.now() - began);
  } catch (problem) {
    const said = problem.name === "AbortError" ? "Cancelled." : `No answer: ${problem.message}.`;
    failed(said);
  } finally {
    running = null;
    $("run").textContent = "Run";
  }
}

function failed(said) {
  $("answer").hidden = false;
  $("status").replaceChildren(make("b", said, { class: "bad" }));
  $("errors").replaceChildren();
  for (const tab of tabs) $(tab.dataset.tab).replaceChildren();
  fill("request", code(request(true).body));
  fill("copy", copies());
  pick();
}

// ---- showing the answer ----

async function show(response, text, milliseconds) {
  const type = response.headers.get("content-type") || "";
  let found;
  try {
    found = answered(text, type, current.id, contract);
  } catch {
    found = { rows: null, affected: "", errors: [], trail: [], notAsked: [], screen: "" };
  }
  const screens = await unpacked(response.headers.get("x-verdigris-screens"));
  $("answer").hidden = false;
  status(response, found, milliseconds);
  $("errors").replaceChildren(...found.errors.map(problem));
  fill("rows", result(found));
  fill("screens", pictures(screens, found.screen));
  fill("trail", allocation(found));
  fill("response", code(pretty(text, type)));
  fill("request", code(request(true).body));
  fill("copy", copies());
  pick(found.errors.length ? (found.trail.length ? "trail" : "screens") : "rows");
}

function status(response, found, milliseconds) {
  const good = response.ok && !found.errors.length;
  const facts = [
    ["", `${Math.round(milliseconds)} ms`],
    ["ran on ", response.headers.get("x-verdigris-server")],
    ["request ", response.headers.get("x-request-id")],
  ];
  $("status").replaceChildren(
    make("b", good ? "Done" : `Failed (HTTP ${response.status})`, { class: good ? "good" : "bad" }),
    ...facts.filter(([, value]) => value).map(([label, value]) => {
      const made = make("span", label);
      made.append(make("code", value));
      return made;
    }));
}

function problem(it) {
  const made = make("div", undefined, { class: "problem" });
  made.append(make("b", `${it.id} `), make("span", it.text), make("p", it.advice));
  return made;
}

function result(found) {
  if (found.affected !== "") {
    return [make("p", `${found.affected} record${found.affected === "1" ? "" : "s"} written.`)];
  }
  if (!found.rows) return [];
  const { columns } = contract.operations[current.id];
  const count = make("p", `${found.rows.length} row${found.rows.length === 1 ? "" : "s"}`);
  return found.rows.length ? [count, table(columns, found.rows)] : [count];
}

function table(columns, rows) {
  const made = make("table");
  const head = made.createTHead().insertRow();
  for (const name of columns) head.append(make("th", name, { scope: "col" }));
  const body = made.createTBody();
  for (const row of rows.slice(0, 1000)) {
    const line = body.insertRow();
    for (const name of columns) {
      const value = row[name];
      const absent = value === null || value === undefined;
      line.append(make("td", absent ? "none" : value, absent ? { class: "soft" } : {}));
    }
  }
  const around = make("div", undefined, { class: "wide", tabindex: "0" });
  around.append(made);
  if (rows.length > 1000) around.append(make("p", "The first 1,000 rows; all are in the response."));
  return around;
}

function pictures(screens, last) {
  const shown = screens.map((it, place) => {
    const made = make("figure");
    const words = `${place + 1}. ${it.entity || "no entity of the model"}, after ${Math.round(it.milliseconds)} ms`;
    made.append(make("figcaption", words), screen(it.screen));
    return made;
  });
  if (last) {
    const made = make("figure");
    made.append(make("figcaption", "The screen of the error"), screen(last));
    shown.push(made);
  }
  if (shown.length && screens.length) {
    const path = screens.map((it) => it.entity || "?").join(" \u2192 ");
    shown.unshift(make("p", path, { class: "path" }));
  }
  return shown;
}

const screen = (text) => make("pre", text, { class: "screen", tabindex: "0" });

function allocation(found) {
  if (!found.trail.length && !found.notAsked.length) return [];
  const parts = [];
  if (found.trail.length) parts.push(table(Object.keys(found.trail[0]), found.trail));
  if (found.notAsked.length) {
    const list = make("ul");
    for (const it of found.notAsked) list.append(make("li", `Not asked: ${it}`));
    parts.push(list);
  }
  return parts;
}

function copies() {
  return Object.entries(LANGUAGES).map(([name, write]) => {
    const made = make("details");
    const text = write(request(true));
    const button = make("button", "Copy", { type: "button", class: "small" });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    });
    const note = text.includes(HIDDEN) ? [make("p", "Put in the password yourself.")] : [];
    made.append(make("summary", name), button, ...note, ...code(text));
    return made;
  });
}

const code = (text) => [make("pre", text, { class: "code", tabindex: "0" })];

function pretty(text, type) {
  if (type.includes("json")) {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text;
    }
  }
  let depth = 0;
  return text.replace(/>\s*</g, ">\n<").split("\n").map((line) => {
    if (line.startsWith("</")) depth -= 1;
    const made = "  ".repeat(Math.max(0, depth)) + line;
    if (/^<[^/!?]/.test(line) && !/\/>$/.test(line) && !line.includes("</")) depth += 1;
    return made;
  }).join("\n");
}

// ---- tabs ----

function fill(name, parts) {
  $(name).replaceChildren(...parts);
}

function pick(wanted) {
  for (const tab of tabs) tab.hidden = !$(tab.dataset.tab).hasChildNodes();
  const shown = tabs.filter((it) => !it.hidden);
  const chosen = shown.find((it) => it.dataset.tab === wanted) || shown[0];
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    $(tab.dataset.tab).hidden = tab !== chosen;
  }
}

for (const tab of tabs) tab.addEventListener("click", () => pick(tab.dataset.tab));
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      run();
    }
  });
}
$("run").addEventListener("click", run);
choose();
