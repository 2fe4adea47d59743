/** Requests for sessions: what was given, what was refused, and the trail of each. */

import { html } from "../kit/html.js";
import { Link } from "../kit/location.js";
import { State, Time, Trouble } from "../kit/messages.js";
import { useLive, useOnce } from "../kit/state.js";
import { Table } from "../kit/table.js";

const COLUMNS = [
  { id: "request_id", title: "Request" },
  { id: "time", title: "Time", cell: (it) => html`<${Time} at=${it.time} />` },
  { id: "domain", title: "Domain" },
  { id: "name", title: "Model or pool" },
  { id: "user", title: "User" },
  { id: "outcome", title: "Outcome", cell: (it) => html`<${State} of=${it.outcome} />` },
  { id: "server", title: "Server" },
  { id: "reason", title: "Reason" },
  { id: "milliseconds", title: "ms", number: true },
  { id: "kind", title: "Kind", hidden: true },
  { id: "location", title: "Location", hidden: true },
  { id: "attempt", title: "Attempt", number: true, hidden: true },
  { id: "management_server", title: "Decided by", hidden: true },
  { id: "revision", title: "Revision", hidden: true },
];

const OUTCOMES = ["granted", "refused", "failed", "warming", "late", "cancelled"];

export function Requests() {
  const domains = useLive("/domains?columns=name&sort=name");
  return html`<${Table} path="/allocations" name="requests" fixed=${{ last: 1000 }} columns=${COLUMNS}
    keyOf=${(it) => `${it.request_id} ${it.attempt} ${it.management_server}`} linkOf=${(it) => `/console/requests/${encodeURIComponent(it.request_id)}`}
    facets=${[{ id: "outcome", title: "Outcome", values: OUTCOMES }, { id: "domain", title: "Domain", values: (domains.data ?? []).map((it) => it.name) }]}
    empty="No request has come since the management servers were started." />`;
}

export function Request({ id }) {
  const { data, problem } = useOnce(`/allocations/${encodeURIComponent(id)}`);
  if (problem) return html`<p>This request has no trail: it is older than those that are kept, or it asked a session server directly.</p><${Trouble} of=${problem} />`;
  if (data === undefined) return html`<p class="soft" aria-busy="true">Loading ...</p>`;
  return data.map((it) => html`<${Decision} key=${it.attempt + it.management_server} it=${it} />`);
}

function Decision({ it }) {
  const server = it.server && html`<${Link} to="/console/servers/${encodeURIComponent(it.server)}">${it.server}<//>`;
  return html`<section aria-label="Attempt ${it.attempt}">
    <h2><${State} of=${it.outcome} /> ${server}</h2>
    <p>${it.kind} ${it.name} of domain <${Link} to="/console/domains/${encodeURIComponent(it.domain)}">${it.domain}<//>,
      for ${it.user || "nobody in particular"} at ${it.location || "an unknown place"}; <${Time} at=${it.time} />,
      ${it.milliseconds} ms, decided by ${it.management_server}.</p>
    ${it.reason && html`<p><b>${it.reason}</b></p>`}
    ${it.trail.length > 0 && html`<h3>Tries</h3><ol>${it.trail.map((step, index) => html`<li key=${index}><${Step} it=${step} /></li>`)}</ol>`}
    ${it.left.length > 0 && html`<h3>Not asked</h3><ul>${it.left.map((one, index) => html`<li key=${index}>
      <${Link} to="/console/servers/${encodeURIComponent(one.server)}">${one.server}<//> (priority ${one.priority}, weight ${one.weight}): ${one.reason}</li>`)}</ul>`}
  </section>`;
}

/** One try: the candidates as a bar, with the number that was drawn. */
function Step({ it }) {
  let start = 0;
  const parts = it.candidates.map(([name, weight]) => {
    const part = { name, weight, start };
    start += weight;
    return part;
  });
  const share = (value) => (it.total ? (100 * value) / it.total : 0);
  return html`Priority ${it.priority}: drew ${it.draw} of ${it.total}, asked <b>${it.server}</b>, which answered <b>${it.answer}</b>${it.reason ? ` (${it.reason})` : ""} in ${it.milliseconds} ms.
    ${it.total > 0 && html`<svg class="draw" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      ${parts.map((part, index) => html`<rect key=${part.name} class=${part.name === it.server ? "active" : index % 2 ? "free" : "idle"}
        x=${share(part.start)} width=${share(part.weight)} height="10" />`)}
      <rect class="mark" x=${share(it.draw) - 0.4} width="0.8" height="10" /></svg>
    <span class="soft">${parts.map((part) => `${part.name} ${part.weight}`).join(", ")}</span>`}`;
}
