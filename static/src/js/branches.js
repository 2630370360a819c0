// Branches of objectives ([data-branches]): a button that fetches what hangs below it when it is first opened, and keys.
// Without scripts the same button leads to the page with that branch open.
async function open(button) {
  const list = button.closest("li").querySelector(":scope > ul");
  if (!list.children.length) {
    button.setAttribute("aria-busy", "true");
    const answer = await fetch(button.dataset.branch, { headers: { "HX-Request": "true" } });
    button.removeAttribute("aria-busy");
    if (!answer.ok || answer.redirected) return location.assign(button.href);
    list.innerHTML = await answer.text();
  }
  button.setAttribute("aria-expanded", "true");
}

function turn(button) {
  if (button.getAttribute("aria-expanded") === "true") button.setAttribute("aria-expanded", "false");
  else open(button);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-branch]");
  if (!button || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  turn(button);
});

const seen = (tree) => [...tree.querySelectorAll(".goal-title")].filter((title) => title.offsetParent !== null);

document.addEventListener("keydown", (event) => {
  const button = event.target.closest?.("[data-branch]");
  if (button && event.key === " ") {
    event.preventDefault();
    turn(button);
    return;
  }
  const title = event.target.closest?.("[data-branches] .goal-title");
  if (!title || event.altKey || event.ctrlKey || event.metaKey) return;
  const item = title.closest("li");
  const fold = item.querySelector(":scope > .goal-card [data-branch]");
  const isOpen = fold?.getAttribute("aria-expanded") === "true";
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const titles = seen(title.closest("[data-branches]"));
    titles[titles.indexOf(title) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  } else if (event.key === "ArrowRight" && fold) {
    if (isOpen) item.querySelector(":scope > ul .goal-title")?.focus();
    else open(fold);
  } else if (event.key === "ArrowLeft") {
    if (isOpen) fold.setAttribute("aria-expanded", "false");
    else item.parentElement.closest("li")?.querySelector(".goal-title")?.focus();
  } else return;
  event.preventDefault();
});
