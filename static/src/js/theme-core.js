// The chosen theme: "light", "dark", or "auto" (as the system). Kept in a cookie alone, which the server reads and, when
// somebody saves their profile or signs in elsewhere, writes as well.
const KEY = "theme";
const CHOICES = ["light", "dark", "auto"];
const system = matchMedia("(prefers-color-scheme: dark)");

export function chosenTheme() {
  const choice = document.cookie.match(/(?:^|; )theme=(\w+)/)?.[1];
  const drawn = document.documentElement.dataset.themeChoice; // what the server drew, where there is no cookie yet
  return [choice, drawn].find((each) => CHOICES.includes(each)) ?? "auto";
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
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${KEY}=${choice}; path=/; max-age=31536000; samesite=lax${secure}`;
  applyTheme();
}

export function followSystem() {
  system.addEventListener("change", applyTheme);
}
