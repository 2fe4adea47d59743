/** A terminal screen as text: selectable, zoomable, and read row by row by screen readers. */

import { html } from "./html.js";

/**
 * @param {object} options
 * @param {string} options.text rows by line feeds, masked by the session server
 * @param {string} [options.title]
 */
export function Screen({ text, title = "Screen" }) {
  const rows = text.replace(/\n$/, "").split("\n");
  return html`<figure class="screen">
    <figcaption class="unseen">${title}</figcaption>
    <pre tabindex="0" aria-label=${title}>${rows.map((row) => `${row}\n`)}</pre>
  </figure>`;
}
