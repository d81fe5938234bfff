// What the page knows of itself, the places it writes to, and how it asks the point.
const UNANSWERED_MS = 15_000; // what waits for a question must not wait for ever
export const list = document.getElementById("list");
export const detail = document.getElementById("detail");
export const words = document.body.dataset;
export const page = {
  tab: sessionStorage.getItem("tab") || crypto.randomUUID(), // which of the open pages this is
  shown: "", // the filing whose page stands here
  wanted: location.hash.slice(1), // the one that is being fetched, or stands here
  next: "", // the one that was chosen while an act was on its way
  follow: !location.hash.slice(1), // show each new paper by itself, until the advisor chooses, types or decides
  busy: false, // a decision is on its way
  restUntil: 0, // a press this soon after the page has changed was meant for what stood there before
};
sessionStorage.setItem("tab", page.tab);
const said = document.getElementById("said");

export function form() { return detail.querySelector("form.decide"); }

export function say(text) { said.textContent = text; }
export function saidNow() { return said.textContent; }

export async function fragment(path, body, byItself) { // HTML of the point's, or null; what is personal is sent as a body
  try { // what nobody asked for keeps nobody signed in
    const headers = { Accept: "text/html", ...(byItself && { "X-By-Itself": "1" }) }, signal = AbortSignal.timeout(UNANSWERED_MS);
    const answer = await fetch(path, body ? { method: "POST", body, signal } : { headers, signal });
    if (answer.status === 401) document.dispatchEvent(new Event("signed_out"));
    return answer.ok ? await answer.text() : null;
  } catch { return null; }
}

export async function sent(path, body, hear) { // why it failed, in words; nothing if it did not
  try {
    const answer = await fetch(path, { method: "POST", body });
    const said = await answer.json().catch(() => ({})); // where it says nothing, there is no body
    if (!answer.ok) return said.text || words.failed;
    hear?.(said);
    return "";
  } catch { return words.no_answer; }
}

let last = null; // what is done to which filing, of which version, and why it failed once that is known
export function acting() { return last?.failed; } // nothing if no act is on its way
export function inTurn(filing, path, body, { hear, after } = {}) { // one after the other; after what failed nothing is done unseen
  const before = last, mine = last = { filing, version: body.get("version") || form()?.version.value };
  body.set("filing", filing);
  mine.failed = Promise.resolve(before?.failed).then(async (failed) => {
    if (failed) return failed;
    if (before?.filing === filing) mine.version = before.version; // as the act before made it: a colleague's change since is not overridden
    body.set("version", mine.version);
    const problem = await sent(`/filing/${filing}/${path}`, body, (said) => {
      if (said.version) mine.version = said.version;
      if (said.version && page.shown === filing && form()) form().version.value = said.version;
      hear?.(said);
    });
    await after?.(problem);
    return problem;
  }).catch(() => words.failed);
  mine.failed.then(() => { if (last === mine) last = null; });
  return mine.failed;
}
