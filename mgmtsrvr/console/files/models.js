/** Models: which version is where, and what it serves. */

import { html } from "../kit/html.js";
import { change } from "../kit/api.js";
import { Act } from "../kit/dialog.js";
import { Link } from "../kit/location.js";
import { Trouble } from "../kit/messages.js";
import { useAct, useLive } from "../kit/state.js";

/** The versions of all models, with the servers and pools that have each. */
export function versions(/** @type {any[]} */ servers) {
  const found = new Map();
  for (const server of servers) {
    for (const offer of server.offers) {
      const key = `${offer.model} ${offer.digest}`;
      const one = found.get(key) ?? { model: offer.model, digest: offer.digest, servers: new Set(), pools: new Set() };
      one.servers.add(server.name);
      if (offer.kind === "pool") one.pools.add(offer.name);
      found.set(key, one);
    }
  }
  return [...found.values()].sort((a, b) => a.model.localeCompare(b.model) || a.digest.localeCompare(b.digest));
}

export function Models({ may }) {
  const { data, problem, reload } = useLive("/servers");
  if (data === undefined) return html`<${Trouble} of=${problem} /><p class="soft" aria-busy="true">Loading ...</p>`;
  const found = versions(data);
  const count = (model) => found.filter((it) => it.model === model).length;
  const online = data.filter((it) => it.state !== "offline").map((it) => it.name);
  return html`<${Trouble} of=${problem} />
    ${may("deploy") && html`<${Deploy} servers=${online} done=${reload} />`}
    ${found.length === 0
      ? html`<p>No model is deployed. <code>verdigris deploy FOLDER --all</code> deploys one.</p>`
      : html`<div class="scroll" tabindex="0" role="region" aria-label="Models"><table>
        <thead><tr><th>Model</th><th>Version</th><th>Servers</th><th>Pools</th>${may("deploy") && html`<th>Acts</th>`}</tr></thead>
        <tbody>${found.map((it) => html`<tr key=${it.model + it.digest}>
          <td data-title="Model">${it.model}</td>
          <td data-title="Version"><code>${it.digest.slice(0, 12)}</code>${count(it.model) > 1 && html` <span class="tag warn">differs between servers</span>`}</td>
          <td data-title="Servers">${[...it.servers].map((name) => html`<${Link} key=${name} to="/console/servers/${encodeURIComponent(name)}">${name}<//> `)}</td>
          <td data-title="Pools">${[...it.pools].join(", ")}</td>
          ${may("deploy") && html`<td data-title="Acts"><${Act} label="Undeploy" kind="danger" title="Undeploy ${it.model}" done=${reload}
            word=${it.model} consequence="${it.model} is taken off ${[...it.servers].join(", ")}. Its sessions end."
            act=${() => Promise.all([...it.servers].map((name) => change("DELETE", `/servers/${encodeURIComponent(name)}/models/${encodeURIComponent(it.model)}`)))} /></td>`}
        </tr>`)}</tbody></table></div>`}`;
}

function Deploy({ servers, done }) {
  const { busy, problem, perform } = useAct();
  const submit = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const body = /** @type {File} */ (form.get("package"));
    const chosen = form.getAll("server");
    perform(async () => {
      for (const name of chosen) {
        await change("POST", `/servers/${encodeURIComponent(String(name))}/deploy`, { body, headers: { "Content-Type": "application/zip" } });
      }
      done();
    });
  };
  return html`<details class="card"><summary>Deploy a package</summary><form onSubmit=${submit}>
    <label>Package (.zip) <input type="file" name="package" accept=".zip,application/zip" required /></label>
    <fieldset><legend>To the servers</legend>${servers.map((name) => html`<label key=${name}><input type="checkbox" name="server" value=${name} checked /> ${name}</label>`)}</fieldset>
    <${Trouble} of=${problem} />
    <button type="submit" class="first" disabled=${busy || !servers.length}>${busy ? "Deploying ..." : "Deploy, one server after the other"}</button>
  </form></details>`;
}
