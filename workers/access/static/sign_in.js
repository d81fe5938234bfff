// The part of an address after # never reaches the server: it is kept for the page that was asked for.
"use strict";
const next = document.querySelector("input[name=next]");
if (!next.value.includes("#")) next.value += location.hash;
