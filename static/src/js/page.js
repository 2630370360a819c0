// [data-dismiss] takes away the message it is in; [data-print] prints.
document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest("[data-message]")?.remove();
  if (event.target.closest("[data-print]")) print();
});
