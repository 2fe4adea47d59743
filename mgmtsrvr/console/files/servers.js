/** Session servers: their states, and taking them out of service and back. */

import { html, useState } from "../kit/html.js";
import { change, withQuery } from "../kit/api.js";
import { Act } from "../kit/dialog.js";
import { Link } from "../kit/location.js";
import { State, Time, Trouble, Usage, duration } from "../kit/messages.js";
import { useLive } from "../kit/state.js";
import { Table } from "../kit/table.js";
import { POOL_COLUMNS, PoolActs, poolKey } from "./pools.js";
import { SESSION_COLUMNS } from "./sessions.js";

const page = (name) => `/console/servers/${encodeURIComponent(name)}`;
const others = (it) => it.pending + it.suspended + it.quarantined;

const COLUMNS = [
  { id: "name", title: "Server" },
  { id: "state", title: "State", cell: (it) => html`<${State} of=${it.state} />` },
  { id: "reason", title: "Reason" },
  { id: "since", title: "For", number: true, cell: (it) => duration(it.since) },
  { id: "active", title: "Sessions", cell: (it) => html`<${Usage} active=${it.active} idle=${it.idle} other=${others(it)} maximum=${it.maximum} />` },
  { id: "reserved", title: "Reserved", number: true },
  { id: "domains", title: "Domains" },
  { id: "offers", title: "Models", cell: (it) => models(it).join(", ") },
  { id: "last_seen", title: "Heard", number: true, cell: (it) => duration(it.last_seen) },
  { id: "registered_address", title: "Address", hidden: true },
  { id: "boot", title: "Boot", hidden: true },
  { id: "admin_state", title: "Wanted", hidden: true },
];

const models = (it) => [...new Set(it.offers.map((offer) => offer.model))].sort();

const STATES = ["online", "draining", "maintenance", "suspect", "held", "offline"];

export function Servers({ may }) {
  const acts = (rows, done) => html`<${ServerActs} servers=${rows} done=${done} />`;
  return html`<${Table} path="/servers" name="servers" columns=${COLUMNS} keyOf=${(it) => it.name} linkOf=${(it) => page(it.name)}
    facets=${[{ id: "state", title: "State", values: STATES }]} acts=${may("operate") ? acts : undefined}
    empty=${html`No session server has joined. <code>verdigris join --role session-server</code> adds one.`} />`;
}

/** Buttons that change what one or several servers take. */
export function ServerActs({ servers, done }) {
  const names = servers.map((it) => it.name).join(", ");
  const used = servers.reduce((sum, it) => sum + it.active, 0);
  const idle = servers.reduce((sum, it) => sum + it.idle, 0);
  const all = (act) => () => Promise.all(servers.map((it) => change("POST", `/servers/${encodeURIComponent(it.name)}/${act}`)));
  const out = servers.every((it) => ["draining", "maintenance"].includes(it.state));
  if (out) {
    return html`<${Act} label="Resume" title="Resume ${names}" done=${done} act=${all("resume")}
      consequence="${names} will take new sessions again." />`;
  }
  return html`<${Act} label="Drain" title="Drain ${names}" done=${done} act=${all("drain")}
      consequence="${names} will take no new sessions. ${used} used sessions go on until their clients end them." />
    ${" "}<${Act} label="Maintenance" title="Maintenance of ${names}" done=${done} act=${all("maintenance")}
      consequence="${names} will take no new sessions, and ${idle} idle sessions are closed. ${used} used sessions go on until their clients end them." />`;
}

export function Server({ name, may }) {
  const path = `/servers/${encodeURIComponent(name)}`;
  const { data, problem, reload } = useLive(path);
  const [tab, setTab] = useState("Overview");
  if (data === undefined) return html`<${Trouble} of=${problem} /><p class="soft" aria-busy="true">Loading ...</p>`;
  const tabs = { Overview: Details, Pools: ServerPools, Sessions: ServerSessions, Traces };
  const Shown = tabs[tab];
  return html`<${Trouble} of=${problem} />
    <p><${State} of=${data.state} /> ${data.reason} for ${duration(data.since)}
      ${" "}${may("operate") && html`<${ServerActs} servers=${[data]} done=${reload} />`}</p>
    ${data.state === "draining" && html`<${Progress} it=${data} />`}
    <div class="tabs" role="tablist" aria-label="Parts of the server">
      ${Object.keys(tabs).map((it) => html`<button type="button" key=${it} role="tab" id="tab-${it}" aria-selected=${it === tab}
        aria-controls="panel" tabindex=${it === tab ? 0 : -1} onClick=${() => setTab(it)}
        onKeyDown=${(event) => move(event, Object.keys(tabs), tab, setTab)}>${it}</button>`)}
    </div>
    <div role="tabpanel" id="panel" aria-labelledby="tab-${tab}"><${Shown} it=${data} path=${path} may=${may} /></div>`;
}

function move(event, names, at, setTab) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = names[(names.indexOf(at) + step + names.length) % names.length];
  setTab(next);
  document.getElementById(`tab-${next}`)?.focus();
}

function Progress({ it }) {
  return html`<p role="status">${it.active === 0 ? "No used session is left: the server can be stopped." : `${it.active} used sessions are left.`}</p>`;
}

function Details({ it }) {
  const rows = [
    ["Sessions", html`<${Usage} active=${it.active} idle=${it.idle} other=${others(it)} maximum=${it.maximum} />`],
    ["Pending, suspended, quarantined, reserved", `${it.pending}, ${it.suspended}, ${it.quarantined}, ${it.reserved}`],
    ["Domains", it.domains.join(", ") || "none"], ["Models", models(it).join(", ") || "none"],
    ["Registered address", it.registered_address || "not registered"], ["Address in the installation", it.configured_address || "none"],
    ["In the installation", it.configured ? `yes, wanted ${it.admin_state}` : "no"], ["Last heard", duration(it.last_seen)], ["Boot", it.boot],
  ];
  return html`<dl>${rows.map(([term, value]) => html`<div key=${term}><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>
    ${it.views.length > 0 && html`<h2>As other management servers see it</h2>
      <ul>${it.views.map((view) => html`<li key=${view.management_server}>${view.management_server}: <${State} of=${view.state} /> ${view.reason}</li>`)}</ul>`}`;
}

function ServerPools({ it, may }) {
  const acts = (rows, done) => html`<${PoolActs} pools=${rows} done=${done} />`;
  return html`<${Table} path="/pools" name="pools" fixed=${{ "filter.server": it.name }} columns=${POOL_COLUMNS} keyOf=${poolKey}
    acts=${may("operate") ? acts : undefined} />`;
}

function ServerSessions({ it, path }) {
  return html`<${Table} path="${path}/sessions" name="sessions" columns=${SESSION_COLUMNS} keyOf=${(row) => String(row.id)}
    linkOf=${(row) => `${page(it.name)}/sessions/${row.id}`} />`;
}

const TRACE_COLUMNS = (path, may) => [
  { id: "time", title: "Time", cell: (it) => html`<${Time} at=${it.time} />` },
  { id: "request_id", title: "Request", cell: (it) => it.request_id && html`<${Link} to="/console/requests/${encodeURIComponent(it.request_id)}">${it.request_id}<//>` },
  { id: "error", title: "Error" },
  { id: "name", title: "Trace", cell: (it) => (may("see-screens") ? html`<a href=${`${path}/traces/${encodeURIComponent(it.name)}`} download>${it.name}</a>` : it.name) },
];

function Traces({ path, may }) {
  return html`<${Table} path="${path}/traces" name="traces" columns=${TRACE_COLUMNS(path, may)} keyOf=${(it) => it.name}
    empty="No host session has failed lately." />`;
}

export { withQuery };
