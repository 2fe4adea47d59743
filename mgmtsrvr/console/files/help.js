/** Keys, words, version and licences. */

import { html, useState } from "../kit/html.js";
import { useOnce } from "../kit/state.js";
import { keysAreOn, switchKeys } from "./keys.js";
import { PAGES } from "./routes.js";

const KEYS = [
  ["Ctrl-K", "find a page, domain, server or pool by its name"], ["/", "filter the list"], ["j k", "go to the row below or above"],
  ["x", "select the row"], ["Enter", "open what has the focus"], ["Esc", "close the dialog"], ["?", "this page"],
];

export function Help() {
  const { data } = useOnce("/version");
  const [on, setOn] = useState(keysAreOn());
  const flip = () => {
    switchKeys(!on);
    setOn(!on);
  };
  return html`
    ${data && html`<p>${data.product} ${data.version}, management server ${data.name} of installation ${data.installation}.</p>
      ${data.warnings.map((it, index) => html`<p class="warn" key=${index}>${it}</p>`)}`}
    <h2>Keys</h2>
    <label><input type="checkbox" checked=${on} onChange=${flip} /> Single keys do something</label>
    <dl>${KEYS.map(([key, meaning]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${meaning}</dd></div>`)}
      ${PAGES.filter((it) => it.key).map((it) => html`<div key=${it.path}><dt><kbd>g ${it.key}</kbd></dt><dd>${it.title}</dd></div>`)}</dl>
    <h2>For programs</h2>
    <p>Everything here comes from the <a href="/openapi.json">administration API</a>, and can be done with the command <code>verdigris</code> too.</p>
    <h2>Modules of others</h2>
    <p>Preact (MIT) and htm (Apache-2.0).</p>`;
}
