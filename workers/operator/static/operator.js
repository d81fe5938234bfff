// The operator's page keeps itself fresh: every five seconds it asks how things are. What is open stays open, focus stays
// where it is, and only what came new is said aloud. Everything also works without it.
import { handOff } from "/design/hand.js";

const UNANSWERED_MS = 10_000, AGAIN_MS = 5_000;
const now = document.getElementById("now"), banner = document.getElementById("banner");
const alarms = () => [...document.querySelectorAll("#now .alarms li p:first-child")].map((line) => line.firstChild.nextSibling?.textContent.trim() ?? "");

function keptFrom(old) {
  for (const details of old.querySelectorAll("details[open]")) document.getElementById(details.id)?.setAttribute("open", "");
}

async function fresh() {
  try {
    const answer = await fetch("/list", { headers: { "x-by-itself": "1" }, signal: AbortSignal.timeout(UNANSWERED_MS) });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error();
    const came = new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes;
    await handOff();
    const before = alarms(), old = now.cloneNode(true), at = now.contains(document.activeElement) ? document.activeElement : null;
    now.replaceChildren(...came);
    keptFrom(old);
    const same = at?.matches("a") ? `a[href="${CSS.escape(at.getAttribute("href"))}"]` : at && `[id="${at.closest("details")?.id}"] summary`;
    if (same) now.querySelector(same)?.focus();
    const news = alarms().filter((line) => !before.includes(line));
    banner.textContent = news.length ? `${document.body.dataset.changed} ${news.join(" · ")}` : banner.dataset.kind === "offline" ? "" : banner.textContent;
    banner.dataset.kind = "";
  } catch {
    banner.textContent = document.body.dataset.offline;
    banner.dataset.kind = "offline";
  }
}
async function lookAgain() { // one look at a time: no late one speaks over a newer one
  await fresh();
  setTimeout(lookAgain, AGAIN_MS);
}
if (now) setTimeout(lookAgain, AGAIN_MS);

const help = document.getElementById("help");
document.getElementById("help-open")?.addEventListener("click", () => help.showModal());
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea, dialog")) return;
  const link = document.querySelectorAll("header .views a")[Number(event.key) - 1];
  if (event.key === "?") help.showModal();
  else if (link) link.click();
});
