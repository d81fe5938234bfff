// While a person presses or drags, the page stands still: what came meanwhile is shown once the hand is off it. Else a
// button is changed between press and click, a dragged page is gone, or another row stands where a drop was meant.
const CLICK_MS = 60; // a press ends in a click, which comes after it
let on = null, lift = null, ending = 0, dragging = false;

export function handOff() { return on; } // to be awaited before the page is changed; nothing if no hand is on it

function putOn() {
  clearTimeout(ending);
  ending = 0;
  on ??= new Promise((done) => { lift = done; });
}

function takeOff() {
  dragging = false;
  if (on && !ending) ending = setTimeout(() => { lift(); on = null; ending = 0; }, CLICK_MS);
}

const unlessDragging = () => { if (!dragging) takeOff(); }; // the browser cancels the pointer as a drag begins
const hear = (what, does) => addEventListener(what, does, true);
hear("pointerdown", (event) => { // a menu that opens may swallow the release
  if (event.isPrimary && event.button === 0 && !event.target.closest("select")) putOn();
});
hear("pointerup", unlessDragging);
hear("pointercancel", unlessDragging);
hear("pointermove", (event) => { if (!event.buttons) takeOff(); }); // released where nobody could see it
hear("dragstart", () => { dragging = true; putOn(); });
hear("drop", takeOff);
hear("dragend", takeOff);
hear("keydown", (event) => { if (event.code === "Space" && event.target.closest("button, summary")) putOn(); });
hear("keyup", (event) => { if (event.code === "Space") unlessDragging(); });
hear("blur", (event) => { if (event.target === window) unlessDragging(); });
