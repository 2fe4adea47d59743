/** Domains: who serves them, and in which shares. */

import { html } from "../kit/html.js";
import { useLive } from "../kit/state.js";
import { Link } from "../kit/location.js";
import { State, Trouble } from "../kit/messages.js";
import { Table } from "../kit/table.js";
import { Shares } from "./shares.js";
import { ServerActs } from "./servers.js";

const up = (members) => members.filter((it) => it.state === "online");
const free = (members) => up(members).reduce((sum, it) => sum + Math.max(0, it.maximum - it.active - it.reserved), 0);
const priority = (members) => Math.min(...up(members).filter((it) => it.weight > 0).map((it) => it.priority));

const COLUMNS = [
  { id: "name", title: "Domain" },
  { id: "serves", title: "Can serve", cell: ({ members }) => html`<${State} of=${up(members).some((it) => it.weight) ? "yes" : "no"} />` },
  { id: "up", title: "Servers online", number: true, cell: ({ members }) => `${up(members).length} of ${members.length}` },
  { id: "priority", title: "Priority in use", number: true, cell: ({ members }) => (Number.isFinite(priority(members)) ? priority(members) : "none") },
  { id: "active", title: "Active", number: true, cell: ({ members }) => members.reduce((sum, it) => sum + it.active, 0) },
  { id: "free", title: "Free", number: true, cell: ({ members }) => free(members) },
  { id: "spill_on_busy", title: "Spills on busy", hidden: true },
];

export function Domains() {
  return html`<${Table} path="/domains" name="domains" columns=${COLUMNS} keyOf=${(it) => it.name}
    linkOf=${(it) => `/console/domains/${encodeURIComponent(it.name)}`}
    empty=${html`There are no domains. <${Link} to="/console/configuration">Add one to the configuration<//>.`} />`;
}

export function Domain({ name, may }) {
  const { data, problem, reload } = useLive(`/domains/${encodeURIComponent(name)}`);
  const servers = useLive("/servers");
  if (data === undefined) return html`<${Trouble} of=${problem} /><p class="soft" aria-busy="true">Loading ...</p>`;
  const groups = [...new Set(data.members.map((it) => it.priority))].sort((a, b) => a - b);
  const inUse = priority(data.members);
  const done = () => {
    reload();
    servers.reload();
  };
  return html`
    <${Trouble} of=${problem} />
    <p>${data.spill_on_busy ? "The next priority is asked when all servers of a priority are busy or offline." : "The next priority is asked only when all servers of a priority are offline, not when they are busy."}
      ${" "}${may("change-installation") && html`<${Link} to="/console/configuration">Change weights and priorities<//>`}</p>
    ${groups.map((number) => html`<section key=${number} aria-label="Priority ${number}">
      <h2>Priority ${number} ${number === inUse && html`<span class="tag">in use</span>`}</h2>
      <div class="scroll"><table>
        <thead><tr><th>Server</th><th>State</th><th class="number">Weight</th><th class="number">Share</th>
          <th class="number">Active</th><th class="number">Reserved</th><th class="number">Maximum</th><th>Acts</th></tr></thead>
        <tbody>${data.members.filter((it) => it.priority === number).map((it) => html`<tr key=${it.server}>
          <td data-title="Server"><${Link} to="/console/servers/${encodeURIComponent(it.server)}">${it.server}<//></td>
          <td data-title="State"><${State} of=${it.state} /> <span class="soft">${it.reason}</span></td>
          <td class="number" data-title="Weight">${it.weight}</td>
          <td class="number" data-title="Share">${it.percent.toFixed(1)} %</td>
          <td class="number" data-title="Active">${it.active}</td>
          <td class="number" data-title="Reserved">${it.reserved}</td>
          <td class="number" data-title="Maximum">${it.maximum}</td>
          <td data-title="Acts">${may("operate") && html`<${ServerActs} servers=${[serverOf(servers.data, it)]} done=${done} />`}</td>
        </tr>`)}</tbody>
      </table></div>
    </section>`)}
    <${Shares} domain=${data} />`;
}

function serverOf(servers, member) {
  const found = (servers ?? []).find((it) => it.name === member.server);
  return found ?? { name: member.server, state: member.state, active: member.active, idle: 0 };
}
