// Ctrl + Enter (⌘ + Enter) in any field beside a text that sends its form sends it; Enter alone in the text stays a new line.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
  const form = event.target.form;
  if (!form?.querySelector("textarea[data-sends='ctrl-enter']")) return;
  event.preventDefault();
  form.requestSubmit();
});
