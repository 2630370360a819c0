// Branches of a tree: a button with aria-expanded in front of the list it folds. What a person folded is remembered
// for the visit, by the tree's data-fold-name and the button's data-fold.
const memory = (tree) => `fold:${tree.dataset.foldName}`;

function read(tree) {
  try {
    return JSON.parse(sessionStorage.getItem(memory(tree)) ?? "{}");
  } catch {
    return {};
  }
}

function write(tree, state) {
  try {
    sessionStorage.setItem(memory(tree), JSON.stringify(state));
  } catch {
    // remembering is a comfort, not a need
  }
}

function fold(button, open) {
  button.setAttribute("aria-expanded", String(open));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fold]");
  const all = event.target.closest("[data-fold-all]");
  if (button) {
    const open = button.getAttribute("aria-expanded") !== "true";
    fold(button, open);
    const tree = button.closest("[data-fold-name]");
    if (tree) write(tree, { ...read(tree), [button.dataset.fold]: open });
  } else if (all) {
    const open = all.dataset.foldAll === "open";
    for (const tree of document.querySelectorAll("[data-fold-name]")) {
      const state = {};
      for (const each of tree.querySelectorAll("[data-fold]")) {
        fold(each, open);
        state[each.dataset.fold] = open;
      }
      write(tree, state);
    }
  }
});

function start() {
  for (const tree of document.querySelectorAll("[data-fold-name]")) {
    const state = read(tree);
    for (const button of tree.querySelectorAll("[data-fold]")) {
      if (button.dataset.fold in state) fold(button, state[button.dataset.fold]);
    }
  }
}

start();
document.addEventListener("htmx:after:swap", start);
