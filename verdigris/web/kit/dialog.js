/** Dialogs: the browser's own, which keep the focus and give it back. */

import { html, useEffect, useRef, useState } from "./html.js";
import { useAct } from "./state.js";
import { Trouble } from "./messages.js";

/** A dialog that is open as long as it is rendered. */
export function Dialog({ title, onClose, children }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = document.activeElement;
    const dialog = element.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      if (dialog) dialog.close();
      // When the dialog is gone: until then nothing behind it takes the focus.
      setTimeout(() => before instanceof HTMLElement && before.isConnected && before.focus());
    };
  }, []);
  return html`<dialog ref=${element} aria-label=${title} onCancel=${onClose} onClose=${onClose}>
    <h2>${title}</h2>
    ${children}
  </dialog>`;
}

/**
 * A button that says what will happen before it does it.
 * @param {object} options
 * @param {string} options.label on the button
 * @param {string} options.title of the question
 * @param {any} options.consequence what will happen, with its numbers
 * @param {string} [options.word] that has to be typed, where much is at stake
 * @param {() => Promise<unknown>} options.act
 * @param {() => void} [options.done]
 */
export function Act({ label, title, consequence, word = "", act, done = () => {}, children = null, kind = "" }) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const { busy, problem, perform } = useAct();
  const close = () => {
    setOpen(false);
    setTyped("");
  };
  const submit = async (event) => {
    event.preventDefault();
    if (await perform(act)) {
      close();
      done();
    }
  };
  return html`<button type="button" class=${kind} onClick=${() => setOpen(true)}>${label}</button>
    ${open &&
    html`<${Dialog} title=${title} onClose=${close}>
      <form onSubmit=${submit}>
        <p>${consequence}</p>
        ${children}
        ${word && html`<label>Type <b>${word}</b> to go on <input value=${typed} autocomplete="off"
          onInput=${(event) => setTyped(event.target.value)} /></label>`}
        <${Trouble} of=${problem} />
        <p class="buttons">
          <button type="submit" class="first" disabled=${busy || (word && typed !== word)}>${label}</button>
          <button type="button" onClick=${close}>Cancel</button>
        </p>
      </form>
    <//>`}`;
}
