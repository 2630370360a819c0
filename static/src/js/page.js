// [data-dismiss] takes away the message it is in, [data-hide] only hides it; [data-print] prints.
document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest("[data-message]")?.remove();
  const hidden = event.target.closest("[data-hide]")?.closest("[data-message]");
  if (hidden) hidden.hidden = true;
  if (event.target.closest("[data-print]")) print();
});

// allauth tells so when a passkey was broken off; without this nothing would be seen.
document.addEventListener("allauth.error", () => {
  const message = document.getElementById("passkey-failed");
  if (message) message.hidden = false;
});
