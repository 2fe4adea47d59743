/** Management servers and the other parts of the installation. */

import { html } from "../kit/html.js";
import { change } from "../kit/api.js";
import { Act } from "../kit/dialog.js";
import { State } from "../kit/messages.js";
import { Table } from "../kit/table.js";

const SERVERS = [
  { id: "name", title: "Management server" },
  { id: "state", title: "State", cell: (it) => html`<${State} of=${it.state} />` },
  { id: "address", title: "Address" },
  { id: "version", title: "Version" },
  { id: "revision", title: "Revision", cell: (it) => html`<code>${it.revision.slice(0, 12)}</code>` },
  { id: "allocations", title: "Requests", cell: (it) => Object.entries(it.allocations).map(([outcome, count]) => `${outcome} ${count}`).join(", ") },
  { id: "problem", title: "Problem" },
];

const PARTS = [
  { id: "role", title: "Role" },
  { id: "name", title: "Name" },
  { id: "address", title: "Address" },
];

export function Cluster({ may }) {
  const remove = (rows, done) => rows.length === 1 && html`<${Act} label="Remove" kind="danger" title="Remove ${rows[0].name}" word=${rows[0].name} done=${done}
    consequence="${rows[0].role} ${rows[0].name} is taken out of the installation and its certificates are revoked."
    act=${() => change("DELETE", `/parts/${encodeURIComponent(rows[0].role)}/${encodeURIComponent(rows[0].name)}`)} />`;
  return html`<h2>Management servers</h2>
    <${Table} path="/management-servers" name="management servers" columns=${SERVERS} keyOf=${(it) => it.name} />
    <h2>Parts</h2>
    <${Table} path="/parts" prefix="parts-" name="parts" columns=${PARTS} keyOf=${(it) => `${it.role} ${it.name}`} acts=${may("join") ? remove : undefined}
      empty="No part has joined." />
    <p>To add one, run on its machine <code>verdigris join --management HOST --role session-server</code>.</p>`;
}
