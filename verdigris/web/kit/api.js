/** Requests to the administration API, and its problems (RFC 9457). */

/** A refusal of the API, in words for people. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {{code?: number, title?: string, detail?: string, advice?: string, request_id?: string}} said
   */
  constructor(status, said) {
    super(said.detail || said.title || `The server answered with status ${status}.`);
    this.status = status;
    this.code = said.code;
    this.advice = said.advice || "";
    this.requestId = said.request_id || "";
  }
}

/** @type {Set<() => void>} */
const onSignedOut = new Set();
let csrfToken = "";

/** Have a function called when a request is refused because nobody is signed in. */
export function whenSignedOut(/** @type {() => void} */ listener) {
  onSignedOut.add(listener);
  return () => onSignedOut.delete(listener);
}

/** Keep what changes have to carry beside the cookie. */
export function setCsrfToken(/** @type {string} */ token) {
  csrfToken = token;
}

/**
 * Send a request.
 * @param {string} method
 * @param {string} path
 * @param {{body?: BodyInit, headers?: Record<string, string>, signal?: AbortSignal}} [options]
 * @returns {Promise<Response>}
 */
export async function send(method, path, { body, headers = {}, signal } = {}) {
  const all = method === "GET" ? headers : { "X-CSRF-Token": csrfToken, ...headers };
  let answer;
  try {
    answer = await fetch(path, { method, body, headers: all, signal, cache: "no-store" });
  } catch (problem) {
    if (signal && signal.aborted) throw problem;
    throw new Problem(0, {
      title: "The management server does not answer.",
      advice: "This page tries again by itself.",
    });
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  if (answer.status === 401 && path.split("?")[0] !== "/login") onSignedOut.forEach((it) => it());
  throw new Problem(answer.status, said);
}

/** The JSON body of a GET. */
export async function get(/** @type {string} */ path, /** @type {AbortSignal} */ signal) {
  return (await send("GET", path, { signal })).json();
}

/** A page of a list, and how many rows there are on all its pages. */
export async function getList(/** @type {string} */ path, /** @type {AbortSignal} */ signal) {
  const answer = await send("GET", path, { signal });
  const rows = await answer.json();
  return { rows, total: Number(answer.headers.get("X-Total-Count") ?? rows.length) };
}

/** Send a change and give its JSON answer. */
export async function change(
  /** @type {string} */ method,
  /** @type {string} */ path,
  /** @type {{body?: BodyInit, headers?: Record<string, string>}} */ options = {},
) {
  return (await send(method, path, options)).json();
}

/** A path with the parameters that have a value. */
export function withQuery(/** @type {string} */ path, /** @type {Record<string, unknown>} */ query) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value != null);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}
