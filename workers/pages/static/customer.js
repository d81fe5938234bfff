// The customer's page: printed by a button or P, turned round for a customer across the desk, closed by Escape.
const turned = () => document.body.classList.toggle("turned");
document.getElementById("print").addEventListener("click", () => print());
document.querySelector("nav").addEventListener("click", (event) => { // no step back to be taken: Escape may close the tab
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  location.replace(link.href);
});
document.getElementById("turn").addEventListener("click", turned);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "p") print();
  else if (event.key === "t") turned();
  else if (event.key === "Escape") close();
});
