// Builds what the pages load into static/dist/: app.css, theme.js, app.js, charts.js, icons.svg and the Inter font; and the
// Chinese fonts that workers print statements with into static/print/, which no page loads.
import { build } from "esbuild";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const out = fileURLToPath(new URL("../dist/", import.meta.url));

const common = {
  absWorkingDir: here,
  outdir: out,
  bundle: true,
  minify: true,
  target: ["es2020"],
  logLevel: "warning",
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".woff2": "file" },
  assetNames: "[name]",
  legalComments: "linked",
};

function symbol(name) {
  const filled = name.endsWith("-filled");
  const path = `${root}node_modules/@tabler/icons/icons/${filled ? "filled" : "outline"}/${name.replace(/-filled$/, "")}.svg`;
  const shapes = readFileSync(path, "utf8").replace(/<!--[\s\S]*?-->/g, "").replace(/[\s\S]*?<svg[^>]*>/, "").replace("</svg>", "").replace(/\s+/g, " ").trim();
  const paint = filled
    ? 'fill="currentColor"'
    : 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${name}" viewBox="0 0 24 24" ${paint}>${shapes}</symbol>`;
}

mkdirSync(out, { recursive: true });
await build({ ...common, entryPoints: ["app.css"] });
await build({ ...common, entryPoints: ["app.js", "charts.js"], format: "esm" });
await build({ ...common, entryPoints: ["theme.js"], format: "iife" });
const names = [...new Set(readFileSync(`${here}icons.txt`, "utf8").split(/\s+/).filter(Boolean))];
writeFileSync(`${out}icons.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${names.map(symbol).join("")}</svg>`);
copyFileSync(`${here}favicon.svg`, `${out}favicon.svg`);
const print = fileURLToPath(new URL("../print/", import.meta.url));
const noto = `${root}node_modules/@expo-google-fonts/noto-sans-sc/`;
mkdirSync(print, { recursive: true });
for (const face of ["400Regular", "600SemiBold"]) copyFileSync(`${noto}${face}/NotoSansSC_${face}.ttf`, `${print}NotoSansSC_${face}.ttf`);
copyFileSync(`${noto}LICENSE_FONT`, `${print}LICENSE.txt`);
const licences = ["@fontsource-variable/inter", "@tabler/icons"].map((name) => `${name}\n\n${readFileSync(`${root}node_modules/${name}/LICENSE`, "utf8")}`);
writeFileSync(`${out}LICENSES.txt`, licences.join("\n\n"));
