/** Session pools: how full they are, starting and stopping them. */

import { html, useState } from "../kit/html.js";
import { change } from "../kit/api.js";
import { Act } from "../kit/dialog.js";
import { State, Usage } from "../kit/messages.js";
import { Table } from "../kit/table.js";
import { useLive } from "../kit/state.js";

export const poolKey = (/** @type {any} */ it) => `${it.name} of ${it.server}`;

export const POOL_COLUMNS = [
  { id: "name", title: "Pool" },
  { id: "server", title: "Server" },
  { id: "model", title: "Model" },
  { id: "started", title: "State", cell: (it) => html`<${State} of=${it.started ? "started" : "stopped"} />` },
  { id: "active", title: "Sessions", cell: (it) => html`<${Usage} active=${it.active} idle=${it.idle} other=${it.pending + it.suspended + it.quarantined} maximum=${it.maximum} />` },
  { id: "reserved", title: "Reserved", number: true },
  { id: "quarantined", title: "Quarantined", number: true },
  { id: "rows", title: "Rows", number: true, cell: (it) => (it.rows == null ? "" : `${it.rows_used} of ${it.rows}`) },
  { id: "problem", title: "Problem" },
  { id: "idle", title: "Idle", number: true, hidden: true },
  { id: "pending", title: "Pending", number: true, hidden: true },
  { id: "suspended", title: "Suspended", number: true, hidden: true },
  { id: "maximum", title: "Maximum", number: true, hidden: true },
];

export function Pools({ may }) {
  const servers = useLive("/servers?columns=name&sort=name");
  const acts = (rows, done) => html`<${PoolActs} pools=${rows} done=${done} />`;
  return html`<${Table} path="/pools" name="pools" columns=${POOL_COLUMNS} keyOf=${poolKey}
    facets=${[{ id: "server", title: "Server", values: (servers.data ?? []).map((it) => it.name) },
      { id: "started", title: "Started", values: ["true", "false"] }]}
    acts=${may("operate") ? acts : undefined} empty="No deployed model has a pool." />`;
}

/** Buttons that start and stop one or several pools. */
export function PoolActs({ pools, done }) {
  const [force, setForce] = useState(false);
  const names = pools.map(poolKey).join(", ");
  const used = pools.reduce((sum, it) => sum + it.active, 0);
  const idle = pools.reduce((sum, it) => sum + it.idle, 0);
  const all = (act) => () =>
    Promise.all(pools.map((it) => change("POST", `/servers/${encodeURIComponent(it.server)}/pools/${encodeURIComponent(it.name)}/${act}`)));
  return html`<${Act} label="Start" title="Start ${names}" done=${done} act=${all("start")} consequence="${names} will open sessions and give them." />
    ${" "}<${Act} label="Stop" title="Stop ${names}" done=${done} act=${all(force ? "stop?force=true" : "stop")}
      word=${force && used > 20 ? "stop" : ""}
      consequence=${force ? `${idle} idle and ${used} used sessions end now.` : `${idle} idle sessions end now; ${used} used sessions go on until their clients end them.`}>
      <label><input type="checkbox" checked=${force} onChange=${() => setForce(!force)} /> End used sessions too</label>
    <//>`;
}
