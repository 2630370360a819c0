// .drop: a surface around <input type="file"> that takes a dropped file and shows what was chosen, how large it is,
// and whether it is larger than the server takes (data-max-bytes).
const units = ["B", "KB", "MB", "GB"];

function size(bytes) {
  let step = 0;
  while (bytes >= 1024 && step < units.length - 1) {
    bytes /= 1024;
    step += 1;
  }
  return `${bytes.toLocaleString(document.documentElement.lang, { maximumFractionDigits: step ? 1 : 0 })} ${units[step]}`;
}

function show(drop) {
  const input = drop.querySelector('input[type="file"]');
  const shown = drop.querySelector("[data-drop-file]");
  const file = input.files[0];
  const limit = Number(drop.dataset.maxBytes || Infinity);
  input.setCustomValidity(file && file.size > limit ? drop.dataset.tooLarge : "");
  if (!shown) return;
  shown.replaceChildren();
  if (!file) return;
  const name = document.createElement("b");
  name.textContent = file.name;
  const bytes = document.createElement("span");
  bytes.textContent = size(file.size);
  shown.append(name, bytes);
}

document.addEventListener("change", (event) => {
  const drop = event.target.closest?.(".drop");
  if (drop && event.target.type === "file") show(drop);
});

for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const drop = event.target.closest?.(".drop");
    if (!drop) return;
    event.preventDefault();
    drop.classList.toggle("is-over", kind === "dragenter" || kind === "dragover");
    if (kind !== "drop" || !event.dataTransfer.files.length) return;
    const input = drop.querySelector('input[type="file"]');
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
