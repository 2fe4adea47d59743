/** Users, groups, rights and directories: the users document. */

import { html, useEffect, useState } from "../kit/html.js";
import { send } from "../kit/api.js";
import { Act } from "../kit/dialog.js";
import { Trouble } from "../kit/messages.js";
import { useAct } from "../kit/state.js";

export function Security() {
  const [found, setFound] = useState({ text: "", edited: "", revision: "" });
  const { problem, perform } = useAct();
  const load = () => perform(async () => {
    const answer = await send("GET", "/users");
    const text = await answer.text();
    setFound({ text, edited: text, revision: answer.headers.get("ETag") ?? "" });
  });
  useEffect(() => {
    load();
  }, []);
  const put = async () => {
    await send("PUT", "/users", { body: found.edited, headers: { "Content-Type": "application/xml", "If-Match": found.revision } });
    await load();
  };
  return html`<p>Passwords are in it as argon2id hashes. <code>verdigris users</code> adds users, groups and grants by commands.</p>
    <div class="editor"><textarea aria-label="Users document" spellcheck="false" wrap="off" rows="24" value=${found.edited}
      onInput=${(event) => setFound({ ...found, edited: event.target.value })}></textarea></div>
    <${Trouble} of=${problem} />
    <p class="buttons">${found.edited !== found.text && html`<${Act} label="Put into force" kind="first" title="Put these users and rights into force"
      consequence="They count at all management servers at once. Who is taken out is signed out." act=${put} />`}
      <button type="button" onClick=${load}>Load again</button></p>`;
}
