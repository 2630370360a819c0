// The chosen theme: "light", "dark", or "auto" (as the system). Kept in localStorage and, for the server, in a cookie.
const KEY = "theme";
const CHOICES = ["light", "dark", "auto"];
const system = matchMedia("(prefers-color-scheme: dark)");

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage may be forbidden; then the cookie alone decides
  }
}

export function chosenTheme() {
  const root = document.documentElement;
  const choice = stored() ?? root.dataset.themeChoice;
  return CHOICES.includes(choice) ? choice : "auto";
}

export function applyTheme() {
  const root = document.documentElement;
  if (root.dataset.themeChoice === "locked") return;
  const choice = chosenTheme();
  const theme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
  if (root.dataset.bsTheme === theme) return;
  root.dataset.bsTheme = theme;
  document.dispatchEvent(new CustomEvent("themechange"));
}

export function chooseTheme(choice) {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // the cookie below is enough
  }
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${KEY}=${choice}; path=/; max-age=31536000; samesite=lax${secure}`;
  applyTheme();
}

export function followSystem() {
  system.addEventListener("change", applyTheme);
}
