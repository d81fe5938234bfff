// The filing that is shown: fetched, kept with what was typed on it, its gaps shown on the paper.
import { handOff } from "/design/hand.js";
import { acting, detail, form, fragment, list, page, say, saidNow, words } from "/static/state.js";

const REST_MS = 700;
const SAME = ["id", "name", "value", "href", "aria-label", "aria-keyshortcuts", "data-page", "data-field", "data-filled", "data-gap", "data-to", "data-tool", "data-why"];
const DRAFTED = ["reason", "identity", "contact", "message", "recipient", "ending"];
export const fresh = new Set(); // new filings that have not been looked at
export const news = new Map(); // what is said of each filing of the whole list, if it is new
const drafts = new Map(); // what was typed for a filing and not yet sent
let fetched = 0;

export function typed() { // what the advisor has typed or chosen here; the name is remembered anyhow
  const there = form();
  if (!there) return {};
  const values = Object.fromEntries(DRAFTED.map((name) => [name, there.elements[name] ? there.elements[name].value : ""]));
  if (there.identity?.selectedOptions[0].defaultSelected) values.identity = "";
  return values;
}

const UNKEPT = "ul.values :is([data-sent], [aria-invalid])"; // typed, and on its way or not kept

export function inputOf(filing, field) { // where it can be written now, if that filing stands here: the page may have been drawn anew
  return page.shown === filing ? detail.querySelector(`ul.values input[data-field="${field}"]:not([readonly])`) : null;
}

export function onItsWay(input, typed) {
  input.dataset.sent = typed;
  delete input.dataset.doubtful;
  input.closest("li").classList.remove("doubtful");
}

function unkept() { // by field what was typed, and what of it is on its way; also where nothing can be written while the paper is read again
  const before = drafts.get(page.shown)?.unkept || [];
  const here = [...detail.querySelectorAll("ul.values input")].filter((input) => input.matches(UNKEPT) || input.value !== input.defaultValue);
  return [...before.filter(([field]) => !inputOf(page.shown, field)).map(([field, value]) => [field, value]),
    ...here.map((input) => [input.dataset.field, input.value, input.dataset.sent])];
}

export function touched() {
  const there = form();
  return Object.values(typed()).some(Boolean) || atValues() || Boolean(there && there.contains(document.activeElement)
    && document.activeElement.matches("input, select, textarea"));
}

export function forget(filing) { // it is decided: what was typed has been sent
  drafts.delete(filing);
  const there = form();
  if (!there) return;
  there.querySelector("details.more")?.removeAttribute("open");
  for (const name of DRAFTED) if (there.elements[name]) there.elements[name].value = "";
  for (const option of there.identity?.options || []) option.selected = option.defaultSelected;
}

export function cancelFetch() { fetched++; }

export function mark() {
  for (const link of list.querySelectorAll("a[data-filing]")) {
    if (link.dataset.filing === page.shown) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  fresh.delete(page.shown);
  const place = document.getElementById("news");
  const said = news.get([...fresh].at(-1));
  const text = said ? `${said}${fresh.size > 1 ? ` (+${fresh.size - 1})` : ""} · ${words.open_key}` : "";
  if (place.textContent === text) return;
  place.replaceChildren();
  if (!text) return;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: text });
  place.append(button);
}

export async function openNews() {
  const offered = [...fresh], last = offered.at(-1);
  if (!last) return;
  await choose(last, true);
  if (page.shown !== last) return; // still to be opened
  for (const filing of offered) fresh.delete(filing);
  mark();
}

export async function choose(filing, following = false, byItself = false) {
  if (byItself && page.busy) return;
  page.next = filing;
  const failed = acting() && await acting(); // then the page stays and says why
  if (page.next !== filing) return;
  page.next = "";
  if (failed) return;
  const before = { wanted: page.wanted, follow: page.follow };
  Object.assign(page, { wanted: filing, follow: following }); // at once: a list that comes meanwhile chooses nothing else
  if (!following) say("");
  const there = await refreshDetail(byItself);
  if (there !== false) {
    if (page.wanted !== filing) return; // chosen otherwise meanwhile
    if (following) history.replaceState(null, "", location.pathname);
    else if (location.hash !== `#${filing}`) history.pushState(null, "", `#${filing}`); // the browser's Back leads to the paper before
  } else if (page.wanted === filing) {
    Object.assign(page, { wanted: page.shown || before.wanted, follow: before.follow });
    if (!following) say(words.cannot_show);
  }
}

export async function refreshDetail(byItself = false) { // true if the wanted filing stands here now; null: somebody else fetches it
  const filing = page.wanted, mine = ++fetched;
  if (!filing) return false;
  const html = await fragment(`/filing/${filing}`, null, byItself);
  await handOff();
  if (mine !== fetched) return null;
  if (html === null) return false;
  if (page.shown) drafts.set(page.shown, { typed: typed(), unkept: unkept() });
  const same = filing === page.shown;
  const place = same ? where() : null;
  if (same && stillRead(html)) return true;
  const reading = detail.querySelector(".verdict.working"), seen = form()?.version.value;
  detail.innerHTML = html;
  if (!same || reading || (byItself && form()?.version.value !== seen)) rest(); // another paper, its verdict, or what a colleague did
  page.shown = filing;
  lay();
  mark();
  if (!same) look();
  const there = form();
  if (there) {
    if (there.advisor) there.advisor.value = sessionStorage.getItem("advisor") || "";
    for (const [name, value] of Object.entries(drafts.get(filing)?.typed || {})) {
      if (value && there.elements[name]) there.elements[name].value = value;
    }
    for (const [field, value, sent] of drafts.get(filing)?.unkept || []) {
      const input = inputOf(filing, field);
      if (!input || input.value === value) continue;
      input.value = value;
      if (same && sent !== undefined) onItsWay(input, sent);
      if (!same || value !== sent) input.ariaInvalid = "true";
    }
    if (there.elements.recipient?.value) there.elements.recipient.closest("details")?.setAttribute("open", "");
  }
  if (place) goBack(place);
  else document.getElementById("spoken").textContent =
    `${detail.querySelector("h2")?.textContent || ""}: ${detail.querySelector(".verdict")?.textContent || ""}`;
  ready();
  return true;
}

export function template(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  return made.content;
}

function stillRead(html) { // a paper that is being read goes on being read: its pictures stay as they are
  const anew = template(html);
  if (!detail.querySelector(".verdict.working") || !anew.querySelector(".verdict.working")) return false;
  if (detail.querySelectorAll("figure").length !== anew.querySelectorAll("figure").length) return false;
  detail.querySelector(".top").replaceWith(anew.querySelector(".top"));
  return true;
}

export async function look(take = false) { // says that this paper is open here; hears who else has it
  const filing = page.shown, holder = document.getElementById("holder");
  if (!filing || !holder) return;
  const body = new URLSearchParams({ filing, tab: page.tab, advisor: sessionStorage.getItem("advisor") || "", take: take ? "1" : "" });
  let other = "";
  try {
    const answer = await fetch("/open", { method: "POST", body });
    other = answer.ok ? (await answer.json()).holder : "";
  } catch {
    if (take) say(words.no_answer);
    return;
  }
  await handOff();
  const place = document.getElementById("holder");
  if (page.shown !== filing || !place) return;
  place.hidden = !other;
  const text = other ? words.has_it.replace("{name}", other === "?" ? words.somebody : other) : "";
  if (place.textContent !== text) place.textContent = text;
}
setInterval(look, 3_000);

export function atValues() { return Boolean(document.activeElement?.matches("ul.values input:not([readonly])") || detail.querySelector(UNKEPT)); }

export async function patch(filing, { byItself = false, told = false }) { // the verdict, the gaps and the version anew; what is being typed stays
  const html = await fragment(`/filing/${filing}`, null, byItself);
  await handOff();
  if (html === null || page.shown !== filing || (byItself && acting())) return; // the act that is on its way does the same
  const anew = template(html);
  for (const part of [".top", ".found", ".buttons"]) {
    const old = detail.querySelector(part), now = anew.querySelector(part);
    if (old && now && !old.contains(document.activeElement)) old.replaceWith(now);
  }
  const there = form(), version = anew.querySelector("input[name=version]")?.value;
  const theirs = !told && Boolean(version && there && version !== there.version.value); // what a colleague did
  let crossed = false;
  for (const now of anew.querySelectorAll("ul.values input")) {
    const old = detail.querySelector(`ul.values input[data-field="${now.dataset.field}"]`);
    if (old && old !== document.activeElement && !old.matches(UNKEPT)) old.closest("li").replaceWith(now.closest("li"));
    else if (!old) detail.querySelector("ul.values").append(now.closest("li"));
    else if (theirs && now.value !== old.defaultValue) crossed = true;
  }
  if (theirs) rest();
  if (crossed) say(words.changed_meanwhile); // the very value that is being typed: it is refused once, and by whom is told
  else if (version && there) there.version.value = version;
  for (const page of anew.querySelectorAll("figure")) {
    const old = detail.querySelector(`figure[data-page="${page.dataset.page}"]`);
    for (const spot of old?.querySelectorAll(".spot[data-gap]") || []) spot.remove();
    for (const spot of page.querySelectorAll(".spot")) old?.querySelector(".sheet").append(spot);
  }
  lay();
  ready();
}

function sameAs(node) { // what finds it on the page that takes this one's place
  const marks = [...node?.attributes || []].filter(({ name }) => SAME.includes(name) && !(name === "value" && node.matches("input")));
  return node ? node.localName + marks.map(({ name, value }) => `[${name}="${CSS.escape(value)}"]`).join("") : "";
}

function where() { // where the advisor was on this filing's page, so that news does not move it
  const at = detail.contains(document.activeElement) ? document.activeElement : null;
  return {
    focus: at && `${sameAs(at.parentElement.closest("figure"))} ${sameAs(at)}`,
    open: [...detail.querySelectorAll("details")].map((one) => one.open),
    scrolled: [...detail.querySelectorAll(".said-of, .pages")].map((one) => one.scrollTop),
  };
}

function goBack(place) {
  detail.querySelectorAll("details").forEach((one, at) => { if (place.open[at]) one.open = true; });
  detail.querySelectorAll(".said-of, .pages").forEach((one, at) => { one.scrollTop = place.scrolled[at] || 0; });
  if (place.focus) (detail.querySelector(place.focus) || detail).focus();
}

export function rest() {
  page.restUntil = performance.now() + REST_MS;
  setTimeout(ready, REST_MS + 20);
}

export function resting() { return page.busy || performance.now() < page.restUntil; }

export async function rested() { while (resting()) await new Promise((done) => { setTimeout(done, 50); }); }

export function tooSoon() { // says so: a press that does nothing is not lost in silence
  if (resting()) say(page.busy ? words.on_its_way : saidNow() || words.too_soon);
  return resting();
}

export function ready() {
  for (const button of detail.querySelectorAll("button[name=action], button[data-tool]")) button.disabled = resting();
}

function lay() { // set here, not in the page: the content policy allows no inline styles
  for (const spot of detail.querySelectorAll(".spot[data-box]")) {
    const [left, top, width, height] = spot.dataset.box.split(" ");
    Object.assign(spot.style, { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
  }
}

export function show(number) {
  for (const spot of detail.querySelectorAll(".spot")) {
    const meant = spot.dataset.gap === String(number);
    spot.classList.toggle("shown", meant);
    if (meant) spot.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }
}
