// What the advisor does to the filing that is shown: sent once, in turn, and never silently lost.
import { cancelFetch, forget, ready, refreshDetail, rest, resting, tooSoon } from "/static/filing.js";
import { refreshList } from "/static/list.js";
import { detail, form, inTurn, page, say, saidNow, sent, words } from "/static/state.js";

export async function act(path, body, hear) { // about the filing as it stands on the page, or of the version that the body names; why it failed, or nothing
  const filing = page.shown;
  page.busy = true;
  page.follow = false;
  page.wanted = filing;
  history.replaceState(null, "", `#${filing}`);
  cancelFetch(); // what is being fetched meanwhile comes too late
  ready();
  say("");
  const problem = await inTurn(filing, path, body, { hear });
  page.busy = false;
  say(problem);
  if (!problem && path === "decision") forget(filing);
  rest();
  await refreshDetail();
  ready();
  await refreshList();
  return problem;
}

export async function decide(action, pressed) {
  const there = form();
  const button = pressed || detail.querySelector(`button[name=action][value=${action}]`);
  if (!there || !button || tooSoon()) return;
  const unkept = action === "release" && detail.querySelector("ul.values input[aria-invalid]");
  if (unkept) { // it would go without what was typed: Enter saves that again, Escape gives it up
    unkept.focus();
    say(saidNow() || words.failed);
    return;
  }
  if (button.dataset.ask && !confirm(`${detail.querySelector("h2").textContent}\n\n${button.dataset.ask}`)) return;
  const body = new FormData(there);
  body.set("action", action);
  if (button.dataset.other) body.set("other", button.dataset.other);
  if (button.dataset.recipient) { // where the authority itself says that it belongs
    body.set("recipient", button.dataset.recipient);
    if (!body.get("reason")) body.set("reason", button.textContent.trim());
  }
  if (await act("decision", body)) form()?.querySelector(":invalid")?.focus();
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
