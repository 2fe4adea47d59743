/** The addresses of the console, and which page each shows. */

import { Overview } from "./overview.js";
import { Domain, Domains } from "./domains.js";
import { Server, Servers } from "./servers.js";
import { Pools } from "./pools.js";
import { Session, Sessions } from "./sessions.js";
import { Models } from "./models.js";
import { Request, Requests } from "./requests.js";
import { Configuration } from "./configuration.js";
import { Cluster } from "./cluster.js";
import { Security } from "./security.js";
import { Audit } from "./audit.js";
import { Help } from "./help.js";

/**
 * @typedef {object} Page
 * @property {string} path with {name} for each part that varies
 * @property {string} title
 * @property {string} [menu] its word in the menu; pages below another have none
 * @property {string} [key] pressed after g to go there
 * @property {string} needs the permission to see it
 * @property {any} page
 */

/** @type {Page[]} */
export const PAGES = [
  { path: "/console", title: "Overview", menu: "Overview", key: "o", needs: "view", page: Overview },
  { path: "/console/domains", title: "Domains", menu: "Domains", key: "d", needs: "view", page: Domains },
  { path: "/console/domains/{name}", title: "Domain {name}", needs: "view", page: Domain },
  { path: "/console/servers", title: "Session servers", menu: "Servers", key: "s", needs: "view", page: Servers },
  { path: "/console/servers/{name}", title: "Session server {name}", needs: "view", page: Server },
  { path: "/console/servers/{server}/sessions/{number}", title: "Session {number} of {server}", needs: "view", page: Session },
  { path: "/console/pools", title: "Session pools", menu: "Pools", key: "p", needs: "view", page: Pools },
  { path: "/console/sessions", title: "Sessions", menu: "Sessions", key: "e", needs: "view", page: Sessions },
  { path: "/console/models", title: "Models", menu: "Models", key: "m", needs: "view", page: Models },
  { path: "/console/requests", title: "Requests", menu: "Requests", key: "r", needs: "view", page: Requests },
  { path: "/console/requests/{id}", title: "Request {id}", needs: "view", page: Request },
  { path: "/console/configuration", title: "Configuration", menu: "Configuration", key: "c", needs: "view", page: Configuration },
  { path: "/console/cluster", title: "Cluster", menu: "Cluster", key: "l", needs: "view", page: Cluster },
  { path: "/console/security", title: "Users and rights", menu: "Security", key: "u", needs: "manage-users", page: Security },
  { path: "/console/audit", title: "Audit log", menu: "Audit", key: "a", needs: "read-audit", page: Audit },
  { path: "/console/help", title: "Help", menu: "Help", key: "h", needs: "view", page: Help },
];

/** The page of an address, with the values of its parts. */
export function pageAt(/** @type {string} */ address) {
  const parts = address.replace(/\/$/, "").split("/");
  for (const page of PAGES) {
    const wanted = page.path.split("/");
    if (wanted.length !== parts.length) continue;
    /** @type {Record<string, string>} */
    const names = {};
    const fits = wanted.every((it, index) => {
      if (!it.startsWith("{")) return it === parts[index];
      names[it.slice(1, -1)] = decodeURIComponent(parts[index]);
      return true;
    });
    if (!fits) continue;
    const title = page.title.replace(/\{(\w+)\}/g, (_, name) => names[name]);
    const menu = page.menu ?? PAGES.find((it) => it.menu && it.path !== "/console" && address.startsWith(it.path))?.menu;
    return { ...page, title, names, menu };
  }
  return null;
}
