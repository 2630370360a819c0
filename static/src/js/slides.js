// A slider beside a field: it writes "+12%" into it, and follows what is typed there.
//   input[type=range][data-slides="id of the field"]   hidden where there are no scripts
const SHARE = /^\s*([+\-−])\s*(\d+(?:\.\d+)?)\s*[%\uff05]\s*$/;

function share(text) {
  const found = SHARE.exec(text);
  return found ? (found[1] === "+" ? 1 : -1) * Number(found[2]) : 0;
}

for (const slide of document.querySelectorAll("input[data-slides]")) {
  const field = document.getElementById(slide.dataset.slides);
  slide.hidden = false;
  slide.value = String(share(field.value));
  slide.addEventListener("input", () => {
    const percent = Number(slide.value);
    field.value = percent ? `${percent > 0 ? "+" : "-"}${Math.abs(percent)}%` : "";
  });
  field.addEventListener("input", () => { slide.value = String(share(field.value)); });
}
