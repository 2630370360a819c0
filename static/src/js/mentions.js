// textarea[data-mentions="url"]: after an "@" the people of the company are offered; arrow keys, Enter or Tab choose, Escape
// closes. Who was chosen is told by input[name=picked] beside it, so that two people of one name are told apart.
const WANTED = /(^|[\s(])@([^\s@]{0,40})$/u;
let open = null;

function close() {
  if (!open) return;
  open.list.remove();
  open.field.removeAttribute("aria-activedescendant");
  open.field.removeAttribute("aria-controls");
  open = null;
}

function mark(at) {
  const options = [...open.list.children];
  open.at = (at + options.length) % options.length;
  options.forEach((option, index) => option.setAttribute("aria-selected", String(index === open.at)));
  open.field.setAttribute("aria-activedescendant", options[open.at].id);
  options[open.at].scrollIntoView({ block: "nearest" });
}

function choose(person) {
  const { field, from } = open;
  const end = field.selectionStart;
  field.setRangeText(`@${person.name} `, from, end, "end");
  const picked = field.closest("form").elements.namedItem("picked");
  if (picked) picked.value = [picked.value, person.id].filter(Boolean).join(",");
  close();
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function show(field, from, people) {
  close();
  if (!people.length) return;
  const list = document.createElement("ul");
  list.className = "mention-list";
  list.id = `${field.id}-people`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset.mentionsLabel || "");
  people.forEach((person, index) => {
    const option = document.createElement("li");
    option.id = `${list.id}-${index}`;
    option.setAttribute("role", "option");
    option.textContent = person.name;
    option.addEventListener("mousedown", (event) => { event.preventDefault(); choose(person); });
    list.append(option);
  });
  field.after(list);
  field.setAttribute("aria-controls", list.id);
  open = { field, from, list, people, at: 0 };
  mark(0);
}

async function look(field) {
  const before = field.value.slice(0, field.selectionStart);
  const match = WANTED.exec(before);
  if (!match) { close(); return; }
  const from = before.length - match[2].length - 1;
  try {
    const answer = await fetch(`${field.dataset.mentions}?q=${encodeURIComponent(match[2])}`);
    if (!answer.ok || answer.redirected) return;
    const { people } = await answer.json();
    if (field.value.slice(0, field.selectionStart) === before && document.activeElement === field) show(field, from, people);
  } catch { close(); }
}

document.addEventListener("input", (event) => {
  if (event.target.matches("textarea[data-mentions]")) look(event.target);
});

document.addEventListener("keydown", (event) => {
  if (!open || event.target !== open.field || event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") mark(open.at + (event.key === "ArrowDown" ? 1 : -1));
  else if (event.key === "Enter" || event.key === "Tab") choose(open.people[open.at]);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
}, true);

document.addEventListener("focusout", (event) => { if (open && event.target === open.field) close(); });
