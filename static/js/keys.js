// Single keys of the workbench: / goes to the search, ? shows the keys; in a list j and k go from row to row, x ticks.
// Not while one writes, nor when they are switched off (WCAG 2.1.4).
const bar = document.querySelector(".staff-bar[data-keys]");
const field = document.querySelector("#staff-q");
const dialog = document.querySelector("#keys");

const writes = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("#list [data-row]")];
const rowOfFocus = () => document.activeElement.closest("[data-row]");

const step = (by) => {
  const all = rows();
  const at = all.indexOf(rowOfFocus());
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  next?.querySelector("th a")?.focus();
};

const act = {
  "/": () => field?.focus(),
  "?": () => dialog.showModal(),
  j: () => step(1),
  k: () => step(-1),
  x: () => rowOfFocus()?.querySelector("[name=chosen]")?.click(),
};

document.addEventListener("keydown", (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (!bar || !Object.hasOwn(act, key) || ctrlKey || metaKey || altKey || writes(target) || dialog.open) return;
  event.preventDefault();
  act[key]();
});
