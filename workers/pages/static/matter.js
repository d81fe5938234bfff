// The button of a matter's page.
document.getElementById("print").addEventListener("click", () => window.print());
