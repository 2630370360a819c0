// [data-opens="id"] opens <dialog id>; [data-closes] and a click on the veil close it. Escape is the browser's own.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    const menu = opener.closest("details.menu");
    if (menu) menu.open = false;
    dialog?.showModal();
    return;
  }
  const dialog = event.target.closest("dialog[open]");
  if (!dialog) return;
  const box = dialog.getBoundingClientRect();
  const outside = event.target === dialog && event.detail > 0
    && (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom);
  if (outside || event.target.closest("[data-closes]")) dialog.close();
});
