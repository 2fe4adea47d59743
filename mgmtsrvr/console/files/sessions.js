/** Sessions of all servers, and one of them with its screen. */

import { html } from "../kit/html.js";
import { Link } from "../kit/location.js";
import { State, Trouble, duration } from "../kit/messages.js";
import { Screen } from "../kit/screen.js";
import { useLive } from "../kit/state.js";
import { Table } from "../kit/table.js";

export const SESSION_COLUMNS = [
  { id: "id", title: "Session", number: true },
  { id: "kind", title: "Kind" },
  { id: "name", title: "Pool or model" },
  { id: "state", title: "State", cell: (it) => html`<${State} of=${it.state} />` },
  { id: "since", title: "For", number: true, cell: (it) => duration(it.since) },
  { id: "user", title: "User" },
  { id: "entity", title: "Entity" },
  { id: "request_id", title: "Request", cell: (it) => it.request_id && html`<${Link} to="/console/requests/${encodeURIComponent(it.request_id)}">${it.request_id}<//>` },
  { id: "row", title: "Row", hidden: true },
  { id: "model", title: "Model", hidden: true },
  { id: "problem", title: "Problem" },
];

const STATES = ["idle", "active", "pending", "suspended", "quarantined"];
const page = (it) => `/console/servers/${encodeURIComponent(it.server)}/sessions/${it.id}`;

export function Sessions() {
  const servers = useLive("/servers?columns=name&sort=name");
  return html`<${Table} path="/sessions" name="sessions" columns=${[{ id: "server", title: "Server" }, ...SESSION_COLUMNS]}
    keyOf=${(it) => `${it.id} of ${it.server}`} linkOf=${page}
    facets=${[{ id: "state", title: "State", values: STATES },
      { id: "server", title: "Server", values: (servers.data ?? []).map((it) => it.name) }]}
    empty="No session is open." />`;
}

export function Session({ server, number, may }) {
  const base = `/servers/${encodeURIComponent(server)}`;
  const screens = may("see-screens");
  const { data, problem } = useLive(`${base}/sessions?filter.id=${encodeURIComponent(number)}${screens ? "&screens=true" : ""}`);
  if (data === undefined) return html`<${Trouble} of=${problem} /><p class="soft" aria-busy="true">Loading ...</p>`;
  const [it] = data;
  if (!it) return html`<p>Session ${number} has ended. <${Link} to="/console/servers/${encodeURIComponent(server)}">Its server<//></p>`;
  const rows = [
    ["State", html`<${State} of=${it.state} /> for ${duration(it.since)}`], ["Pool or model", `${it.name} (${it.kind})`],
    ["Entity", it.entity || "none of the model's"], ["User", it.user || "nobody"], ["Row", it.row],
    ["Request", it.request_id && html`<${Link} to="/console/requests/${encodeURIComponent(it.request_id)}">${it.request_id}<//>`], ["Problem", it.problem],
  ];
  return html`<${Trouble} of=${problem} />
    <div class="beside">
      ${screens ? html`<${Screen} text=${it.screen} title="Screen of session ${number}" />` : html`<p>Screens need the permission <code>see-screens</code>.</p>`}
      <div><dl>${rows.filter(([, value]) => value).map(([term, value]) => html`<div key=${term}><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>
        ${screens && html`<p><a href="${base}/sessions/${encodeURIComponent(number)}/trace" download>Its last traffic as a trace</a></p>`}</div>
    </div>`;
}
