// The pages of the paper that is shown: turned, ordered, taken out or split off as a filing of their own, by key or drag.
import { act, decide } from "/static/decide.js";
import { fresh, rested, tooSoon } from "/static/filing.js";
import { detail, form, page, say, words } from "/static/state.js";

function figures() { return [...detail.querySelectorAll("figure[data-page]")]; }

function arrange(order, out = "", into = "") {
  const there = form();
  if (!there || tooSoon()) return;
  const body = new URLSearchParams({ order, out, into, advisor: there.advisor?.value || "" });
  act("pages", body, ({ filing }) => { if (filing && !into) fresh.add(filing); });
}

function order(all) { return all.map((one) => (one.dataset.turn === "0" ? one.dataset.page : `${one.dataset.page}:${one.dataset.turn}`)).join(","); }

function moved(figure, by) {
  const all = figures(), at = all.indexOf(figure), to = at + by;
  if (to < 0 || to >= all.length) return;
  all.splice(at, 1);
  all.splice(to, 0, figure);
  arrange(order(all));
}

detail.addEventListener("click", (event) => {
  const thumb = event.target.closest("button[data-to]");
  if (thumb) detail.querySelector(`figure[data-page="${thumb.dataset.to}"]`)?.scrollIntoView({ block: "start" });
  const tool = event.target.closest("button[data-tool]");
  if (!tool) return;
  const figure = tool.closest("figure");
  if (tool.dataset.tool === "up") moved(figure, -1);
  else if (tool.dataset.tool === "down") moved(figure, 1);
  else if (tool.dataset.tool === "out") arrange(order(figures()), figure.dataset.page);
  else if (tool.dataset.tool === "split") arrange(order(figures()), figures().slice(figures().indexOf(figure)).map((one) => one.dataset.page).join(","));
  else {
    figure.dataset.turn = String((Number(figure.dataset.turn) + 90) % 360);
    arrange(order(figures()));
  }
});

// Dragged: onto another page it takes that place, onto a zone it becomes a filing of its own, onto a row of the list it joins that filing.
let dragged = null;

function takes(node) { // what takes the dragged page, if anything does
  const there = node.closest?.("[data-zone], [data-drag][data-free], #list a[data-filing]");
  if (!dragged || !there || there.dataset.drag === dragged.page || there.dataset.filing === page.shown) return null;
  return there.dataset.drag && !dragged.free ? null : there;
}

function light(over) {
  for (const one of document.querySelectorAll(".over")) if (one !== over) one.classList.remove("over");
  over?.classList.add("over");
}

async function dropped(number, { zone, drag, filing }) { // what it fell on, said before the page may change
  const shown = page.shown;
  await rested();
  const all = figures(), numbers = all.map((one) => one.dataset.page), at = numbers.indexOf(number);
  if (page.shown !== shown || at < 0 || (drag && !numbers.includes(drag))) say(words.too_soon);
  else if (zone) arrange(order(all), zone === "out" ? number : numbers.slice(at).join(","));
  else if (drag) moved(all[at], numbers.indexOf(drag) - at);
  else if (all.length === 1) decide("attach", { dataset: { other: filing } });
  else arrange(order(all), number, filing);
}

function ended() {
  dragged = null;
  document.body.classList.remove("dragging");
  light(null);
}

document.addEventListener("dragstart", (event) => {
  const from = event.target.closest?.("#detail [data-drag]");
  if (!from) return;
  dragged = { page: from.dataset.drag, free: "free" in from.dataset };
  event.dataTransfer.setData("text/plain", "");
  setTimeout(() => document.body.classList.add("dragging")); // a place that changes at once ends the drag
});
document.addEventListener("dragover", (event) => {
  const over = takes(event.target);
  light(over);
  if (over) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const over = takes(event.target);
  if (!over) return;
  event.preventDefault();
  dropped(dragged.page, { ...over.dataset });
  ended();
});
document.addEventListener("dragend", ended);
