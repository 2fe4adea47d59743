/** Keys of the console, and the box in which anything is found by its name. */

import { html, useEffect, useMemo, useState } from "../kit/html.js";
import { get } from "../kit/api.js";
import { Dialog } from "../kit/dialog.js";
import { go } from "../kit/location.js";
import { isTyping } from "../kit/table.js";
import { PAGES } from "./routes.js";

const SWITCH = "verdigris-keys";

/** Whether single keys do something (WCAG 2.1.4). */
export const keysAreOn = () => localStorage.getItem(SWITCH) !== "off";
export const switchKeys = (/** @type {boolean} */ on) => localStorage.setItem(SWITCH, on ? "on" : "off");

/** Listen to the keys: g and a letter goes to a page, / filters, ? helps, Ctrl-K finds. */
export function useKeys({ openPalette }) {
  useEffect(() => {
    let going = false;
    const press = (/** @type {KeyboardEvent} */ event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        openPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !keysAreOn()) return;
      if (document.querySelector("dialog[open]")) return;
      const page = going && PAGES.find((it) => it.key === event.key);
      going = event.key === "g" && !going;
      if (page) go(page.path);
      else if (event.key === "?") go("/console/help");
      else if (event.key === "/") {
        const filter = document.querySelector("input.filter");
        if (filter instanceof HTMLInputElement) {
          event.preventDefault();
          filter.focus();
        }
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [openPalette]);
}

/** A dialog that finds pages, domains, servers and pools by their names. */
export function Palette({ pages, close }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [things, setThings] = useState(/** @type {{title: string, path: string}[]} */ ([]));
  useEffect(() => {
    Promise.all([get("/domains?columns=name"), get("/servers?columns=name"), get("/pools?columns=name,server")])
      .then(([domains, servers, pools]) => setThings([
        ...domains.map(({ name }) => ({ title: `Domain ${name}`, path: `/console/domains/${encodeURIComponent(name)}` })),
        ...servers.map(({ name }) => ({ title: `Session server ${name}`, path: `/console/servers/${encodeURIComponent(name)}` })),
        ...pools.map(({ name, server }) => ({ title: `Pool ${name} of ${server}`,
          path: `/console/pools?filter=${encodeURIComponent(name)}&server=${encodeURIComponent(server)}` })),
      ]))
      .catch(() => {});
  }, []);
  const found = useMemo(() => {
    const all = [...pages.map((it) => ({ title: it.title, path: it.path })), ...things];
    const words = text.toLowerCase().split(/\s+/);
    return all.filter((it) => words.every((word) => it.title.toLowerCase().includes(word))).slice(0, 12);
  }, [text, things, pages]);
  const leave = (/** @type {string} */ path) => {
    close();
    go(path);
  };
  const press = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt(Math.max(0, Math.min(found.length - 1, at + step)));
    } else if (event.key === "Enter" && found[at]) {
      event.preventDefault();
      leave(found[at].path);
    }
  };
  return html`<${Dialog} title="Go to" onClose=${close}>
    <label>Name <input type="search" value=${text} role="combobox" aria-expanded="true" aria-controls="found"
      aria-activedescendant=${found[at] ? `found-${at}` : null} autocomplete="off" onKeyDown=${press}
      onInput=${(event) => { setText(event.target.value); setAt(0); }} /></label>
    <ul id="found" role="listbox" aria-label="Found">
      ${found.map((it, index) => html`<li key=${it.path} id="found-${index}" role="option" aria-selected=${index === at}
        onClick=${() => leave(it.path)}>${it.title}</li>`)}
    </ul>
  <//>`;
}
