/** The console: who is signed in, where they are, and the page of that address. */

import { html, render, useEffect, useState } from "../kit/html.js";
import { change, get, setCsrfToken, whenSignedOut } from "../kit/api.js";
import { Link, go, useAddress } from "../kit/location.js";
import { signOut, stream } from "../kit/stream.js";
import { Trouble } from "../kit/messages.js";
import { useAct } from "../kit/state.js";
import { Palette, useKeys } from "./keys.js";
import { PAGES, pageAt } from "./routes.js";

function App() {
  const [user, setUser] = useState(/** @type {any} */ (undefined));
  const [why, setWhy] = useState("");
  useEffect(() => {
    find(setUser);
    return whenSignedOut(() => {
      setWhy("Your session has ended. Sign in again to go on where you were.");
      setUser(null);
      stream.rest();
    });
  }, []);
  if (user === undefined) return html`<p class="soft loading" aria-busy="true">Loading ...</p>`;
  if (user === null) return html`<${SignIn} why=${why} done=${() => find(setUser)} />`;
  return html`<${Shell} user=${user} signedOut=${() => setUser(null)} />`;
}

/** Who is signed in; without security everybody may everything. */
async function find(setUser) {
  try {
    const found = await get("/login");
    setCsrfToken(found.csrf_token ?? "");
    setUser(found);
    stream.restart();
  } catch (problem) {
    if (problem.status === 404) setUser({ user: "", permissions: null });
    else if (problem.status === 401) setUser(null);
    else {
      setUser(undefined);
      setTimeout(() => find(setUser), 2000);
    }
  }
}

function SignIn({ why, done }) {
  const { busy, problem, perform } = useAct();
  useEffect(() => {
    document.title = "Sign in - Verdigris";
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const body = JSON.stringify({ user: form.get("user"), password: form.get("password") });
    const good = await perform(() =>
      change("POST", "/login?cookie=true", { body, headers: { "Content-Type": "application/json" } }),
    );
    if (good) done();
  };
  return html`<main class="sign-in">
    <h1>Verdigris</h1>
    ${why && html`<p role="status">${why}</p>`}
    <form onSubmit=${submit}>
      <label>User <input name="user" autocomplete="username" required autofocus /></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
      <${Trouble} of=${problem} />
      <button type="submit" class="first" disabled=${busy}>Sign in</button>
    </form>
  </main>`;
}

function Shell({ user, signedOut }) {
  const { path } = useAddress();
  const [palette, setPalette] = useState(false);
  const found = pageAt(path);
  useKeys({ openPalette: () => setPalette(true) });
  const title = found ? found.title : "Not found";
  useEffect(() => {
    document.title = `${title} - Verdigris`;
    const heading = document.querySelector("h1");
    if (heading instanceof HTMLElement && !document.activeElement?.closest("main")) heading.focus();
  }, [title, path]);
  const may = (/** @type {string} */ permission) => !user.permissions || user.permissions.includes(permission);
  const seen = PAGES.filter((it) => it.menu && may(it.needs));
  const leave = async () => {
    await signOut().catch(() => {});
    signedOut();
  };
  return html`<a class="skip" href="#content">Skip to content</a>
    <header>
      <b class="product">Verdigris</b>
      <details class="navigation" open=${innerWidth > 720}>
        <summary>Menu</summary>
        <nav aria-label="Pages">
          ${seen.map((it) => html`<${Link} key=${it.path} to=${it.path}
            aria-current=${found && found.menu === it.menu ? "page" : null}>${it.menu}<//>`)}
        </nav>
      </details>
      <span class="who">
        <${Live} />
        <button type="button" onClick=${() => setPalette(true)} aria-keyshortcuts="Control+K">Go to ...</button>
        ${user.user
          ? html`<span>${user.user}</span> <button type="button" onClick=${leave}>Sign out</button>`
          : html`<span class="soft">without security</span>`}
      </span>
    </header>
    <main id="content" tabindex="-1">
      ${found && may(found.needs)
        ? html`<h1 tabindex="-1">${title}</h1><${found.page} key=${path} ...${found.names} may=${may} />`
        : found
          ? html`<h1 tabindex="-1">${title}</h1><p>You may not see this page: it needs the permission
              <code>${found.needs}</code>.</p>`
          : html`<h1 tabindex="-1">Not found</h1><p>There is no page at ${path}. <${Link} to="/console">Overview<//></p>`}
    </main>
    ${palette && html`<${Palette} pages=${seen} close=${() => setPalette(false)} go=${go} />`}`;
}

/** Whether what is shown is pushed, asked for, or old. */
function Live() {
  const [state, setState] = useState(stream.state);
  useEffect(() => {
    stream.stateListeners.add(setState);
    return () => stream.stateListeners.delete(setState);
  }, []);
  const meaning = {
    live: "changes are shown at once",
    polling: "changes are asked for every few seconds",
    paused: "rests while the page is hidden",
    stopped: "the management server does not answer",
  }[state];
  if (!meaning) return null; // nothing is watched yet
  return html`<span class="live ${state}" role="status" title=${meaning}>
    <span aria-hidden="true">●</span> ${state}</span>`;
}

const app = document.getElementById("app");
if (app) render(html`<${App} />`, app);
