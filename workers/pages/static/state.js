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

let last = null;
export function acting() { return last; } // why the act that is on its way failed, once it is known; nothing if none is
export function inTurn(act) { // what a person does is done one after the other; after what failed nothing is done unseen
  const mine = last = (last ?? Promise.resolve()).then((failed) => failed || act()).catch(() => words.failed);
  mine.then(() => { if (last === mine) last = null; });
  return mine;
}
