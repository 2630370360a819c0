// The tree's page: a tree for the keyboard, search, zoom and pan, and a drawer for each node. Without it the page still
// reads, folds and leads to every metric. (ul.tree[data-drawer])
const tree = document.querySelector(".tree[data-drawer]");

if (tree) {
  const wrap = tree.closest(".tree-wrap");
  const drawer = document.getElementById("drawer");
  const items = [...tree.querySelectorAll("li")];
  const foldOf = (item) => item.querySelector(":scope > .tree-op");
  const isOpen = (item) => foldOf(item)?.getAttribute("aria-expanded") === "true";
  const above = (item) => item.parentElement.closest("li");
  const shown = () => items.filter((item) => item.offsetParent !== null);

  // --- roles: one stop for the Tab key, arrows inside -----------------------------------------------------------------

  wrap.removeAttribute("tabindex");
  tree.setAttribute("role", "tree");
  tree.setAttribute("aria-label", tree.dataset.label);
  for (const list of tree.querySelectorAll("ul")) list.setAttribute("role", "group");
  for (const item of items) {
    item.setAttribute("role", "treeitem");
    item.tabIndex = -1;
    const text = (name) => item.querySelector(`:scope > .node ${name}`)?.textContent.trim() ?? "";
    const edge = item.querySelector(":scope > .tree-edge")?.textContent ?? "";
    item.setAttribute("aria-label", [text(".node-name a"), text(".node-value b"), text(".node-change"), text(".node-foot"), edge].filter(Boolean).join(", "));
    item.querySelector(":scope > .node a")?.setAttribute("tabindex", "-1");
    foldOf(item)?.setAttribute("tabindex", "-1");
  }
  items[0].tabIndex = 0;

  const mark = () => {
    for (const item of items) if (foldOf(item)) item.setAttribute("aria-expanded", String(isOpen(item)));
  };
  mark();
  document.addEventListener("click", (event) => event.target.closest("[data-fold], [data-fold-all]") && mark());

  function go(item) {
    if (!item) return;
    for (const each of items) each.tabIndex = -1;
    item.tabIndex = 0;
    item.focus({ preventScroll: true });
    item.querySelector(":scope > .node").scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  tree.addEventListener("keydown", (event) => {
    const item = event.target.closest("li");
    if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = shown();
    const at = all.indexOf(item);
    const acts = {
      ArrowDown: () => go(all[at + 1]),
      ArrowUp: () => go(all[at - 1]),
      Home: () => go(all[0]),
      End: () => go(all[all.length - 1]),
      ArrowRight: () => (foldOf(item) && !isOpen(item) ? foldOf(item).click() : go(foldOf(item) ? all[at + 1] : null)),
      ArrowLeft: () => (isOpen(item) ? foldOf(item).click() : go(above(item))),
      Enter: () => openDrawer(item),
      " ": () => foldOf(item)?.click(),
    };
    if (!(event.key in acts) || event.target.closest("a, button")) return;
    event.preventDefault();
    acts[event.key]();
  });
  tree.addEventListener("focusin", (event) => {
    const item = event.target.closest("li");
    if (item && item.tabIndex !== 0) {
      for (const each of items) each.tabIndex = -1;
      item.tabIndex = 0;
    }
  });

  // --- the drawer -----------------------------------------------------------------------------------------------------

  let opener = null;

  function openDrawer(item) {
    opener = item;
    const query = drawer.dataset.query;
    htmx.ajax("GET", `${tree.dataset.drawer}${item.dataset.key}/${query ? `?${query}` : ""}`, { target: "#drawer-body", swap: "outerHTML" });
  }

  tree.addEventListener("click", (event) => {
    const link = event.target.closest(".node a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    openDrawer(link.closest("li"));
  });
  document.addEventListener("htmx:after:swap", () => {
    if (drawer.querySelector("#drawer-title") && !drawer.open) drawer.showModal();
  });
  drawer.addEventListener("close", () => {
    document.getElementById("drawer-body").replaceChildren();
    opener?.focus({ preventScroll: true });
  });

  // --- search ---------------------------------------------------------------------------------------------------------

  const search = document.querySelector("[data-tree-search]");
  const count = document.querySelector("[data-tree-found]");
  let found = [];
  let at = 0;

  function show(item) {
    for (let up = above(item); up; up = above(up)) if (!isOpen(up)) foldOf(up).click();
    item.querySelector(":scope > .node").scrollIntoView({ block: "center", inline: "center" });
    for (const each of found) each.classList.toggle("is-current", each === item);
  }

  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const item of items) item.classList.remove("is-found", "is-current");
    found = wanted ? items.filter((item) => item.querySelector(":scope > .node .node-name").textContent.toLowerCase().includes(wanted)) : [];
    for (const item of found) item.classList.add("is-found");
    at = 0;
    count.textContent = wanted ? `${found.length ? 1 : 0} / ${found.length}` : "";
    if (found.length) show(found[0]);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !found.length) return;
    event.preventDefault();
    at = (at + (event.shiftKey ? found.length - 1 : 1)) % found.length;
    count.textContent = `${at + 1} / ${found.length}`;
    show(found[at]);
  });

  // --- zoom and pan ---------------------------------------------------------------------------------------------------

  const label = document.querySelector('[data-zoom="1"]');
  let zoom = 1;

  function setZoom(wanted) {
    zoom = Math.min(1.6, Math.max(0.2, wanted));
    tree.style.zoom = zoom;
    label.textContent = `${Math.round(zoom * 100)}%`;
  }

  function fit() {
    tree.style.zoom = 1;
    const box = wrap.getBoundingClientRect();
    setZoom(Math.min(1, (box.width - 8) / tree.scrollWidth, (innerHeight - 220) / tree.scrollHeight));
    wrap.scrollTo(0, 0);
  }

  document.addEventListener("click", (event) => {
    const act = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (act === "in") setZoom(zoom * 1.2);
    else if (act === "out") setZoom(zoom / 1.2);
    else if (act === "fit") fit();
    else if (act === "1") setZoom(1);
  });
  wrap.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    setZoom(zoom * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
  }, { passive: false });

  let pan = null;
  wrap.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button || event.target.closest(".node, button")) return;
    pan = { x: event.clientX + wrap.scrollLeft, y: event.clientY + scrollY };
    wrap.setPointerCapture(event.pointerId);
    wrap.classList.add("is-panned");
  });
  wrap.addEventListener("pointermove", (event) => {
    if (!pan) return;
    wrap.scrollLeft = pan.x - event.clientX;
    scrollTo(scrollX, pan.y - event.clientY);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    wrap.addEventListener(end, () => {
      pan = null;
      wrap.classList.remove("is-panned");
    });
  }

  // --- print: as wide as the paper allows, as an indented list where it would be too small to read -----------------------

  const PAPER = 1040; // A4 landscape less its margins, in CSS pixels
  addEventListener("beforeprint", () => {
    tree.style.zoom = 1;
    const wanted = Math.min(1, PAPER / tree.scrollWidth);
    tree.classList.toggle("tree-list", wanted < 0.55);
    tree.style.zoom = wanted < 0.55 ? 1 : wanted;
  });
  addEventListener("afterprint", () => {
    tree.classList.remove("tree-list");
    setZoom(zoom);
  });

  document.querySelector("[data-tree-tools]").hidden = false;
}
