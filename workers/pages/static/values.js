// What was read, beside the page: the crop enlarged at the field, corrected by keyboard, saved one after the other.
import { inputOf, onItsWay, patch } from "/static/filing.js";
import { verb } from "/static/keys.js";
import { acting, detail, form, inTurn, page, say, words } from "/static/state.js";

const ZOOM = 2.2, MARGIN = 0.4; // of the box's height, around it

function inputs() { return [...detail.querySelectorAll("ul.values input")]; }

export function doubts() { return inputs().filter((one) => "doubtful" in one.dataset); }

detail.addEventListener("focusin", (event) => {
  if (!event.target.matches("ul.values input")) return;
  detail.querySelector(".crop")?.remove();
  const picture = detail.querySelector(`figure[data-page="${event.target.dataset.page}"] .sheet img`);
  if (!picture?.naturalWidth || !event.target.dataset.box) return;
  event.target.closest("li").append(crop(picture, event.target.dataset.box.split(" ").map(Number)));
  show(picture, event.target.dataset.box.split(" "));
});
detail.addEventListener("focusout", (event) => { if (event.target.matches("ul.values input")) detail.querySelector(".looked")?.remove(); });

function crop(picture, [left, top, width, height]) {
  const frame = document.createElement("div"), inside = document.createElement("img");
  const room = detail.querySelector("ul.values").clientWidth - 4;
  const scale = Math.min(ZOOM * picture.clientWidth, (room * 100) / width, 1.6 * picture.naturalWidth);
  const tall = (height / 100) * scale * (picture.naturalHeight / picture.naturalWidth);
  frame.className = "crop";
  Object.assign(inside, { src: picture.src, alt: "" });
  Object.assign(frame.style, { height: `${Math.min(160, tall * (1 + 2 * MARGIN))}px` });
  Object.assign(inside.style, { width: `${scale}px`, left: `${-(left / 100) * scale}px`,
    top: `${-(top / 100) * scale * (picture.naturalHeight / picture.naturalWidth) + tall * MARGIN}px` });
  frame.append(inside);
  return frame;
}

function show(picture, [left, top, width, height]) { // the same place on the page
  const mark = document.createElement("div");
  mark.className = "looked spot";
  Object.assign(mark.style, { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
  picture.after(mark);
  const column = picture.closest(".pages"), box = mark.getBoundingClientRect(), there = column.getBoundingClientRect();
  if (box.top < there.top || box.bottom > there.bottom) column.scrollTop += box.top - there.top - there.height / 3;
}

async function save(field, value, kept) { // why it failed, or nothing
  const filing = page.shown, body = new URLSearchParams({ field, advisor: form()?.advisor?.value || "" });
  page.follow = false;
  if (value !== undefined) body.set("value", value);
  const problem = await inTurn(filing, "value", body, { hear: kept, after: (problem) => patch(filing, { told: Boolean(problem) }) });
  say(problem);
  return problem;
}

async function next(from) {
  const all = inputs(), at = all.indexOf(from);
  const to = all.slice(at + 1).find((one) => "doubtful" in one.dataset) || all[at + 1];
  if (to) { to.focus(); to.select(); return; }
  if (await acting()) return; // an Enter too many does not send what has not been judged again
  if (document.activeElement === from) detail.querySelector("button[value=release]")?.focus();
}

detail.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.matches("ul.values input") || input.readOnly) return;
  if (event.key === "Escape") { input.value = asked(input); input.removeAttribute("aria-invalid"); detail.focus(); return; }
  if (event.key !== "Enter") return;
  event.preventDefault();
  if (input.value !== asked(input) || "doubtful" in input.dataset) settle(input);
  next(input);
});
detail.addEventListener("change", (event) => {
  if (event.target.matches("ul.values input") && event.target.value !== asked(event.target)) settle(event.target);
});
detail.addEventListener("click", (event) => {
  const filled = event.target.closest("button[data-filled]");
  if (filled) save(filled.dataset.filled);
});

function asked(input) { return input.dataset.sent ?? input.defaultValue; } // what is kept, or is on its way to be

async function settle(input) { // what could not be kept stays in sight as not kept, so that Enter sends it again
  if (!form()?.advisor?.value && form()?.advisor) { say(words.need_advisor); return; }
  const filing = page.shown, typed = input.value, doubtful = "doubtful" in input.dataset, { field } = input.dataset;
  onItsWay(input, typed);
  input.removeAttribute("aria-invalid");
  const problem = await save(field, typed.trim(), () => {
    const there = inputOf(filing, field);
    if (!there) return;
    there.defaultValue = typed;
    if (asked(there) === typed) delete there.dataset.sent;
    if (there.value === typed) there.removeAttribute("aria-invalid");
  });
  const there = problem && inputOf(filing, field);
  if (!there) return;
  delete there.dataset.sent;
  there.ariaInvalid = "true";
  if (!doubtful) return;
  there.dataset.doubtful = "";
  there.closest("li").classList.add("doubtful");
}

verb("e", () => { const first = doubts()[0] || inputs()[0]; if (first) { first.focus(); first.select(); } });
