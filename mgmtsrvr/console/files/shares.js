/** How the sessions were given, beside how they should be: exact for every draw, whatever came and went meanwhile. */

import { html } from "../kit/html.js";
import { useLive } from "../kit/state.js";

/** A bound that holds at every look at n draws, so that looking often finds nothing by itself (normal mixture). */
export function bound(/** @type {number} */ variance, /** @type {number} */ servers) {
  const known = 100;
  const chance = 0.01 / Math.max(1, servers);
  return Math.sqrt((variance + known) * (Math.log((variance + known) / known) + 2 * Math.log(1 / chance)));
}

/** Draws, expectation and variance of each server over trails. */
export function shares(/** @type {any[]} */ decisions, /** @type {string} */ domain) {
  /** @type {Map<string, {server: string, drawn: number, expected: number, variance: number, given: number}>} */
  const found = new Map();
  let draws = 0;
  for (const decision of decisions) {
    if (decision.domain !== domain) continue;
    for (const step of decision.trail ?? []) {
      if (!step.total) continue;
      draws += 1;
      for (const [server, weight] of step.candidates) {
        const one = found.get(server) ?? { server, drawn: 0, expected: 0, variance: 0, given: 0 };
        const part = weight / step.total;
        one.expected += part;
        one.variance += part * (1 - part);
        if (server === step.server) {
          one.drawn += 1;
          if (step.answer === "reserved" || step.answer === "granted") one.given += 1;
        }
        found.set(server, one);
      }
    }
  }
  return { draws, servers: [...found.values()].sort((a, b) => a.server.localeCompare(b.server)) };
}

export function Shares({ domain }) {
  const { data } = useLive(`/allocations?last=10000&filter.domain=${encodeURIComponent(domain.name)}&columns=domain,trail`);
  const { draws, servers } = shares(data ?? [], domain.name);
  if (!draws) return html`<section aria-label="Shares"><h2>Shares</h2><p class="soft">No request has come for this domain yet.</p></section>`;
  return html`<section aria-label="Shares">
    <h2>Shares asked and expected</h2>
    <p class="soft">Of the last ${draws} draws. The mark is what the weights of each draw say; the band is chance.</p>
    <div class="scroll"><table>
      <thead><tr><th>Server</th><th>Share</th><th class="number">Drawn</th><th class="number">Expected</th><th>Judged</th></tr></thead>
      <tbody>${servers.map((it) => html`<${Share} key=${it.server} it=${it} draws=${draws} of=${servers.length} />`)}</tbody>
    </table></div>
  </section>`;
}

function Share({ it, draws, of }) {
  const band = bound(it.variance, of);
  const off = Math.abs(it.drawn - it.expected) > band;
  const part = (value) => Math.max(0, Math.min(100, (100 * value) / draws));
  const percent = (value) => `${part(value).toFixed(1)} %`;
  const low = part(it.expected - band);
  return html`<tr>
    <td data-title="Server">${it.server}</td>
    <td data-title="Share"><svg class="share ${off ? "off" : ""}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="free" width="100" height="10" /><rect class="band" x=${low} width=${part(it.expected + band) - low} height="10" />
      <rect class="active" y="3" width=${part(it.drawn)} height="4" /><rect class="mark" x=${part(it.expected) - 0.3} width="0.6" height="10" />
    </svg></td>
    <td class="number" data-title="Drawn">${it.drawn} (${percent(it.drawn)})</td>
    <td class="number" data-title="Expected">${it.expected.toFixed(1)} (${percent(it.expected)})</td>
    <td data-title="Judged">${off ? html`<b class="bad">not by chance</b>` : "as expected"}</td>
  </tr>`;
}
