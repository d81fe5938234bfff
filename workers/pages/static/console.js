// The counter page: keeps itself up to date, shows where a gap is, and sends the advisor's decision.
"use strict";
const list = document.getElementById("list");
const detail = document.getElementById("detail");
const banner = document.getElementById("banner");
const words = document.body.dataset;
const news = document.getElementById("news");
const said = document.getElementById("said");
const REST_MS = 700; // a press this soon after the page has changed was meant for what stood there before
let shown = ""; // the filing whose page stands here
let wanted = location.hash.slice(1); // the one that is being fetched, or stands here
let follow = !wanted; // show each new paper by itself, until the advisor chooses, types or decides
let busy = false; // a decision is on its way
let restUntil = 0;
let listed = 0;
let fetched = 0;
let begun = false;
const known = new Set(); // filings that stood in the list before
const fresh = new Set(); // new ones that have not been looked at
const drafts = new Map(); // what was typed for a filing and not yet sent

async function fragment(path) {
  try {
    const answer = await fetch(path, { headers: { Accept: "text/html" } });
    return answer.ok ? await answer.text() : null;
  } catch { return null; }
}

function form() { return detail.querySelector("form.decide"); }

function typed() { // what the advisor has typed or chosen here; the name is remembered anyhow
  const there = form();
  if (!there) return {};
  const values = Object.fromEntries(["reason", "identity", "contact", "recipient", "ending"]
    .map((name) => [name, there.elements[name] ? there.elements[name].value : ""]));
  if (values.identity === "none") values.identity = "";
  return values;
}

function touched() {
  const there = form();
  return Object.values(typed()).some(Boolean) || Boolean(there && there.contains(document.activeElement)
    && document.activeElement.matches("input, select"));
}

async function refreshList() {
  const mine = ++listed;
  const html = await fragment("/list");
  if (html === null || mine !== listed) return;
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.filing : null;
  list.innerHTML = html;
  if (focused) list.querySelector(`a[data-filing="${focused}"]`)?.focus();
  for (const link of list.querySelectorAll("a[data-filing]")) {
    if (begun && !known.has(link.dataset.filing)) fresh.add(link.dataset.filing);
  }
  for (const link of list.querySelectorAll("a[data-filing]")) known.add(link.dataset.filing);
  begun = true;
  const newest = list.querySelector("a[data-newest]");
  if (follow && newest && newest.dataset.filing !== wanted && !busy && !touched()) {
    await choose(newest.dataset.filing, true);
  } else mark();
}

function mark() {
  for (const link of list.querySelectorAll("a[data-filing]")) {
    if (link.dataset.filing === shown) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  fresh.delete(shown);
  const last = [...fresh].at(-1);
  const link = last && list.querySelector(`a[data-filing="${last}"]`);
  const text = link ? `${words.new_paper}: ${link.querySelector("strong").textContent}`
    + `${fresh.size > 1 ? ` (+${fresh.size - 1})` : ""} · ${words.open_key}` : "";
  if (news.textContent === text) return;
  news.replaceChildren();
  if (!text) return;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: text });
  news.append(button);
}

function openNews() {
  const last = [...fresh].at(-1);
  if (!last) return;
  fresh.clear();
  choose(last, true);
}

async function choose(filing, following = false) {
  if (busy) return;
  const before = wanted;
  wanted = filing;
  if (!following) say("");
  if (await refreshDetail()) {
    follow = following;
    history.replaceState(null, "", following ? location.pathname : `#${filing}`);
  } else if (wanted === filing) {
    wanted = shown || before;
    if (!following) say(words.cannot_show);
  }
}

async function refreshDetail() { // true if the page of the wanted filing stands here now
  const filing = wanted, mine = ++fetched;
  if (!filing) return false;
  const html = await fragment(`/filing/${filing}`);
  if (html === null || mine !== fetched) return false;
  if (shown) drafts.set(shown, typed());
  const focused = filing === shown && form()?.contains(document.activeElement) ? document.activeElement.name : "";
  if (filing !== shown) rest();
  detail.innerHTML = html;
  shown = filing;
  place();
  mark();
  const there = form();
  if (!there) return true;
  there.advisor.value = sessionStorage.getItem("advisor") || "";
  for (const [name, value] of Object.entries(drafts.get(filing) || {})) {
    if (value && there.elements[name]) there.elements[name].value = value;
  }
  if (there.elements.recipient?.value) there.elements.recipient.closest("details")?.setAttribute("open", "");
  if (focused) there.elements[focused]?.focus();
  ready();
  return true;
}

function rest() {
  restUntil = performance.now() + REST_MS;
  setTimeout(ready, REST_MS + 20);
}

function resting() { return busy || performance.now() < restUntil; }

function ready() {
  for (const button of detail.querySelectorAll("button[name=action]")) button.disabled = resting();
}

function say(text) { said.textContent = text; }

function place() { // set here, not in the page: the content policy allows no inline styles
  for (const spot of detail.querySelectorAll(".spot")) {
    const [left, top, width, height] = spot.dataset.box.split(" ");
    Object.assign(spot.style, { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
  }
}

function show(number) {
  for (const spot of detail.querySelectorAll(".spot")) {
    const meant = spot.dataset.gap === String(number);
    spot.classList.toggle("shown", meant);
    if (meant) spot.scrollIntoView({ block: "center", behavior: "smooth" });
  }
}

async function decide(action, pressed) {
  const there = form();
  const button = pressed || there?.querySelector(`button[value=${action}]`);
  if (resting() || !there || !button) return;
  if (button.dataset.ask && !confirm(`${detail.querySelector("h2").textContent}\n\n${button.dataset.ask}`)) return;
  const body = new FormData(there);
  body.set("action", action);
  if (button.dataset.other) body.set("other", button.dataset.other);
  const filing = body.get("filing");
  busy = true;
  fetched++; // what is being fetched meanwhile comes too late
  ready();
  say("");
  follow = false;
  wanted = filing;
  history.replaceState(null, "", `#${filing}`);
  const problem = await sent(filing, body);
  busy = false;
  if (!problem) {
    drafts.delete(filing);
    for (const name of ["reason", "contact", "recipient", "ending"]) if (there.elements[name]) there.elements[name].value = "";
    if (there.identity) there.identity.value = "none";
  }
  rest();
  await refreshDetail();
  ready();
  say(problem);
  await refreshList();
}

function pairUp() { // only where one pair alone is likely: a key must not choose between customers
  const likely = detail.querySelectorAll("button[data-likely]");
  if (likely.length === 1) decide(likely[0].value, likely[0]);
}

function undo() { // the join if there is one, else the sending
  const there = form();
  if (there?.querySelector("button[value=part]")) decide("part");
  else if (there?.querySelector("button[value=hold][data-undo]")) decide("hold");
}

async function sent(filing, body) { // why it failed, in words; nothing if it did not
  try {
    const answer = await fetch(`/filing/${filing}/decision`, { method: "POST", body });
    if (answer.ok) return "";
    const problem = await answer.json().catch(() => ({}));
    return problem.text || words.failed;
  } catch { return words.no_answer; }
}

list.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-filing]");
  if (!link) return;
  event.preventDefault();
  choose(link.dataset.filing);
});
news.addEventListener("click", openNews);
document.querySelector("a.skip").addEventListener("click", (event) => { // the address keeps the filing's code
  event.preventDefault();
  detail.focus();
});
detail.addEventListener("click", (event) => {
  const gap = event.target.closest("button[data-gap]");
  if (gap) show(gap.dataset.gap);
  const pair = event.target.closest("button[data-other]"); // no submit button: Enter in a field must not press it
  if (pair) decide(pair.value, pair);
  const link = event.target.closest("a[data-filing]");
  if (!link) return;
  event.preventDefault();
  choose(link.dataset.filing);
});
detail.addEventListener("input", (event) => {
  if (event.target.name === "advisor") sessionStorage.setItem("advisor", event.target.value);
});
detail.addEventListener("submit", (event) => {
  event.preventDefault();
  decide(event.submitter ? event.submitter.value : "release", event.submitter);
});
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const links = [...list.querySelectorAll("a[data-filing]")];
  const at = links.findIndex((link) => link.dataset.filing === wanted);
  if (event.key === "ArrowDown" && links[at + 1]) choose(links[at + 1].dataset.filing);
  else if (event.key === "ArrowUp" && links[at - 1]) choose(links[at - 1].dataset.filing);
  else if (event.key === "l") decide("release");
  else if (event.key === "p") decide("hold");
  else if (event.key === "k") pairUp();
  else if (event.key === "z") undo();
  else if (event.key === "n") openNews();
  else if (/^[1-9]$/.test(event.key)) show(event.key);
  else return;
  event.preventDefault();
});

const search = document.getElementById("search");
const matters = document.getElementById("matters");
let asked = 0;
search.addEventListener("input", async () => {
  const mine = ++asked;
  const words = search.value.trim();
  if (/^[0-9a-z]{10}$/.test(words) && /[0-9]/.test(words)) return choose(words); // a code from a customer's receipt
  const html = words.length > 1 ? await fragment(`/matters?q=${encodeURIComponent(words)}`) : "";
  if (mine === asked) matters.innerHTML = html || "";
});

async function renew(filings) { // the list is renewed; so is the page, unless somebody has typed on it
  await refreshList();
  if (busy || !filings.includes(shown)) return;
  if (touched()) say(said.textContent || words.changed_meanwhile);
  else await refreshDetail();
}

const events = new EventSource("/events");
events.addEventListener("change", (event) => {
  const changed = JSON.parse(event.data);
  banner.textContent = changed.notice ? words[changed.notice] || "" : "";
  renew(changed.filings);
});
events.addEventListener("error", () => { banner.textContent = words.offline; });
events.addEventListener("open", async () => {
  banner.textContent = "";
  await refreshList();
  if (wanted && !busy && !touched()) refreshDetail();
});
setInterval(refreshList, 60_000); // ages grow by themselves
