// The form of a paper that the machine does not know, or took for another: chosen by its picture, found by name or number.
import { form, ready, refreshDetail, rest, resting } from "/static/filing.js";
import { verb } from "/static/keys.js";
import { refreshList } from "/static/list.js";
import { detail, fragment, page, say, sent, words } from "/static/state.js";

const dialog = document.getElementById("forms");
const found = document.getElementById("forms-found");
const search = dialog.querySelector("input[type=search]");
const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[^a-z0-9]/g, "");
let filing = "";

async function open() {
  if (!detail.querySelector("button[data-forms]") || resting()) return;
  if (form()?.advisor && !form().advisor.value) { say(words.need_advisor); form().advisor.focus(); return; }
  filing = page.shown;
  const html = await fragment(`/filing/${filing}/forms`);
  if (html === null) { say(words.cannot_show); return; }
  if (page.shown !== filing) return;
  found.innerHTML = html;
  search.value = "";
  dialog.showModal();
  found.querySelector("button")?.focus();
}

function narrow() {
  const wanted = search.value.split(/\s+/).map(plain).filter(Boolean);
  let any = false;
  for (const item of found.querySelectorAll("li")) {
    const text = plain(item.firstElementChild.dataset.words);
    item.hidden = !wanted.every((word) => text.includes(word));
    any ||= !item.hidden;
  }
  found.querySelector(".empty").hidden = any;
}

async function choose(button) {
  const there = form();
  if (!there || page.shown !== filing || page.busy) return;
  const { form: name, edition, language } = button.dataset;
  page.busy = true;
  page.follow = false;
  dialog.close();
  const body = new URLSearchParams({ filing, version: there.version.value, form: name, edition, language, advisor: there.advisor?.value || "" });
  const problem = await sent(`/filing/${filing}/form`, body);
  page.busy = false;
  rest();
  await refreshDetail();
  ready();
  say(problem);
  await refreshList();
}

detail.addEventListener("click", (event) => { if (event.target.closest("button[data-forms]")) open(); });
found.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-form]");
  if (button) choose(button);
});
search.addEventListener("input", narrow);
search.addEventListener("keydown", (event) => { // Enter takes what alone is left
  if (event.key !== "Enter") return;
  event.preventDefault();
  const left = [...found.querySelectorAll("li:not([hidden]) button")];
  if (left.length === 1) choose(left[0]);
  else left[0]?.focus();
});
verb("f", open);
