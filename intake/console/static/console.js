// The counter page: keeps itself up to date, shows where a gap is, and sends the advisor's decision.
"use strict";
const list = document.getElementById("list");
const detail = document.getElementById("detail");
const banner = document.getElementById("banner");
const words = document.body.dataset;
let chosen = location.hash.slice(1);
let follow = !chosen; // follow the newest paper until the advisor chooses one

async function fragment(path) {
  const answer = await fetch(path, { headers: { Accept: "text/html" } });
  return answer.ok ? answer.text() : null;
}

async function refreshList() {
  const html = await fragment("/list");
  if (html === null) return;
  list.innerHTML = html;
  const first = list.querySelector("a[data-filing]");
  if (follow && first && first.dataset.filing !== chosen) await choose(first.dataset.filing, true);
  else mark();
}

function mark() {
  for (const link of list.querySelectorAll("a[data-filing]")) {
    if (link.dataset.filing === chosen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

async function choose(filing, following = false) {
  chosen = filing;
  follow = following;
  history.replaceState(null, "", following ? location.pathname : `#${filing}`);
  mark();
  await refreshDetail();
}

async function refreshDetail() {
  if (!chosen) return;
  const before = detail.querySelector("form.decide");
  const typed = before ? Object.fromEntries(new FormData(before)) : {};
  const html = await fragment(`/filing/${chosen}`);
  if (html === null) return;
  detail.innerHTML = html;
  place();
  const form = detail.querySelector("form.decide");
  if (!form) return;
  form.advisor.value = typed.advisor || sessionStorage.getItem("advisor") || "";
  if (typed.filing === chosen) form.reason.value = typed.reason || "";
  if (typed.filing === chosen && typed.identity) form.identity.value = typed.identity;
}

function place() { // set here, not in the page: the content policy allows no inline styles
  for (const spot of detail.querySelectorAll(".spot")) {
    const [left, top, width, height] = spot.dataset.box.split(" ");
    Object.assign(spot.style, { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
  }
}

function show(number) {
  for (const spot of detail.querySelectorAll(".spot")) {
    const wanted = spot.dataset.gap === String(number);
    spot.classList.toggle("shown", wanted);
    if (wanted) spot.scrollIntoView({ block: "center", behavior: "smooth" });
  }
}

async function decide(action) {
  const form = detail.querySelector("form.decide");
  if (!form || !form.querySelector(`[value=${action}]`)) return;
  const said = form.querySelector(".said");
  said.textContent = "";
  sessionStorage.setItem("advisor", form.advisor.value);
  const body = new FormData(form);
  body.set("action", action);
  const answer = await fetch(`/filing/${chosen}/decision`, { method: "POST", body });
  if (answer.ok) follow = true;
  else said.textContent = (await answer.json()).text;
  if (answer.status === 409) await refreshDetail();
  await refreshList();
}

list.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-filing]");
  if (!link) return;
  event.preventDefault();
  choose(link.dataset.filing);
});
detail.addEventListener("click", (event) => {
  const gap = event.target.closest("button[data-gap]");
  if (gap) show(gap.dataset.gap);
});
detail.addEventListener("submit", (event) => {
  event.preventDefault();
  decide(event.submitter ? event.submitter.value : "release");
});
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const links = [...list.querySelectorAll("a[data-filing]")];
  const at = links.findIndex((link) => link.dataset.filing === chosen);
  if (event.key === "ArrowDown" && links[at + 1]) choose(links[at + 1].dataset.filing);
  else if (event.key === "ArrowUp" && links[at - 1]) choose(links[at - 1].dataset.filing);
  else if (event.key === "l") decide("release");
  else if (event.key === "p") decide("hold");
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

const events = new EventSource("/events");
events.addEventListener("change", async (event) => {
  const changed = JSON.parse(event.data);
  banner.textContent = changed.notice ? words[changed.notice] || "" : "";
  await refreshList();
  if (changed.filings.includes(chosen)) await refreshDetail();
});
events.addEventListener("error", () => { banner.textContent = words.offline; });
events.addEventListener("open", () => { banner.textContent = ""; refreshList(); refreshDetail(); });
