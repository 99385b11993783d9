// What the search found, by keyboard: arrows move among the links, Escape goes back to the field and closes the list.
const form = document.querySelector(".staff-search");
const field = form?.querySelector("input[type=search]");
const found = form?.querySelector(".staff-search__found");

const clear = () => found.replaceChildren();

const step = (by) => {
  const stops = [field, ...found.querySelectorAll("a, button")];
  const at = stops.indexOf(document.activeElement) + by;
  stops[Math.max(0, Math.min(at, stops.length - 1))].focus();
};

form?.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!found.children.length) return;
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape" && found.children.length) {
    event.preventDefault();
    field.focus();
    clear();
  }
});

// it closes when one goes elsewhere, as a click or Tab does
form?.addEventListener("focusout", ({ relatedTarget }) => {
  if (relatedTarget && !form.contains(relatedTarget)) clear();
});
document.addEventListener("pointerdown", ({ target }) => {
  if (found && !form.contains(target)) clear();
});
