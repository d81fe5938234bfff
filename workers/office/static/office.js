// The office's page: keys, a field's place on the paper, the advisor's view of a return, a queue that keeps itself fresh.
// Everything also works without it: each act is a form.
import { handOff } from "/design/hand.js";

const filing = document.getElementById("filing");
const MM = 25.4 / 110; // the pictures are drawn at 110 dots an inch

function show(form) {
  for (const old of document.querySelectorAll(".spot")) old.remove();
  let first = null;
  for (const spot of form.dataset.spots.split(";").filter(Boolean)) {
    const [page, left, top, right, bottom] = spot.split(" ").map(Number);
    const sheet = document.querySelector(`.sheet[data-page="${page}"]`), image = sheet?.querySelector("img");
    if (!image?.naturalWidth) { // not here yet: once it is, if the person is still in this field
      image?.addEventListener("load", () => { if (form.contains(document.activeElement)) show(form); }, { once: true });
      continue;
    }
    const width = image.naturalWidth * MM, height = image.naturalHeight * MM, mark = document.createElement("div");
    mark.className = "spot";
    mark.style.left = `${100 * (left - 1) / width}%`; mark.style.top = `${100 * (top - 1) / height}%`;
    mark.style.width = `${100 * (right - left + 2) / width}%`; mark.style.height = `${100 * (bottom - top + 2) / height}%`;
    sheet.append(mark);
    first ??= mark;
  }
  first?.scrollIntoView({ block: "center", behavior: "instant" });
}

for (const form of document.querySelectorAll(".read form")) {
  form.addEventListener("focusin", () => show(form));
  form.addEventListener("click", () => show(form));
  form.addEventListener("keydown", (event) => { // Enter keeps a choice too, as it keeps what was typed
    if (event.key === "Enter" && event.target.matches("select")) { event.preventDefault(); form.requestSubmit(); }
  });
  form.addEventListener("submit", () => sessionStorage.setItem("at", form.elements.field.value));
}
const at = sessionStorage.getItem("at");
if (filing && at) { // after a field was kept, go on with the next one
  sessionStorage.removeItem("at");
  const forms = [...document.querySelectorAll(".read form")], next = forms[forms.findIndex((one) => one.elements.field.value === at) + 1];
  const begin = () => next?.elements.value.focus();
  document.readyState === "complete" ? begin() : addEventListener("load", begin);
}

const back = document.querySelector("#return form");
function preview() { // what the advisor will read; the unit is asked for only where the paper is at the wrong one
  const chosen = back.elements.reason.selectedOptions[0], asks = back.querySelector("[data-for]");
  if (asks) asks.hidden = chosen.value !== asks.dataset.for;
  if (asks?.hidden) back.elements.unit.value = "";
  const unit = back.elements.unit?.selectedOptions[0];
  back.querySelector(".sentence").textContent = chosen.value ? chosen.textContent + (unit?.value ? ` → ${unit.textContent}` : "") : "";
  back.querySelector("blockquote").textContent = back.elements.note.value;
  back.querySelector(".preview").hidden = !chosen.value && !back.elements.note.value;
}
back?.addEventListener("input", preview);
if (back) preview();

const UNANSWERED_MS = 10_000, AGAIN_MS = 5_000;
const rows = document.getElementById("rows"), banner = document.getElementById("banner");
async function fresh() {
  try {
    const answer = await fetch(`/list?show=${rows.dataset.show}`, { signal: AbortSignal.timeout(UNANSWERED_MS) });
    if (answer.status === 401) return; // the next press asks who it is
    if (!answer.ok) throw new Error();
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    await handOff();
    banner.textContent = "";
    if (rows.contains(document.activeElement)) return;
    rows.replaceChildren(...parsed.body.childNodes);
    rows.querySelector(`a[href^="/filing/${filing?.dataset.bundle}"]`)?.setAttribute("aria-current", "true");
  } catch {
    await handOff();
    banner.textContent = document.body.dataset.offline;
  }
}
async function lookAgain() { // one look at a time: no late one speaks over a newer one
  await fresh();
  setTimeout(lookAgain, AGAIN_MS);
}
if (rows && rows.dataset.show !== "found" && !new URLSearchParams(location.search).has("page")) setTimeout(lookAgain, AGAIN_MS);

function go(step) {
  const links = [...document.querySelectorAll("#rows a[href^='/filing/']")];
  const now = links.findIndex((link) => link.hasAttribute("aria-current"));
  const to = links[Math.min(Math.max(now + step, 0), links.length - 1)];
  links[now]?.removeAttribute("aria-current");
  to?.setAttribute("aria-current", "true"); // at once: a second press goes on from there
  to?.click();
}
function open(id) {
  const part = document.getElementById(id);
  if (part) { part.open = true; part.querySelector("select, textarea")?.focus(); }
}
const acts = {
  j: () => go(1), k: () => go(-1), o: () => document.getElementById("claim")?.click(), a: () => document.getElementById("accept")?.click(),
  p: () => open("return"), s: () => open("forward"), "/": () => document.getElementById("search")?.focus(),
  "?": () => document.getElementById("help")?.showModal(),
};
document.getElementById("help-open")?.addEventListener("click", () => document.getElementById("help").showModal());
addEventListener("keydown", (event) => {
  if (event.key === "Escape") { for (const part of document.querySelectorAll(".more[open]")) part.open = false; document.activeElement?.blur(); return; }
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea, dialog")) return;
  const act = acts[event.key.toLowerCase()];
  if (act) { event.preventDefault(); act(); }
});
