// Single keys of the workbench: / goes to the search, ? shows the keys. Not while one writes, nor when switched off.
const bar = document.querySelector(".staff-bar[data-keys]");
const field = document.querySelector("#staff-q");
const dialog = document.querySelector("#keys");

const writes = (target) => target.closest("input, textarea, select, [contenteditable]");

const act = {
  "/": () => field?.focus(),
  "?": () => dialog.showModal(),
};

document.addEventListener("keydown", (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (!bar || !act[key] || ctrlKey || metaKey || altKey || writes(target) || dialog.open) return;
  event.preventDefault();
  act[key]();
});
