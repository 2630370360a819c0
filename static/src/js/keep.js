// form[data-keep="key"] loses nothing that was typed: it is kept in this tab until the form was taken, so that a session
// that ended, a closed page or a broken line brings it back. [data-kept] on the page is the notice that says so.
const NAME = "lodestar-keep:";
const SKIPPED = new Set(["csrfmiddlewaretoken", "seen"]);

function store() {
  try { return window.sessionStorage; } catch { return null; }
}

function read(form) {
  const told = [...new FormData(form)].filter(([name, value]) => !SKIPPED.has(name) && typeof value === "string");
  return JSON.stringify(told);
}

function fill(form, told) {
  for (const field of form.elements) {
    if (!field.name || SKIPPED.has(field.name) || field.type === "hidden" || field.type === "submit") continue;
    const values = told.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
  }
}

const shelf = store();
const SENT = `${NAME}sent`;
const sent = shelf?.getItem(SENT);
// What was sent is forgotten once a page says that it was saved: not on the sign-in page, not on one with faults.
if (sent && document.querySelector(".flashes .notice-good, [data-saved]")) {
  shelf.removeItem(NAME + sent);
  shelf.removeItem(SENT);
}
for (const form of document.querySelectorAll("form[data-keep]")) {
  const key = NAME + form.dataset.keep;
  const fresh = read(form);
  const kept = shelf?.getItem(key);
  // What the server sent back with its faults is newer than what is kept.
  if (kept && kept !== fresh && !form.querySelector(".error-summary, [aria-invalid='true'], .field-errors")) {
    fill(form, JSON.parse(kept));
    const notice = form.querySelector("[data-kept]");
    if (notice) notice.hidden = false;
  }
  const keep = () => {
    const now = read(form);
    if (now === fresh) shelf?.removeItem(key);
    else shelf?.setItem(key, now);
  };
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.querySelector("[data-forget]")?.addEventListener("click", () => {
    shelf?.removeItem(key);
    fill(form, JSON.parse(fresh));
    form.querySelector("[data-kept]").hidden = true;
  });
}

document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-keep]")) shelf?.setItem(SENT, event.target.dataset.keep);
});
