// Every verb has a key; `?` says which. Nothing is pressed while somebody types.
import { decide, pairUp, undo } from "/static/decide.js";
import { look, openNews, show } from "/static/filing.js";
import { step } from "/static/list.js";
import { detail } from "/static/state.js";

const help = document.getElementById("help");
const search = document.getElementById("search");
const verbs = {
  ArrowDown: () => step(1), ArrowUp: () => step(-1),
  l: () => decide("release"), p: () => decide("hold"), k: pairUp, z: undo, n: openNews,
  m: () => { const more = detail.querySelector("details.more"); if (more) { more.open = !more.open; more.querySelector("textarea, input, select")?.focus(); } },
  g: () => detail.querySelector("a.show-gaps")?.click(), r: () => detail.querySelector("a.print")?.click(),
  o: () => look(true),
  "/": () => search.focus(), "?": () => help.showModal(), Escape: back,
};

function back() {
  const more = detail.querySelector("details.more[open]");
  if (more) { more.open = false; more.querySelector("summary").focus(); }
  else detail.focus();
}

export function verb(key, does) { verbs[key] = does; }

document.getElementById("help-open").addEventListener("click", () => help.showModal());
document.querySelector("a.skip").addEventListener("click", (event) => { // the address keeps the filing's code
  event.preventDefault();
  detail.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.matches("input, select, textarea");
  if (typing && event.key !== "Escape") return;
  if (typing && event.target.type === "search" && event.target.value) return; // the browser empties it
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const scrolls = key.startsWith("Arrow") && event.target.matches(".said-of, .pages");
  if (scrolls) return;
  if (verbs[key]) verbs[key](event);
  else if (/^[1-9]$/.test(key)) show(key);
  else return;
  event.preventDefault();
});
