/** The address of the page: what is shown, filtered and sorted, so that it can be sent to a colleague. */

import { html, useEffect, useState } from "./html.js";

const MOVED = "verdigris-moved";

/** Go to another address of these pages. */
export function go(/** @type {string} */ address, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  dispatchEvent(new Event(MOVED));
}

/** The path and parameters of the page, and a function that changes parameters. */
export function useAddress() {
  const [, again] = useState(0);
  useEffect(() => {
    const moved = () => again((count) => count + 1);
    addEventListener("popstate", moved);
    addEventListener(MOVED, moved);
    return () => {
      removeEventListener("popstate", moved);
      removeEventListener(MOVED, moved);
    };
  }, []);
  const query = new URLSearchParams(location.search);
  /** @param {Record<string, string>} changes */
  const setQuery = (changes, { replace = true } = {}) => {
    const wanted = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value) wanted.set(name, value);
      else wanted.delete(name);
    }
    const text = wanted.toString();
    go(location.pathname + (text ? `?${text}` : ""), { replace });
  };
  return { path: location.pathname, query, setQuery };
}

/** A link within these pages: without loading them anew, unless another tab or window is wanted. */
export function Link({ to, children, ...others }) {
  const follow = (/** @type {MouseEvent} */ event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(to);
  };
  return html`<a href=${to} onClick=${follow} ...${others}>${children}</a>`;
}
