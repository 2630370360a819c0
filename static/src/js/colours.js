// "@c-actual" becomes the colour of the CSS variable --c-actual; "@c-band/2e" the same with an alpha of 2e.
export function resolveColours(value, css) {
  if (typeof value === "string" && value.startsWith("@")) {
    const [name, alpha = ""] = value.slice(1).split("/");
    return css.getPropertyValue(`--${name}`).trim() + alpha;
  }
  if (Array.isArray(value)) return value.map((each) => resolveColours(each, css));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolveColours(each, css)]));
  return value;
}
