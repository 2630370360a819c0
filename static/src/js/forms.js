// Small helps for forms; every form also works without them.
//   [data-when="kind=ratio formula"]  shown, and its fields sent, only while field "kind" has one of these values
//                                     with [data-keep] they are sent all the same: nothing typed is lost
//   [data-autosubmit]                 a select or radio that sends its form when changed
//   form[data-once]                   cannot be sent twice
//   output[data-echo="id_slug"]       repeats what is being typed there; data-echo-empty stands in for nothing
//   select[data-timezone]             starts at the browser's time zone, where that is one of its options
//   button[data-reveal="id"]          shows and hides a password
function value(form, name) {
  const field = form.elements.namedItem(name);
  if (!field) return "";
  if (field instanceof RadioNodeList) return field.value;
  return field.type === "checkbox" ? String(field.checked) : field.value;
}

function conditions(form) {
  for (const part of form.querySelectorAll("[data-when]")) {
    const [name, values] = part.dataset.when.split("=");
    const shown = values.split(" ").includes(value(form, name));
    part.hidden = !shown;
    if ("keep" in part.dataset) continue;
    for (const field of part.querySelectorAll("input, select, textarea")) field.disabled = !shown || "off" in field.dataset;
  }
}

function echo(field) {
  for (const output of document.querySelectorAll(`[data-echo="${field.id}"]`)) {
    output.textContent = field.value.trim() || output.dataset.echoEmpty || "";
  }
}

function startTimezone(select) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (select.dataset.timezone === "set" || ![...select.options].some((option) => option.value === zone)) return;
  select.value = zone;
}

function start(root) {
  for (const part of root.querySelectorAll("[data-when]")) if (part.closest("form")) conditions(part.closest("form"));
  for (const output of root.querySelectorAll("[data-echo]")) {
    const field = document.getElementById(output.dataset.echo);
    if (field) echo(field);
  }
  for (const select of root.querySelectorAll("select[data-timezone]")) startTimezone(select);
}

document.addEventListener("change", (event) => {
  if (event.target.form) conditions(event.target.form);
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
});

document.addEventListener("input", (event) => event.target.id && echo(event.target));

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.getAttribute("aria-busy") === "true") event.preventDefault();
  form.setAttribute("aria-busy", "true");
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) form.removeAttribute("aria-busy");
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const field = document.getElementById(button.dataset.reveal);
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
});

start(document);
document.addEventListener("htmx:after:swap", () => start(document));
