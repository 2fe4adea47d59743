/** What is asked of the server again and again, and shown as it is now. */

import { Problem, getList } from "./api.js";
import { useCallback, useEffect, useRef, useState } from "./html.js";
import { stream } from "./stream.js";

/**
 * The answer to a GET, kept up to date: pushed by the server, or asked for every few seconds where that is refused.
 * @param {string} path
 * @returns {{data: any, total: number, problem: Problem | null, reload: () => void}}
 */
export function useLive(path) {
  const [found, setFound] = useState({ path: "", data: undefined, total: 0, problem: null });
  const stop = useRef(() => {});
  const begin = useCallback(() => {
    stop.current();
    stop.current = path
      ? stream.watch(path, (answer) => setFound((before) => ({ ...kept(before, path), ...answer, path })))
      : () => {};
  }, [path]);
  useEffect(() => {
    begin();
    return () => stop.current();
  }, [begin]);
  return { ...kept(found, path), reload: begin };
}

/** The answer to a GET, asked for once. */
export function useOnce(/** @type {string} */ path) {
  const [found, setFound] = useState({ path: "", data: undefined, problem: null, total: 0 });
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (!path) return undefined;
    const aborted = new AbortController();
    getList(path, aborted.signal)
      .then(({ rows, total }) => setFound({ path, data: rows, problem: null, total }))
      .catch((problem) => aborted.signal.aborted || setFound({ path, data: undefined, problem, total: 0 }));
    return () => aborted.abort();
  }, [path, count]);
  return { ...kept(found, path), reload: () => setCount((it) => it + 1) };
}

/** What was found, if it was found for this path or for the same list with other options. */
function kept(found, path) {
  const same = found.path.split("?")[0] === path.split("?")[0];
  return same ? found : { path, data: undefined, total: 0, problem: null };
}

/** An act under way: its problem, and a function that performs it. */
export function useAct() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {Error | null} */ (null));
  const perform = async (/** @type {() => Promise<unknown>} */ act) => {
    setBusy(true);
    setProblem(null);
    try {
      await act();
      return true;
    } catch (caught) {
      setProblem(caught instanceof Error ? caught : new Problem(0, { title: String(caught) }));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, perform };
}
