/** How the sessions were given, beside how they should be: exact for every draw, whatever came and went meanwhile. */

import { html, useState } from "../kit/html.js";
import { Trouble } from "../kit/messages.js";
import { useLive } from "../kit/state.js";

const WINDOWS = [["300", "5 minutes"], ["3600", "hour"], ["86400", "day"]];

export function Shares({ domain }) {
  const [window_, setWindow] = useState("3600");
  const { data, problem } = useLive(`/domains/${encodeURIComponent(domain.name)}/shares?window=${window_}`);
  const rows = data ?? [];
  const draws = rows.reduce((sum, it) => sum + it.drawn, 0);
  return html`<section aria-label="Shares">
    <h2>Shares drawn and expected</h2>
    <${Trouble} of=${problem} />
    <p><label>In the last <select onChange=${(event) => setWindow(event.target.value)}>
      ${WINDOWS.map(([seconds, words]) => html`<option key=${seconds} value=${seconds} selected=${seconds === window_}>${words}</option>`)}
    </select></label> <span class="soft">${draws} draws. The mark is what the weights of each draw say; the band is chance.</span></p>
    ${draws > 0 && html`<div class="scroll"><table>
      <thead><tr><th>Server</th><th>Share</th><th class="number">Drawn</th><th class="number">Gave</th><th class="number">Expected</th><th>Judged</th></tr></thead>
      <tbody>${rows.map((it) => html`<${Share} key=${it.server} it=${it} draws=${draws} />`)}</tbody>
    </table></div>`}
  </section>`;
}

function Share({ it, draws }) {
  const part = (value) => Math.max(0, Math.min(100, (100 * value) / draws));
  const percent = (value) => `${part(value).toFixed(1)} %`;
  const low = part(it.expected - it.bound);
  return html`<tr>
    <td data-title="Server">${it.server}</td>
    <td data-title="Share"><svg class="share ${it.as_expected ? "" : "off"}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="free" width="100" height="10" /><rect class="band" x=${low} width=${part(it.expected + it.bound) - low} height="10" />
      <rect class="active" y="3" width=${part(it.drawn)} height="4" /><rect class="mark" x=${part(it.expected) - 0.3} width="0.6" height="10" />
    </svg></td>
    <td class="number" data-title="Drawn">${it.drawn} (${percent(it.drawn)})</td>
    <td class="number" data-title="Gave">${it.given}</td>
    <td class="number" data-title="Expected">${it.expected.toFixed(1)} (${percent(it.expected)})</td>
    <td data-title="Judged">${it.as_expected ? "as expected" : html`<b class="bad">not by chance</b>`}</td>
  </tr>`;
}
