// On a phone the tab of this page may be off to the right: bring it in.
// A wide table that scrolls sideways in its frame must be reachable by keyboard: the frame takes the focus while it scrolls.
function check(frame) {
  const scrolls = frame.scrollWidth > frame.clientWidth + 1 || frame.scrollHeight > frame.clientHeight + 1;
  if (scrolls && !frame.hasAttribute("tabindex")) {
    frame.dataset.scrolls = "";
    frame.tabIndex = 0;
    frame.setAttribute("role", "group");
    const name = frame.querySelector("caption, th")?.textContent.trim();
    if (name) frame.setAttribute("aria-label", name);
  } else if (!scrolls && "scrolls" in frame.dataset) {
    for (const name of ["data-scrolls", "tabindex", "role", "aria-label"]) frame.removeAttribute(name);
  }
}

const seen = new WeakSet();
const resized = new ResizeObserver((entries) => entries.forEach(({ target }) => check(target)));

function start() {
  for (const frame of document.querySelectorAll(".table-wrap")) {
    check(frame);
    if (seen.has(frame)) continue;
    seen.add(frame);
    resized.observe(frame);
  }
}

start();
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
document.addEventListener("htmx:after:swap", start);
