// When htmx gets no usable answer: say so, leave the page as it is, and take it back with the next good answer.
//   5xx and broken connections  #connection-lost is shown (5xx is never swapped in: components/head.html)
//   the session has ended       the answer is the sign-in page; load it whole instead of into a fragment
function show(lost) {
  const notice = document.getElementById("connection-lost");
  if (notice) notice.hidden = !lost;
}

document.addEventListener("htmx:before:response", (event) => {
  const answer = event.detail.ctx.response.raw;
  const signIn = document.body.dataset.signIn;
  if (signIn && answer.redirected && new URL(answer.url).pathname === signIn) {
    event.preventDefault();
    location.reload();
    return;
  }
  show(answer.status >= 500);
});

document.addEventListener("htmx:error", () => show(true));
