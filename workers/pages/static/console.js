// The counter page: keeps itself up to date by the point's events; the other modules each do one thing.
import "/static/forms.js";
import "/static/keys.js";
import "/static/pages.js";
import "/static/values.js";
import { handOff } from "/design/hand.js";
import { atValues, choose, openNews, patch, refreshDetail, show, touched } from "/static/filing.js";
import { refreshList } from "/static/list.js";
import { acting, detail, page, say, saidNow, words } from "/static/state.js";

const QUIET_MS = 6_000; // the point says that it lives every 2 s: after this long it hangs
const banner = document.getElementById("banner");
let heard = performance.now();
let opened = false; // what is shown first, the person came for; after that the page looks by itself

async function warn(text) { // the line moves what is below it
  await handOff();
  banner.textContent = text;
}

document.getElementById("news").addEventListener("click", openNews);
detail.addEventListener("click", (event) => {
  const gap = event.target.closest("button[data-gap]");
  if (gap) show(gap.dataset.gap);
  const link = event.target.closest("a[data-filing]");
  if (!link) return;
  event.preventDefault();
  choose(link.dataset.filing);
});
detail.addEventListener("input", (event) => {
  if (event.target.name === "advisor") sessionStorage.setItem("advisor", event.target.value);
});

addEventListener("popstate", async () => { // Back and Forward, or an address that was changed
  const filing = location.hash.slice(1);
  if (!filing || filing === (page.next || page.wanted)) return;
  await choose(filing);
  const stays = page.shown && page.shown === page.wanted && page.shown !== filing; // where nothing else is on its way
  if (stays && location.hash === `#${filing}`) history.replaceState(null, "", `#${page.shown}`);
});

async function renew(filings) { // the list is renewed; so is the page, unless somebody has typed on it
  await refreshList();
  if (page.busy || !filings.includes(page.wanted)) return; // also where it is still being fetched as it was before
  if (page.wanted !== page.shown) await refreshDetail(true);
  else if (atValues()) await patch(page.shown, { byItself: true });
  else if (touched()) say(saidNow() || words.changed_meanwhile);
  else await refreshDetail(true);
}

addEventListener("beforeunload", (event) => { // what waits in turn would not be done, and what was not kept would be gone
  if (acting() || detail.querySelector("ul.values [aria-invalid]")) event.preventDefault();
});
document.addEventListener("signed_out", () => { // what is being typed stays in sight
  if (touched()) say(words.signed_out);
  else location.replace(`/sign-in?next=${encodeURIComponent(location.pathname + location.hash)}`);
});
const events = new EventSource("/events");
events.addEventListener("change", (event) => {
  heard = performance.now();
  const changed = JSON.parse(event.data);
  const where = changed.where.length ? ` (${changed.where.join(", ")})` : "";
  warn(changed.notice ? `${words[changed.notice] || ""}${where}` : "");
  renew(changed.filings);
});
events.addEventListener("beat", () => { heard = performance.now(); if (banner.textContent === words.frozen) warn(""); });
events.addEventListener("signed_out", () => { events.close(); document.dispatchEvent(new Event("signed_out")); });
events.addEventListener("error", () => { warn(words.offline); });
events.addEventListener("open", async () => {
  heard = performance.now();
  warn("");
  await refreshList();
  if (page.wanted && !page.busy && !touched()) refreshDetail(opened);
  opened = true;
});
setInterval(() => { // a point that hangs keeps its connections open and says nothing
  if (performance.now() - heard > QUIET_MS && banner.textContent !== words.offline) warn(words.frozen);
}, 1000);
setInterval(refreshList, 60_000); // ages grow by themselves
