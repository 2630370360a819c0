// [data-theme-choice]: the buttons "as the system / light / dark". [data-theme-toggle]: one button, light <-> dark.
import { applyTheme, chooseTheme, chosenTheme, followSystem } from "./theme-core.js";

function mark() {
  for (const button of document.querySelectorAll("button[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosenTheme()));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-theme-choice]");
  const toggle = event.target.closest("[data-theme-toggle]");
  if (button) chooseTheme(button.dataset.themeChoice);
  else if (toggle) chooseTheme(document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark");
  if (button || toggle) mark();
});

followSystem();
applyTheme();
mark();
