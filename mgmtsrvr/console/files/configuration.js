/** The installation as a document: edited, planned, put into force, and taken back. */

import { html, useEffect, useRef, useState } from "../kit/html.js";
import { change, send } from "../kit/api.js";
import { Act, Dialog } from "../kit/dialog.js";
import { Time, Trouble } from "../kit/messages.js";
import { useAct, useOnce } from "../kit/state.js";

const XML = { "Content-Type": "application/xml" };

export function Configuration({ may }) {
  const versions = useOnce("/installation/versions");
  const [document_, setDocument] = useState({ text: "", revision: "", edited: "" });
  const [plan, setPlan] = useState(/** @type {any} */ (null));
  const { busy, problem, perform } = useAct();
  const load = () => perform(async () => {
    const answer = await send("GET", "/installation");
    const text = await answer.text();
    setDocument({ text, revision: answer.headers.get("ETag") ?? "", edited: text });
    setPlan(null);
    versions.reload();
  });
  useEffect(() => {
    load();
  }, []);
  const changed = document_.edited !== document_.text;
  const ask = () => perform(async () => setPlan(await change("POST", "/installation/plan", { body: document_.edited, headers: XML })));
  const put = async (comment) => {
    await send("PUT", `/installation?comment=${encodeURIComponent(comment)}`, { body: document_.edited, headers: { ...XML, "If-Match": document_.revision } });
    await load();
  };
  const editable = may("change-installation");
  return html`
    <${Editor} text=${document_.edited} readonly=${!editable} problem=${problem}
      onInput=${(text) => { setDocument({ ...document_, edited: text }); setPlan(null); }} />
    <${Trouble} of=${problem} />
    ${problem && problem.code === 9511 && html`<p><button type="button" onClick=${load}>Load the version in force (your edit is lost)</button></p>`}
    <p class="buttons">
      <button type="button" class=${plan ? "" : "first"} disabled=${busy || !changed} onClick=${ask}>Plan</button>
      ${editable && plan && html`<${Apply} plan=${plan} put=${put} />`}
      <button type="button" disabled=${!changed} onClick=${() => setDocument({ ...document_, edited: document_.text })}>Undo all edits</button>
      <span class="soft">Revision ${document_.revision.replaceAll('"', "").slice(0, 12)}</span>
    </p>
    ${plan && html`<${Plan} plan=${plan} />`}
    <${Versions} versions=${versions} editable=${editable} reload=${load} edit=${(text) => setDocument({ ...document_, edited: text })} />`;
}

/** The text with the numbers of its lines, which problems name. */
function Editor({ text, readonly, problem, onInput }) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const numbers = useRef(/** @type {HTMLElement | null} */ (null));
  const lines = text.split("\n").length;
  const bad = new Set([...String(problem?.message ?? "").matchAll(/\bline (\d+)/g)].map((it) => Number(it[1])));
  const follow = () => {
    if (numbers.current && area.current) numbers.current.scrollTop = area.current.scrollTop;
  };
  return html`<div class="editor">
    <div class="numbers" ref=${numbers} aria-hidden="true">${Array.from({ length: lines }, (_, index) => html`<div key=${index} class=${bad.has(index + 1) ? "bad" : ""}>${index + 1}</div>`)}</div>
    <textarea ref=${area} aria-label="Installation document" spellcheck="false" wrap="off" rows="24" readonly=${readonly} value=${text}
      onScroll=${follow} onInput=${(event) => onInput(event.target.value)}></textarea>
  </div>`;
}

function Apply({ plan, put }) {
  const [comment, setComment] = useState("");
  return html`<${Act} label="Put into force" kind="first" title="Put this version into force"
    consequence=${plan.changes.length ? `${plan.changes.length} changes are in force at all management servers at once.` : "Only the text differs; nothing changes in meaning."}
    act=${() => put(comment)}>
    <label>Comment, kept with the version <input value=${comment} onInput=${(event) => setComment(event.target.value)} /></label>
  <//>`;
}

function Plan({ plan }) {
  return html`<section aria-label="Plan" class="card">
    <h2>What changes</h2>
    ${plan.changes.length === 0 ? html`<p>Nothing in meaning.</p>` : html`<ul>${plan.changes.map((it, index) => html`<li key=${index}><b>${it.kind} ${it.name}</b> ${it.text}</li>`)}</ul>`}
    ${plan.shares.length > 0 && html`<h3>Shares while all are online</h3>
      <table><thead><tr><th>Domain</th><th>Priority</th><th>Server</th><th class="number">Before</th><th class="number">After</th></tr></thead>
      <tbody>${plan.shares.map((it, index) => html`<tr key=${index}><td>${it.domain}</td><td>${it.priority}</td><td>${it.server}</td>
        <td class="number">${it.before == null ? "none" : `${it.before.toFixed(1)} %`}</td><td class="number">${it.after == null ? "none" : `${it.after.toFixed(1)} %`}</td></tr>`)}</tbody></table>`}
    ${plan.warnings.map((it, index) => html`<p class="warn" key=${index}>${it}</p>`)}
    <details><summary>Difference of the texts</summary><${Difference} text=${plan.text} /></details>
  </section>`;
}

/** A difference as `diff -u` prints it. */
function Difference({ text }) {
  const kind = (line) => (line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : line.startsWith("@") ? "soft" : "");
  return html`<pre class="difference" tabindex="0">${text.split("\n").map((line, index) => html`<div key=${index} class=${kind(line)}>${line || " "}</div>`)}</pre>`;
}

function Versions({ versions, editable, reload, edit }) {
  const [shown, setShown] = useState(/** @type {any} */ (null));
  const { problem, perform } = useAct();
  const newest = (versions.data ?? [])[0];
  const compare = (it, index) => perform(async () => {
    const older = versions.data[index + 1];
    const query = new URLSearchParams(older ? { from: older.revision, to: it.revision } : { from: it.revision, to: it.revision });
    setShown({ title: `Version ${it.revision.slice(0, 12)}`, plan: await change("GET", `/installation/compare?${query}`) });
  });
  const take = (it) => perform(async () => edit(await (await send("GET", `/installation/versions/${it.revision}`)).text()));
  return html`<section aria-label="Versions that are kept"><h2>Versions</h2>
    <${Trouble} of=${problem ?? versions.problem} />
    <div class="scroll" tabindex="0" role="region" aria-label="Versions"><table>
      <thead><tr><th>Time</th><th>By</th><th>Comment</th><th>Revision</th><th>Acts</th></tr></thead>
      <tbody>${(versions.data ?? []).map((it, index) => html`<tr key=${it.revision}>
        <td data-title="Time"><${Time} at=${it.time} /></td><td data-title="By">${it.author}</td><td data-title="Comment">${it.comment}</td>
        <td data-title="Revision"><code>${it.revision.slice(0, 12)}</code> ${it.in_force && html`<span class="tag">in force</span>`}</td>
        <td data-title="Acts"><button type="button" onClick=${() => compare(it, index)}>What it changed</button>
          ${editable && html` <button type="button" onClick=${() => take(it)}>Edit as new</button>`}
          ${editable && !it.in_force && newest && html` <${Act} label="Restore" title="Restore version ${it.revision.slice(0, 12)}"
            consequence="This version is in force again. The present one is kept." done=${reload}
            act=${() => change("POST", `/installation/versions/${it.revision}/restore`, { headers: { "If-Match": `"${versions.data.find((one) => one.in_force)?.revision ?? ""}"` } })} />`}</td>
      </tr>`)}</tbody></table></div>
    ${shown && html`<${Dialog} title=${shown.title} onClose=${() => setShown(null)}><${Plan} plan=${shown.plan} />
      <p class="buttons"><button type="button" onClick=${() => setShown(null)}>Close</button></p><//>`}
  </section>`;
}
