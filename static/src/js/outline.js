// The outline of the tree (ul[data-outline="id of the form by which acts are sent"]): keys, dragging, search.
// All of it is also there as buttons; the form answers with the whole workplace, morphed into place.
const place = (row) => row.closest("li");
const rowsOf = (outline) => [...outline.querySelectorAll(".outline-row")].filter((row) => row.offsetParent !== null);
const formOf = (outline) => document.getElementById(outline.dataset.outline);

function send(outline, row, act, { parent = "", before = "" } = {}) {
  const form = formOf(outline);
  const go = form.querySelector("button");
  form.elements.parent.value = parent;
  form.elements.before.value = before;
  go.setAttribute("formaction", `${form.dataset.acts}${row.dataset.node}/${act}/`);
  focusAfter = act === "remove" ? parentOf(row) : row.dataset.node;
  form.requestSubmit(go);
}

// htmx sends a form where its hx-post says, whichever button was pressed: let it say what the button does.
document.addEventListener("submit", (event) => {
  const act = event.submitter?.getAttribute("formaction");
  if (act && event.target.matches("[data-acts]")) event.target.setAttribute("hx-post", act);
}, true);

let focusAfter = "";

function parentOf(row) {
  return place(row).parentElement.closest("li")?.querySelector(".outline-row").dataset.node ?? "";
}

const MOVES = { ArrowUp: "move/up", ArrowDown: "move/down", ArrowLeft: "move/out", ArrowRight: "move/in" };

document.addEventListener("keydown", (event) => {
  const name = event.target.closest?.(".outline[data-outline] .outline-name");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && document.querySelector("[data-outline]")) {
    if (event.target.matches("input, textarea, select")) return;
    event.preventDefault();
    document.querySelector(`[data-key="${event.shiftKey ? "redo" : "undo"}"]:not([disabled])`)?.click();
    return;
  }
  if (!name) return;
  const outline = name.closest(".outline");
  const row = name.closest(".outline-row");
  if (event.altKey && event.key in MOVES) {
    event.preventDefault();
    if (row.draggable) send(outline, row, MOVES[event.key]);
  } else if (event.key === "Delete" && row.draggable) {
    event.preventDefault();
    send(outline, row, "remove");
  } else if (!event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const rows = rowsOf(outline);
    rows[rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)]?.querySelector(".outline-name").focus();
  } else if (!event.altKey && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    const fold = row.querySelector("[data-fold]");
    if (fold && (fold.getAttribute("aria-expanded") === "true") === (event.key === "ArrowLeft")) {
      event.preventDefault();
      fold.click();
    }
  }
});

document.addEventListener("htmx:after:swap", () => {
  if (focusAfter) document.getElementById(`n-${focusAfter}`)?.focus();
  focusAfter = "";
});

// --- dragging: the upper third of a row is before it, the lower third after it, the middle below it ---------------------

let dragged = null;

function zone(row, event) {
  const box = row.getBoundingClientRect();
  const at = (event.clientY - box.top) / box.height;
  if (!row.draggable) return "inside";
  return at < 0.3 ? "before" : at > 0.7 ? "after" : "inside";
}

function clear() {
  for (const row of document.querySelectorAll("[data-drop]")) delete row.dataset.drop;
}

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".outline-row[draggable]") ?? null;
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.node);
});

document.addEventListener("dragover", (event) => {
  const row = event.target.closest?.(".outline[data-outline] .outline-row");
  if (!dragged || !row) return;
  clear();
  if (place(dragged).contains(row)) return;
  event.preventDefault();
  row.dataset.drop = zone(row, event);
});

document.addEventListener("drop", (event) => {
  const row = event.target.closest?.(".outline-row");
  if (!dragged || !row || place(dragged).contains(row)) return;
  event.preventDefault();
  const where = zone(row, event);
  const outline = row.closest(".outline");
  if (where === "inside") send(outline, dragged, "place", { parent: row.dataset.node });
  else {
    let next = where === "before" ? place(row) : place(row).nextElementSibling;
    if (next === place(dragged)) next = next.nextElementSibling;
    send(outline, dragged, "place", { parent: parentOf(row), before: next?.querySelector(".outline-row").dataset.node ?? "" });
  }
});

document.addEventListener("dragend", () => {
  dragged = null;
  clear();
});

// --- search -----------------------------------------------------------------------------------------------------------

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-outline-search]")) return;
  const wanted = event.target.value.trim().toLowerCase();
  const outline = event.target.closest("section").querySelector(".outline");
  outline.classList.toggle("is-searched", Boolean(wanted));
  for (const item of outline.querySelectorAll("li")) {
    item.classList.toggle("is-found", Boolean(wanted) && item.dataset.name.includes(wanted));
  }
  for (const item of outline.querySelectorAll("li")) {
    item.hidden = Boolean(wanted) && !item.classList.contains("is-found") && !item.querySelector(".is-found");
  }
});

// --- a long select is narrowed by what is typed before it ---------------------------------------------------------------

function narrow(form) {
  const select = document.getElementById(form.dataset.narrow);
  if (!select || select.disabled || select.options.length < 12 || form.querySelector("[data-narrows]")) return;
  const all = [...select.options];
  const field = document.createElement("input");
  field.type = "search";
  field.className = "form-control narrow-field";
  field.autocomplete = "off";
  field.dataset.narrows = "";
  field.placeholder = document.querySelector("[data-outline-search]")?.placeholder ?? "";
  field.setAttribute("aria-label", field.placeholder);
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    const kept = all.filter((option) => !option.value || option.text.toLowerCase().includes(wanted));
    const chosen = select.value;
    select.replaceChildren(...kept);
    const first = wanted ? kept.find((option) => option.value) : null;
    select.value = first ? first.value : chosen;
  });
  select.before(field);
}

function start() {
  for (const form of document.querySelectorAll("form[data-narrow]")) narrow(form);
}

start();
document.addEventListener("htmx:after:swap", start);
