// The advisor's decision: sent once, about the filing that is shown, and never silently lost.
import { cancelFetch, forget, form, ready, refreshDetail, rest, resting } from "/static/filing.js";
import { refreshList } from "/static/list.js";
import { detail, page, say, sent } from "/static/state.js";

export async function decide(action, pressed) {
  const there = form();
  const button = pressed || detail.querySelector(`button[name=action][value=${action}]`);
  if (resting() || !there || !button) return;
  if (button.dataset.ask && !confirm(`${detail.querySelector("h2").textContent}\n\n${button.dataset.ask}`)) return;
  const body = new FormData(there);
  body.set("action", action);
  if (button.dataset.other) body.set("other", button.dataset.other);
  if (button.dataset.recipient) { // where the authority itself says that it belongs
    body.set("recipient", button.dataset.recipient);
    if (!body.get("reason")) body.set("reason", button.textContent.trim());
  }
  const filing = body.get("filing");
  page.busy = true;
  cancelFetch(); // what is being fetched meanwhile comes too late
  ready();
  say("");
  page.follow = false;
  page.wanted = filing;
  history.replaceState(null, "", `#${filing}`);
  const problem = await sent(`/filing/${filing}/decision`, body);
  page.busy = false;
  if (!problem) forget(filing);
  rest();
  await refreshDetail();
  ready();
  say(problem);
  if (problem) form()?.querySelector(":invalid")?.focus();
  await refreshList();
}

export function pairUp() { // only where one pair alone is likely: a key must not choose between customers
  const likely = detail.querySelectorAll("button[data-likely]");
  if (likely.length === 1) decide(likely[0].value, likely[0]);
}

export function undo() { // the join if there is one, else the sending
  if (detail.querySelector("button[value=part]")) decide("part");
  else if (form()?.querySelector("button[value=hold][data-undo]")) decide("hold");
}

setInterval(() => { // how long the sending can still be taken back
  const left = detail.querySelector("[data-left]");
  if (!left) return;
  const seconds = Number(left.dataset.left) - 1;
  if (seconds <= 0) { left.remove(); return; }
  left.dataset.left = seconds;
  left.textContent = left.dataset.says.replace("{n}", seconds);
}, 1000);

detail.addEventListener("submit", (event) => {
  event.preventDefault();
  decide(event.submitter ? event.submitter.value : "release", event.submitter);
});
detail.addEventListener("click", async (event) => {
  const why = event.target.closest("button[data-why]");
  if (why) {
    for (const one of detail.querySelectorAll("button[data-why]")) one.setAttribute("aria-pressed", String(one === why));
    say(await sent(`/filing/${page.shown}/why`, new URLSearchParams({ code: why.dataset.why, advisor: form()?.advisor?.value || "" })));
  }
  const pair = event.target.closest("button[data-pair]"); // no submit button: Enter in a field must not press it
  if (pair) decide(pair.value, pair);
});
