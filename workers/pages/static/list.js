// The list: keeps itself up to date, narrowed to a desk, a state, words or days; finds matters before any paper is scanned.
import { handOff } from "/design/hand.js";
import { choose, fresh, mark, news, template, touched } from "/static/filing.js";
import { fragment, list, page, say, sent, words } from "/static/state.js";

const ASK_AGAIN_MS = 5_000; // a list that was not given
const NARROWING = ["q", "show", "since", "until"];
const find = document.getElementById("find");
const matters = document.getElementById("matters");
const scanner = document.getElementById("scanner"); // one desk's own papers; there is no choice where there is one scanner
const known = new Set(); // filings that stood in the list before
const again = new Map(); // when the same bytes came in once more
let listing = null, waiting = null, later = 0, asked = 0, begun = false, pages = 1;
if (scanner) scanner.value = localStorage.getItem("scanner") || "";

export function refreshList() { // one after the other: however fast news comes, each list that was asked for is shown
  waiting ??= (listing ?? Promise.resolve()).catch(() => {}).then(() => {
    waiting = null;
    listing = draw();
    return listing;
  });
  return waiting;
}

async function draw() {
  const wanted = new FormData(find);
  wanted.set("scanner", scanner?.value || "");
  wanted.set("advisor", sessionStorage.getItem("advisor") || "");
  wanted.set("pages", pages);
  wanted.set("tab", page.tab);
  const html = await fragment("/list", wanted);
  for (const name of NARROWING) wanted.set(name, "");
  wanted.set("pages", 1);
  const whole = html !== null && (narrowed() || pages > 1) ? await fragment("/list", wanted) : html; // what is new is told whatever is looked for
  await handOff();
  if (html === null) {
    clearTimeout(later);
    later = setTimeout(refreshList, ASK_AGAIN_MS);
    return;
  }
  const at = list.contains(document.activeElement) ? document.activeElement : null;
  const focused = at && (at.dataset.filing ? `a[data-filing="${at.dataset.filing}"]` : at.id ? `#${at.id}` : `button[data-refused="${at.dataset.refused}"]`);
  list.innerHTML = html;
  if (focused) list.querySelector(focused)?.focus();
  news.clear();
  for (const link of template(whole || "").querySelectorAll("a[data-filing]")) {
    const { filing, again: since } = link.dataset;
    if (begun && !known.has(filing)) list.querySelector(`a[data-filing="${filing}"]`)?.parentElement.classList.add("fresh");
    if (begun && (!known.has(filing) || (since && again.get(filing) !== since))) fresh.add(filing);
    again.set(filing, since);
    known.add(filing);
    news.set(filing, `${since || words.new_paper}: ${link.querySelector("strong").textContent}`);
  }
  const byItself = begun;
  begun = true;
  const newest = list.querySelector("a[data-newest]");
  if (page.follow && newest && !narrowed() && newest.dataset.filing !== page.wanted && !page.busy && !touched()) {
    await choose(newest.dataset.filing, true, byItself);
  } else mark();
}

function narrowed() { return NARROWING.some((name) => find.elements[name].value); }

export function step(by) {
  const links = [...list.querySelectorAll("a[data-filing]")];
  const to = links[links.findIndex((link) => link.dataset.filing === (page.next || page.wanted)) + by];
  if (!to) return;
  to.scrollIntoView({ block: "nearest" });
  choose(to.dataset.filing);
}

async function search() {
  const mine = ++asked;
  pages = 1;
  const body = new FormData(find);
  const html = body.get("q").trim().length > 1 ? await fragment("/matters", body) : "";
  await handOff();
  if (mine !== asked) return;
  matters.innerHTML = html || "";
  await refreshList();
}

let pause = 0;
find.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(search, 150); });
find.addEventListener("submit", async (event) => { // Enter opens the first paper that was found, or goes to the first matter
  event.preventDefault();
  clearTimeout(pause);
  await search();
  const first = list.querySelector("a[data-filing]");
  if (first && find.elements.q.value) { choose(first.dataset.filing); first.focus(); } else matters.querySelector("a")?.focus();
});
scanner?.addEventListener("change", () => {
  localStorage.setItem("scanner", scanner.value);
  fresh.clear();
  begun = false;
  refreshList();
});
list.addEventListener("click", (event) => {
  if (event.target.id === "older") { pages++; refreshList(); }
  if (event.target.dataset.refused) dismiss(event.target);
  const link = event.target.closest("a[data-filing]");
  if (!link) return;
  event.preventDefault();
  choose(link.dataset.filing);
  if (narrow.matches) side.open = false;
});

async function dismiss(button) {
  const advisor = document.querySelector("form.person") ? "" : sessionStorage.getItem("advisor") || prompt(words.your_name) || "";
  if (advisor) sessionStorage.setItem("advisor", advisor);
  button.disabled = true;
  const problem = await sent(`/refused/${button.dataset.refused}`, new URLSearchParams({ advisor, back: "back" in button.dataset ? "1" : "" }));
  if (problem) say(problem);
  await refreshList();
}

const side = document.getElementById("side");
const narrow = matchMedia("(max-width: 59.99rem)"); // the verdict first: the list folds away
function fold() { side.open = !narrow.matches; }
narrow.addEventListener("change", fold);
fold();
