// The pages of the paper that is shown: turned, ordered by key or drag, taken out as a filing of their own.
import { cancelFetch, fresh, form, ready, refreshDetail, rest, resting } from "/static/filing.js";
import { refreshList } from "/static/list.js";
import { detail, page, say, words } from "/static/state.js";

function figures() { return [...detail.querySelectorAll("figure[data-page]")]; }

async function arrange(order, out = "") {
  const there = form();
  if (resting() || !there) return;
  const filing = page.shown;
  const body = new URLSearchParams({ filing, version: there.version.value, order, out, advisor: there.advisor?.value || "" });
  page.busy = true;
  page.follow = false; // the filing that is taken out does not take the page away
  page.wanted = filing;
  history.replaceState(null, "", `#${filing}`);
  cancelFetch();
  ready();
  say("");
  let problem = "", made = null;
  try {
    const answer = await fetch(`/filing/${filing}/pages`, { method: "POST", body });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) made = said.filing; else problem = said.text || words.failed;
  } catch { problem = words.no_answer; }
  page.busy = false;
  rest();
  await refreshDetail();
  ready();
  say(problem);
  await refreshList();
  if (made) fresh.add(made);
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
  else {
    figure.dataset.turn = String((Number(figure.dataset.turn) + 90) % 360);
    arrange(order(figures()));
  }
});

let dragged = null;
detail.addEventListener("dragstart", (event) => { dragged = event.target.closest("figure[draggable=true]"); });
detail.addEventListener("dragover", (event) => {
  const over = event.target.closest("figure[draggable=true]");
  for (const one of figures()) one.classList.toggle("over", dragged !== null && one === over && one !== dragged);
  if (dragged && over) event.preventDefault();
});
detail.addEventListener("drop", (event) => {
  const over = event.target.closest("figure[draggable=true]"), all = figures();
  if (dragged && over && over !== dragged) moved(dragged, all.indexOf(over) - all.indexOf(dragged));
  dragged = null;
});
detail.addEventListener("dragend", () => { dragged = null; for (const one of figures()) one.classList.remove("over"); });
