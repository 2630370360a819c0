// A board ([data-board]) of cards in columns: dragging, keys, the card that was moved. Each card's menu holds a button for
// every column it may go to, so that all of it works without dragging and without scripts; here they are only pressed.
const cardOf = (element) => element.closest?.(".board-card") ?? null;
const columnOf = (element) => element.closest?.(".board-column") ?? null;
const titlesIn = (column) => [...column.querySelectorAll(".board-title")];

function may(card, column) {
  return column !== columnOf(card) && card.dataset.to.split(" ").includes(column.dataset.column);
}

function move(card, column) {
  card.querySelector(`button[name="to"][value="${column.dataset.column}"]`)?.click();
}

// --- keys --------------------------------------------------------------------------------------------------------------

function step(columns, from, by, fits) {
  for (let at = from + by; at >= 0 && at < columns.length; at += by) if (fits(columns[at])) return columns[at];
  return null;
}

document.addEventListener("keydown", (event) => {
  const board = document.querySelector("[data-board]");
  if (!board) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.target.matches("input, textarea, select")) {
    const undo = document.querySelector('.board-moved [data-key="undo"]');
    if (undo) {
      event.preventDefault();
      undo.click();
    }
    return;
  }
  if (!event.target.matches?.(".board-title") || !["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  const [card, column] = [cardOf(event.target), columnOf(event.target)];
  const columns = [...board.querySelectorAll(".board-column")];
  const by = event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 1;
  const titles = titlesIn(column);
  const place = titles.indexOf(event.target);
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    if (!event.altKey) titles[place + by]?.focus();
    return;
  }
  if (event.altKey) {
    const to = step(columns, columns.indexOf(column), by, (each) => may(card, each));
    if (to) move(card, to);
    return;
  }
  const beside = step(columns, columns.indexOf(column), by, (each) => titlesIn(each).length && each.offsetParent !== null);
  if (beside) titlesIn(beside)[Math.min(place, titlesIn(beside).length - 1)].focus();
});

// --- dragging ------------------------------------------------------------------------------------------------------------

let dragged = null;

function mark() {
  for (const column of document.querySelectorAll(".board-column")) {
    column.classList.toggle("is-open", Boolean(dragged) && may(dragged, column));
    column.classList.toggle("is-shut", Boolean(dragged) && column !== columnOf(dragged) && !may(dragged, column));
    column.classList.remove("is-over");
  }
}

document.addEventListener("dragstart", (event) => {
  const card = cardOf(event.target);
  if (!card?.draggable) return;
  dragged = card;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.id);
  card.classList.add("is-dragged");
  mark();
});

document.addEventListener("dragover", (event) => {
  const column = dragged && columnOf(event.target);
  if (!column) return;
  for (const each of document.querySelectorAll(".board-column.is-over")) each.classList.remove("is-over");
  if (!may(dragged, column)) return;
  event.preventDefault();
  column.classList.add("is-over");
});

document.addEventListener("drop", (event) => {
  const column = dragged && columnOf(event.target);
  if (!column || !may(dragged, column)) return;
  event.preventDefault();
  move(dragged, column);
});

document.addEventListener("dragend", () => {
  dragged?.classList.remove("is-dragged");
  dragged = null;
  mark();
});

// --- the card that was moved is where one goes on, also where a phone shows one column at a time --------------------------

const moved = document.querySelector(".board") && location.hash.startsWith("#card-") && document.getElementById(location.hash.slice(1));
if (moved) {
  const shown = document.querySelector(`.board-switch input[value="${columnOf(moved)?.dataset.column}"]`);
  if (shown) shown.checked = true;
  moved.focus(); // the browser does so too, where the card was not hidden
}
