/** What the installation does, and what needs somebody. */

import { html } from "../kit/html.js";
import { useLive } from "../kit/state.js";
import { Link } from "../kit/location.js";
import { State, Time, Trouble, Usage, duration } from "../kit/messages.js";

const serverPage = (name) => `/console/servers/${encodeURIComponent(name)}`;

export function Overview() {
  const domains = useLive("/domains");
  const servers = useLive("/servers");
  const managers = useLive("/management-servers");
  const requests = useLive("/allocations?last=500&limit=500");
  if (servers.data === undefined || domains.data === undefined) {
    return html`<${Trouble} of=${servers.problem ?? domains.problem} /><p class="soft" aria-busy="true">Loading ...</p>`;
  }
  const needs = whatNeedsYou(domains.data, servers.data, managers.data ?? [], requests.data ?? []);
  return html`
    <${Trouble} of=${servers.problem} />
    <${Tiles} domains=${domains.data} servers=${servers.data} requests=${requests.data ?? []} />
    <section aria-label="What needs you">
      <h2>What needs you</h2>
      ${needs.length === 0
        ? html`<p class="good"><span aria-hidden="true">✓</span> Nothing.</p>`
        : html`<ul class="needs">${needs.map((it) => html`<li key=${it.text}><${Link} to=${it.to}>${it.text}<//></li>`)}</ul>`}
    </section>
    <section aria-label="Last refusals"><h2>Last refusals</h2><${Refusals} requests=${requests.data ?? []} /></section>`;
}

function Tiles({ domains, servers, requests }) {
  const sum = (name) => servers.reduce((total, it) => total + it[name], 0);
  const states = {};
  for (const { state } of servers) states[state] = (states[state] ?? 0) + 1;
  const serving = domains.filter(canServe).length;
  const refused = requests.filter((it) => it.outcome === "refused").length;
  return html`<div class="tiles">
    <${Link} class="tile" to="/console/domains"><b>${serving} of ${domains.length}</b> domains can serve<//>
    <${Link} class="tile" to="/console/servers"><b>${states.online ?? 0} of ${servers.length}</b> servers online
      ${Object.entries(states).filter(([state]) => state !== "online").map(([state, count]) =>
        html`<span key=${state}><${State} of=${state}> ${count}<//></span>`)}<//>
    <${Link} class="tile" to="/console/sessions"><b>${sum("active")}</b> sessions in use
      <${Usage} active=${sum("active")} idle=${sum("idle")} other=${sum("pending") + sum("suspended") + sum("quarantined")}
        maximum=${sum("maximum")} /><//>
    <${Link} class="tile" to="/console/requests?outcome=refused"><b>${refused}</b> refused of the last ${requests.length} requests<//>
  </div>`;
}

const canServe = (domain) => domain.members.some((it) => it.state === "online" && it.weight > 0);

function whatNeedsYou(domains, servers, managers, requests) {
  const found = [];
  for (const it of domains.filter((one) => !canServe(one))) {
    found.push({ text: `Domain ${it.name} has no server online`, to: `/console/domains/${encodeURIComponent(it.name)}` });
  }
  for (const it of servers) {
    if (!["online", "draining", "maintenance"].includes(it.state)) {
      const reason = it.reason ? `: ${it.reason}` : "";
      found.push({ text: `Session server ${it.name} is ${it.state} for ${duration(it.since)}${reason}`, to: serverPage(it.name) });
    }
    if (it.quarantined) found.push({ text: `${it.quarantined} quarantined sessions at ${it.name}`, to: `/console/sessions?state=quarantined&server=${it.name}` });
    for (const pool of it.pools) {
      if (pool.problem) found.push({ text: `Pool ${pool.name} of ${it.name}: ${pool.problem}`, to: `/console/pools?server=${it.name}` });
      else if (pool.started && pool.maximum && pool.active + pool.reserved >= pool.maximum) {
        found.push({ text: `Pool ${pool.name} of ${it.name} is full: ${pool.maximum} of ${pool.maximum}`, to: `/console/pools?server=${it.name}` });
      }
    }
  }
  for (const it of managers) {
    if (it.state === "offline") found.push({ text: `Management server ${it.name} does not answer: ${it.problem}`, to: "/console/cluster" });
    else if (it.problem) found.push({ text: `Configuration at ${it.name}: ${it.problem}`, to: "/console/configuration" });
  }
  const failed = requests.filter((it) => it.outcome === "failed").length;
  if (failed) found.push({ text: `${failed} requests failed`, to: "/console/requests?outcome=failed" });
  return found;
}

function Refusals({ requests }) {
  const refused = requests.filter((it) => it.outcome === "refused").slice(0, 10);
  if (!refused.length) return html`<p class="soft">None among the last ${requests.length} requests.</p>`;
  return html`<ul>${refused.map((it) => html`<li key=${it.request_id + it.attempt}><${Time} at=${it.time} />${" "}
    <${Link} to="/console/requests/${encodeURIComponent(it.request_id)}">${it.domain} ${it.name}<//>: ${it.reason}</li>`)}</ul>`;
}
