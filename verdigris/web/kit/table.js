/** A list of the administration API as a table: filtered, sorted and cut into pages by the server. */

import { html, useEffect, useRef, useState } from "./html.js";
import { withQuery } from "./api.js";
import { go, Link, useAddress } from "./location.js";
import { useLive } from "./state.js";
import { Trouble } from "./messages.js";

const PAGE = 100;

/**
 * @typedef {object} Column
 * @property {string} id name in the API
 * @property {string} title
 * @property {(row: any) => any} [cell] what is shown, if it is not the value
 * @property {boolean} [number] aligned to the right
 * @property {boolean} [hidden] shown only when it is chosen
 */

/**
 * @param {object} options
 * @param {string} options.path of the list
 * @param {string} options.name what the rows are, such as "servers"
 * @param {Column[]} options.columns
 * @param {(row: any) => string} options.keyOf
 * @param {(row: any) => string} [options.linkOf] the page of a row
 * @param {Record<string, string>} [options.fixed] parameters that people do not change
 * @param {{id: string, title: string, values: string[]}[]} [options.facets]
 * @param {(rows: any[], done: () => void) => any} [options.acts] buttons for the selected rows
 * @param {any} [options.empty] what to do when there are none
 * @param {string} [options.prefix] of its parameters in the address, on a page with several lists
 */
export function Table({ path, name, columns, keyOf, linkOf, fixed = {}, facets = [], acts, empty, prefix = "" }) {
  const address = useAddress();
  const query = { get: (/** @type {string} */ it) => address.query.get(prefix + it) };
  const setQuery = (/** @type {Record<string, string>} */ changes, /** @type {any} */ how) =>
    address.setQuery(Object.fromEntries(Object.entries(changes).map(([it, value]) => [prefix + it, value])), how);
  const shown = columns.filter((it) => visible(query, it));
  const wanted = {
    ...fixed,
    filter: query.get("filter") ?? "",
    sort: query.get("sort") ?? "",
    ...Object.fromEntries(facets.map((it) => [`filter.${it.id}`, query.get(it.id) ?? ""])),
  };
  const offset = Number(query.get("offset") ?? 0);
  const { data, total, problem, reload } = useLive(withQuery(path, { ...wanted, offset, limit: PAGE }));
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  const [selected, setSelected] = useState(/** @type {Set<string>} */ (new Set()));
  const rows = useSteadyOrder(data, keyOf, body, selected);
  useRowKeys(body);
  const chosen = rows.filter((row) => selected.has(keyOf(row)));
  const done = () => {
    setSelected(new Set());
    reload();
  };
  const toggle = (/** @type {string} */ key) => {
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    setSelected(next);
  };
  return html`
    <${Tools} name=${name} columns=${columns} facets=${facets} query=${query} setQuery=${setQuery}
      path=${path} wanted=${wanted} shown=${shown} total=${total} />
    <${Trouble} of=${problem} />
    ${acts && chosen.length > 0 &&
    html`<div class="bulk" role="region" aria-label="Selected ${name}">
      <span>${chosen.length} selected</span> ${acts(chosen, done)}
      <button type="button" onClick=${() => setSelected(new Set())}>Clear selection</button>
    </div>`}
    ${data === undefined
      ? !problem && html`<p class="soft" aria-busy="true">Loading ${name} ...</p>`
      : html`<div class="scroll" tabindex="0" role="region" aria-label=${name}>
          <table>
            <thead>
              <tr>
                ${acts && html`<th class="tick"><span class="unseen">Select</span></th>`}
                ${shown.map((it) => html`<${Heading} key=${it.id} column=${it} query=${query} setQuery=${setQuery} />`)}
              </tr>
            </thead>
            <tbody ref=${body}>
              ${rows.map((row) => {
                const key = keyOf(row);
                return html`<tr key=${key} class=${selected.has(key) ? "selected" : ""}>
                  ${acts &&
                  html`<td class="tick"><input type="checkbox" aria-label="Select ${key}"
                    checked=${selected.has(key)} onChange=${() => toggle(key)} /></td>`}
                  ${shown.map((it, index) => html`<${Cell} key=${it.id} column=${it} row=${row}
                    link=${index === 0 && linkOf ? linkOf(row) : ""} />`)}
                </tr>`;
              })}
            </tbody>
          </table>
          ${rows.length === 0 && html`<p class="empty">${emptyText(wanted, name, empty)}</p>`}
        </div>`}
    ${total > PAGE && html`<${Pages} offset=${offset} total=${total} setQuery=${setQuery} />`}
  `;
}

function emptyText(wanted, name, empty) {
  const filtered = Object.entries(wanted).some(([key, value]) => key.startsWith("filter") && value);
  return filtered ? `No ${name} fit the filter.` : empty ?? `There are no ${name}.`;
}

function visible(query, column) {
  const chosen = query.get("columns");
  return chosen ? chosen.split(",").includes(column.id) : !column.hidden;
}

function Heading({ column, query, setQuery }) {
  const sort = query.get("sort") ?? "";
  const direction = sort === column.id ? "ascending" : sort === `-${column.id}` ? "descending" : "none";
  const next = { none: column.id, ascending: `-${column.id}`, descending: "" }[direction];
  const mark = { none: "", ascending: " ▲", descending: " ▼" }[direction];
  return html`<th aria-sort=${direction} class=${column.number ? "number" : ""}>
    <button type="button" class="sort" onClick=${() => setQuery({ sort: next, offset: "" })}>
      ${column.title}<span aria-hidden="true">${mark}</span>
    </button>
  </th>`;
}

function Cell({ column, row, link }) {
  const value = column.cell ? column.cell(row) : row[column.id];
  const text = Array.isArray(value) && value.every((it) => typeof it === "string") ? value.join(", ") : value;
  return html`<td class=${column.number ? "number" : ""} data-title=${column.title}>
    ${link ? html`<${Link} to=${link}>${text}<//>` : typeof text === "boolean" ? String(text) : text}
  </td>`;
}

function Tools({ name, columns, facets, query, setQuery, path, wanted, shown, total }) {
  const file = (format) => withQuery(path, { ...wanted, format, columns: shown.map((it) => it.id).join(",") });
  const choose = (id) => {
    const next = columns.filter((it) => (it.id === id) !== visible(query, it)).map((it) => it.id);
    setQuery({ columns: next.join(",") });
  };
  return html`<div class="tools">
    <span class="count" aria-live="off">${total} ${total === 1 ? name.replace(/s$/, "") : name}</span>
    <label>Filter <input type="search" class="filter" value=${query.get("filter") ?? ""}
      onInput=${(event) => setQuery({ filter: event.target.value, offset: "" })} /></label>
    ${facets.map((it) => html`<label key=${it.id}>${it.title}
      <select onChange=${(event) => setQuery({ [it.id]: event.target.value, offset: "" })}>
        <option value="">any</option>
        ${it.values.map((value) => html`<option value=${value} selected=${query.get(it.id) === value}>${value}</option>`)}
      </select></label>`)}
    <details class="menu"><summary>Columns</summary>
      <fieldset><legend class="unseen">Columns shown</legend>
        ${columns.map((it) => html`<label key=${it.id}><input type="checkbox" checked=${visible(query, it)}
          onChange=${() => choose(it.id)} /> ${it.title}</label>`)}
      </fieldset></details>
    <a class="file" href=${file("csv")} download>CSV</a>
    <a class="file" href=${file("json")}>JSON</a>
  </div>`;
}

function Pages({ offset, total, setQuery }) {
  const to = (/** @type {number} */ start) => () => setQuery({ offset: start ? String(start) : "" }, { replace: false });
  return html`<nav class="pages" aria-label="Pages of the list">
    <button type="button" disabled=${offset === 0} onClick=${to(Math.max(0, offset - PAGE))}>Previous</button>
    <span>${offset + 1} to ${Math.min(total, offset + PAGE)} of ${total}</span>
    <button type="button" disabled=${offset + PAGE >= total} onClick=${to(offset + PAGE)}>Next</button>
  </nav>`;
}

/** Rows that do not move while somebody is on one of them, or has selected some. */
function useSteadyOrder(data, keyOf, body, selected) {
  const order = useRef(/** @type {string[]} */ ([]));
  const rows = Array.isArray(data) ? data : [];
  const busy = selected.size > 0 || (body.current && body.current.contains(document.activeElement));
  if (!busy) {
    order.current = rows.map(keyOf);
    return rows;
  }
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  const before = order.current.filter((key) => byKey.has(key));
  const added = rows.map(keyOf).filter((key) => !before.includes(key));
  order.current = [...before, ...added];
  return order.current.map((key) => byKey.get(key));
}

/** Keys within rows: j and k go down and up, x selects. */
function useRowKeys(body) {
  useEffect(() => {
    const press = (/** @type {KeyboardEvent} */ event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !body.current) return;
      const rows = [...body.current.querySelectorAll("tr")];
      const at = rows.findIndex((row) => row.contains(document.activeElement));
      const step = { j: 1, k: -1 }[event.key];
      if (step) {
        const row = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
        const target = row && row.querySelector("a, button, input");
        if (target) target.focus();
      } else if (event.key === "x" && at >= 0) {
        const box = rows[at].querySelector("input[type=checkbox]");
        if (box) box.click();
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [body]);
}

/** Whether keys are text where they are pressed. */
export function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable ||
    (target.matches("input, textarea, select") && !target.matches("input[type=checkbox], input[type=radio]")));
}

export { go };
