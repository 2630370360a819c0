// A grid of fields that works like a spreadsheet; without this it is a plain form.
//   form[data-grid="key"]      arrows move, Enter goes down, pasted cells spread, Ctrl+Z takes back
//   input[data-stored]         a cell, and what is saved of it
//   [data-grid-newest]         what scrolls sideways and begins at its end
//   [data-grid-beyond]         how many pasted cells found no place: {cells}, said in its [data-grid-beyond-said]
// What is typed is kept in this browser tab until it is saved, so that nothing is lost when a session has ended.
const SENT = "grid-sent";
const form = document.querySelector("form[data-grid]");
const shelf = (() => {
  try { return window.sessionStorage; } catch { return null; }
})();
const sent = shelf?.getItem(SENT);

// What was sent is forgotten once a page says that it was saved: not on the sign-in page, not on one with faults.
if (sent && document.querySelector(".flashes .notice-good")) {
  shelf.removeItem(sent);
  shelf.removeItem(SENT);
}

if (form) {
  const key = `grid:${form.dataset.grid}`;
  const undo = form.querySelector("[data-grid-undo]");
  const steps = [];
  const cells = () => [...form.querySelectorAll("input[data-stored]")];
  let before = "";

  const mark = (cell) => cell.classList.toggle("is-changed", cell.value.trim() !== cell.dataset.stored);

  const keep = () => {
    const typed = cells().filter((cell) => cell.value.trim() !== cell.dataset.stored);
    const told = Object.fromEntries(typed.map((cell) => [cell.name, cell.value]));
    if (form.reason.value) told.reason = form.reason.value;
    try {
      if (Object.keys(told).length) shelf?.setItem(key, JSON.stringify(told));
      else shelf?.removeItem(key);
    } catch { /* a full or closed storage: the page itself still holds what is typed */ }
    undo.disabled = !steps.length;
  };

  const note = (changes) => {
    if (changes.length) steps.push(changes);
    for (const [cell] of changes) mark(cell);
    keep();
  };

  const tellBeyond = (cells) => {
    const told = form.querySelector("[data-grid-beyond]");
    if (!told) return;
    told.hidden = !cells;
    told.querySelector("[data-grid-beyond-said]").textContent = told.dataset.gridBeyond.replace("{cells}", cells.toLocaleString(document.documentElement.lang));
  };

  const takeBack = () => {
    const changes = steps.pop();
    if (!changes) return;
    for (const [cell, value] of changes) {
      cell.value = value;
      mark(cell);
    }
    changes[0][0].focus();
    before = changes[0][0].value;
    keep();
  };

  const place = (cell) => {
    const row = cell.closest("tr");
    return [[...row.parentNode.children].indexOf(row), [...row.children].indexOf(cell.closest("td"))];
  };

  const at = (row, column) => form.querySelector("tbody").children[row]?.children[column]?.querySelector("input[data-stored]");

  const step = (cell, rows, columns) => {
    let [row, column] = place(cell);
    for (;;) {
      row += rows;
      column += columns;
      const line = form.querySelector("tbody").children[row];
      if (!line || column < 1 || column >= line.children.length) return;
      const next = at(row, column);
      if (next) {
        next.focus();
        next.select();
        return;
      }
    }
  };

  form.addEventListener("focusin", (event) => {
    if (event.target.matches("input[data-stored]")) before = event.target.value;
  });

  form.addEventListener("change", (event) => {
    if (!event.target.matches("input[data-stored]")) keep();
    else if (event.target.value !== before) note([[event.target, before]]); // else a key has noted it already
    before = event.target.value;
  });

  form.addEventListener("input", (event) => {
    if (event.target.matches("input[data-stored]")) mark(event.target);
    keep();
  });

  form.addEventListener("keydown", (event) => {
    const cell = event.target;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && cell.matches("input[data-stored]")) {
      if (cell.value !== before) {
        cell.value = before;
        mark(cell);
        keep();
      } else takeBack();
      event.preventDefault();
      return;
    }
    if (!cell.matches("input[data-stored]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const whole = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [event.shiftKey ? -1 : 1, 0] };
    if (whole || cell.selectionEnd === 0) moves.ArrowLeft = [0, -1];
    if (whole || cell.selectionStart === cell.value.length) moves.ArrowRight = [0, 1];
    if (!(event.key in moves)) return;
    event.preventDefault();
    if (cell.value !== before) note([[cell, before]]);
    before = cell.value;
    step(cell, ...moves[event.key]);
  });

  form.addEventListener("paste", (event) => {
    const cell = event.target;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!cell.matches("input[data-stored]") || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const [row, column] = place(cell);
    const changes = [];
    let beyond = 0;
    text.replace(/\r/g, "").replace(/\n$/, "").split("\n").forEach((line, down) => {
      line.split("\t").forEach((value, right) => {
        const target = at(row + down, column + right);
        if (!target) {
          beyond += value.trim() ? 1 : 0;
          return;
        }
        changes.push([target, target.value]);
        target.value = value.trim();
      });
    });
    note(changes);
    tellBeyond(beyond);
    before = cell.value;
  });

  const newest = form.querySelector("[data-grid-newest]");
  if (newest) newest.scrollLeft = newest.scrollWidth;

  undo.addEventListener("click", takeBack);
  form.querySelector("[data-grid-leave]").addEventListener("click", () => shelf?.removeItem(key));

  form.addEventListener("submit", () => shelf?.setItem(SENT, key));

  // Refused: the server answers with what was typed. Saved: it is forgotten. Neither: put it back.
  const kept = JSON.parse(shelf?.getItem(key) || "{}");
  if (!("gridBound" in form.dataset) && Object.keys(kept).length) {
    let back = 0;
    for (const cell of cells()) {
      if (kept[cell.name] === undefined || kept[cell.name] === cell.value) continue;
      cell.value = kept[cell.name];
      back += 1;
    }
    if (kept.reason) form.reason.value = kept.reason;
    form.querySelector("[data-grid-restored]").hidden = !back;
  }
  cells().forEach(mark);
}
