// What the page knows of itself, the places it writes to, and how it asks the point.
export const list = document.getElementById("list");
export const detail = document.getElementById("detail");
export const words = document.body.dataset;
export const page = {
  tab: sessionStorage.getItem("tab") || crypto.randomUUID(), // which of the open pages this is
  shown: "", // the filing whose page stands here
  wanted: location.hash.slice(1), // the one that is being fetched, or stands here
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
    const headers = { Accept: "text/html", ...(byItself && { "X-By-Itself": "1" }) };
    const answer = await fetch(path, body ? { method: "POST", body } : { headers });
    if (answer.status === 401) document.dispatchEvent(new Event("signed_out"));
    return answer.ok ? await answer.text() : null;
  } catch { return null; }
}

export async function sent(path, body) { // why it failed, in words; nothing if it did not
  try {
    const answer = await fetch(path, { method: "POST", body });
    if (answer.ok) return "";
    const problem = await answer.json().catch(() => ({}));
    return problem.text || words.failed;
  } catch { return words.no_answer; }
}
