// Keys of a list: j and k go from row to row, x ticks. They may be turned off (WCAG 2.1.4).
const CHOICE = "list-keys";
const isOn = document.getElementById("keys-on");

// Without storage, as in some private windows, the choice holds until the page is left.
const kept = (value) => {
  try {
    if (value !== undefined) localStorage.setItem(CHOICE, value);
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
};

const rows = () => [...document.querySelectorAll("#list [data-row]")];
const rowOfFocus = () => document.activeElement.closest("[data-row]");

const step = (by) => {
  const all = rows();
  const at = all.indexOf(rowOfFocus());
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  next?.querySelector("th a")?.focus();
};

const tick = () => rowOfFocus()?.querySelector("[name=chosen]")?.click();

const DOES = {
  j: () => step(1),
  k: () => step(-1),
  x: tick,
};

const isTyping = ({ tagName, type, isContentEditable }) =>
  isContentEditable || /^(TEXTAREA|SELECT)$/.test(tagName) || (tagName === "INPUT" && type !== "checkbox");

document.addEventListener("keydown", (event) => {
  const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented);
  if (!isPlain || !isOn.checked || isTyping(event.target) || !DOES[event.key]) return;
  event.preventDefault();
  DOES[event.key]();
});

isOn.checked = kept() !== "off";
isOn.addEventListener("change", () => kept(isOn.checked ? "on" : "off"));
