/** Preact with hooks and templates, under one name for all pages. Texts are only ever text nodes. */

import { Fragment, h, render } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export { useCallback, useEffect, useMemo, useRef, useState } from "../vendor/hooks.js";
export { Fragment, render };

/** A template of elements: html`<p>${text}</p>`. */
export const html = htm.bind(h);
