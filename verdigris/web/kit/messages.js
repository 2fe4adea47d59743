/** Problems, states and times, as pages show them. */

import { html } from "./html.js";

/** A problem: what it is, what to do, and the id to look for. */
export function Trouble({ of }) {
  if (!of) return null;
  return html`<div class="trouble" role="alert">
    <p><b>${of.code ? `${of.code} ` : ""}${of.message}</b></p>
    ${of.advice && html`<p>${of.advice}</p>`}
    ${of.requestId && html`<p class="soft">Request ${of.requestId}</p>`}
  </div>`;
}

const SIGNS = {
  online: "●", draining: "◐", maintenance: "◌", offline: "○", suspect: "◑", held: "◑", warming: "◔",
  idle: "○", active: "●", pending: "◔", suspended: "◑", quarantined: "▲", granted: "●", refused: "○",
  failed: "○", yes: "●", no: "○", started: "●", stopped: "○",
};

/** A state by its word, a sign and a colour, so that none of them is needed alone. */
export function State({ of, children }) {
  return html`<span class="state ${of}"><span aria-hidden="true">${SIGNS[of] ?? "·"}</span> ${of}${children}</span>`;
}

/** Seconds in the largest unit that fits. */
export function duration(/** @type {number} */ seconds) {
  if (seconds == null || seconds < 0) return "never";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

/** A time of the server in the reader's zone; the original can be read beside it. */
export function Time({ at }) {
  if (!at) return null;
  const date = typeof at === "number" ? new Date(at * 1000) : new Date(at);
  if (Number.isNaN(date.getTime())) return String(at);
  const utc = date.toISOString();
  return html`<time datetime=${utc} title=${utc}>${date.toLocaleString()}</time>`;
}

/** How much of something is used, as a bar with its numbers. */
export function Usage({ active = 0, idle = 0, other = 0, maximum = 0 }) {
  const whole = Math.max(maximum, active + idle + other, 1);
  const part = (count) => (100 * count) / whole;
  return html`<span class="usage">
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="free" width="100" height="8" />
      <rect class="active" width=${part(active)} height="8" />
      <rect class="idle" x=${part(active)} width=${part(idle)} height="8" />
      <rect class="other" x=${part(active + idle)} width=${part(other)} height="8" />
    </svg>
    <span>${active}${idle ? ` + ${idle} idle` : ""}${other ? ` + ${other} other` : ""}${maximum ? ` of ${maximum}` : ""}</span>
  </span>`;
}
