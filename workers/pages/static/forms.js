// The form of a paper that the machine does not know, or took for another: chosen by its picture, found by name or number.
import { act } from "/static/decide.js";
import { tooSoon } from "/static/filing.js";
import { verb } from "/static/keys.js";
import { acting, detail, form, fragment, page, say, words } from "/static/state.js";

const dialog = document.getElementById("forms");
const found = document.getElementById("forms-found");
const search = dialog.querySelector("input[type=search]");
const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[^a-z0-9]/g, "");
let filing = "", version = ""; // as it was when the choice was opened

async function open() {
  if (!detail.querySelector("button[data-forms]") || tooSoon()) return;
  if (form()?.advisor && !form().advisor.value) { say(words.need_advisor); form().advisor.focus(); return; }
  filing = page.shown;
  page.follow = false; // a paper that comes meanwhile does not take the page from under the choice
  const html = await fragment(`/filing/${filing}/forms`);
  if (html === null) { say(words.cannot_show); return; }
  if (await acting() || page.shown !== filing) return;
  version = form()?.version.value;
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

function choose(button) {
  dialog.close();
  const there = form();
  if (!there || page.shown !== filing) { say(words.too_soon); return; }
  const { form: name, edition, language } = button.dataset;
  act("form", new URLSearchParams({ form: name, edition, language, version, advisor: there.advisor?.value || "" }));
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
