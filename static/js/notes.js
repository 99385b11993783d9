// Ctrl + Enter (⌘ + Enter) in a text that sends its form sends it; Enter alone stays a new line.
document.addEventListener("keydown", (event) => {
  const text = event.target;
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
  if (!(text instanceof HTMLTextAreaElement) || text.dataset.sends !== "ctrl-enter") return;
  event.preventDefault();
  text.form.requestSubmit();
});
