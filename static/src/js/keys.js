// [data-press="ArrowRight"]: a link or button that a key presses while nobody is typing, such as the screens of a meeting.
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
  if (event.target.closest("input, select, textarea, [contenteditable], dialog[open], [role=radiogroup], details[open]")) return;
  const pressed = document.querySelector(`[data-press="${event.key}"]`);
  if (!pressed) return;
  event.preventDefault();
  pressed.click();
});
