/** The audit log: who did what, from where, and with which result. */

import { html } from "../kit/html.js";
import { Time } from "../kit/messages.js";
import { Table } from "../kit/table.js";

const COLUMNS = [
  { id: "time", title: "Time", cell: (it) => html`<${Time} at=${it.time} />` },
  { id: "who", title: "Who" },
  { id: "address", title: "From" },
  { id: "act", title: "Act" },
  { id: "about", title: "About" },
  { id: "outcome", title: "Outcome" },
  { id: "before", title: "Before", cell: (it) => html`<code>${it.before.slice(0, 12)}</code>` },
  { id: "after", title: "After", cell: (it) => html`<code>${it.after.slice(0, 12)}</code>` },
  { id: "server", title: "Management server" },
  { id: "request_id", title: "Request", hidden: true },
  { id: "number", title: "Number", number: true, hidden: true },
];

export function Audit() {
  return html`<p><a href="/audit/export" download>Export all records, with their chain of digests</a></p>
    <${Table} path="/audit" name="records" fixed=${{ last: 10000 }} columns=${COLUMNS} keyOf=${(it) => `${it.number} ${it.server}`} />`;
}
