// <ul data-completes="id"> with buttons [data-insert="revenue"]: a click puts the word into that field, in place of what
// is being typed of it; while a word is typed, only the buttons that have it in them are shown. Without this a list.
const WORD = /[\p{L}\p{N}_]+$/u;

function typed(field) {
  return WORD.exec(field.value.slice(0, field.selectionStart))?.[0] ?? "";
}

function narrow(list) {
  const field = document.getElementById(list.dataset.completes);
  const word = field ? typed(field).toLowerCase() : "";
  const buttons = [...list.querySelectorAll("[data-insert]")];
  const done = buttons.some((button) => button.dataset.insert === word) || /^\d*$/.test(word);
  const fits = buttons.filter((button) => button.textContent.toLowerCase().includes(word));
  for (const button of buttons) button.closest("li").hidden = !done && fits.length > 0 && !fits.includes(button);
}

document.addEventListener("input", (event) => {
  for (const list of document.querySelectorAll("[data-completes]")) if (list.dataset.completes === event.target.id) narrow(list);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-completes] [data-insert]");
  const field = button && document.getElementById(button.closest("[data-completes]").dataset.completes);
  if (!field) return;
  const begun = typed(field);
  const fits = begun && !/^\d/.test(begun) && button.textContent.toLowerCase().includes(begun.toLowerCase());
  const start = field.selectionStart - (fits ? begun.length : 0);
  const before = field.value.slice(0, start);
  const apart = before && !/[\s(（]$/u.test(before) ? " " : "";
  field.setRangeText(apart + button.dataset.insert, start, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
