// form[data-arrive]: its file (or pasted rows) goes to the server in pieces before the form does, so that a lost connection
// costs a piece. The server knows a file by the SHA-256 of the SHA-256 of its pieces: the same file chosen again goes on
// where it stopped. Where the browser cannot compute that (no HTTPS), the form is sent as any other.
//   data-arrive       address of a file, with a fingerprint of zeros
//   data-piece        bytes of a piece
//   [data-sending-lines]   its data-*: sentences to be said; {percent} is filled in
//   [data-sending]    where they are said, with a <progress> and a button [data-sending-stop]
//   textarea[name=pasted]  rows out of a spreadsheet; [data-pasted] says how many: {rows}, {columns}
const STALLED = 30_000; // milliseconds without a byte: the connection is dead, even if nobody said so
const LONGEST_WAIT = 15_000;
const form = document.querySelector("form[data-arrive]");

class Stop extends Error {}

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const sha256 = (bytes) => crypto.subtle.digest("SHA-256", bytes);

if (form) {
  const box = form.querySelector("[data-sending]");
  const bar = box.querySelector("progress");
  const said = box.querySelector("[data-sending-said]");
  const lines = form.querySelector("[data-sending-lines]").dataset;
  const piece = Number(form.getAttribute("data-piece")); // not form.dataset: a field has that name;
  const input = form.querySelector('input[type="file"]');
  const button = form.querySelector("button.btn-primary");
  const pasted = form.elements.pasted;
  let running = null;

  const tell = (words, share, tone = "") => {
    box.hidden = false;
    box.dataset.tone = tone;
    const percent = Math.floor(share * 100);
    if (bar.value !== percent) bar.value = percent;
    const text = words.replace("{percent}", (percent / 100).toLocaleString(document.documentElement.lang, { style: "percent" }));
    if (said.textContent !== text) said.textContent = text;
  };

  const fingerprint = async (file, run) => {
    const count = Math.ceil(file.size / piece);
    const digests = new Uint8Array(32 * count);
    for (let number = 0; number < count; number += 1) {
      if (run.signal.aborted) throw new Stop();
      const bytes = await file.slice(number * piece, (number + 1) * piece).arrayBuffer();
      digests.set(new Uint8Array(await sha256(bytes)), 32 * number);
      if (count > 8) tell(lines.reading, (number + 1) / count);
    }
    return hex(await sha256(digests));
  };

  // An answer {status, data}; data is null where it is not what was asked for. Rejects where there is no answer.
  const ask = (method, url, body, run, onbyte) => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer = 0;
    const alive = () => { clearTimeout(timer); timer = setTimeout(() => request.abort(), STALLED); };
    request.open(method, url);
    if (body) {
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    }
    request.upload.onprogress = (event) => { alive(); onbyte?.(event.loaded); };
    request.onerror = request.onabort = () => { clearTimeout(timer); reject(new Error("no answer")); };
    request.onload = () => {
      clearTimeout(timer);
      let data = null;
      try { data = JSON.parse(request.responseText); } catch { /* a page, such as the one to sign in */ }
      resolve({ status: request.status, data });
    };
    run.signal.addEventListener("abort", () => request.abort(), { once: true });
    alive();
    request.send(body);
  });

  // What an answer means: how many bytes are there; trouble that passes (rejects); trouble that does not (Stop).
  const heard = ({ status, data }) => {
    if (status === 200 && data && Number.isInteger(data.there)) return data.there;
    if (status === 429 || (status >= 500 && status !== 507)) throw new Error("later");
    if (data?.message) throw new Stop(data.message);
    throw new Stop(status === 200 || status === 401 || status === 403 ? lines.signedOut : lines.trouble);
  };

  const pause = (milliseconds, run) => new Promise((resolve) => {
    const on = () => { clearTimeout(timer); removeEventListener("online", on); run.signal.removeEventListener("abort", on); resolve(); };
    const timer = setTimeout(on, milliseconds);
    addEventListener("online", on);
    run.signal.addEventListener("abort", on);
  });

  const send = async (file, run) => {
    const print = await fingerprint(file, run).catch((error) => { throw error instanceof Stop ? error : new Stop(lines.changed); });
    const url = form.getAttribute("data-arrive").replace("0".repeat(64), print);
    let there = -1; // the server is asked first, and again whenever it did not answer
    let tries = 0;
    let sure = 0; // what the server said is there; of a lost piece nobody knows
    while (there < file.size) {
      if (run.signal.aborted) throw new Stop();
      try {
        if (there < 0) there = heard(await ask("GET", url, null, run));
        else {
          const start = there;
          const told = (bytes) => tell(lines.sending, Math.min(1, (start + bytes) / file.size));
          there = heard(await ask("POST", `${url}?offset=${start}`, file.slice(start, start + piece), run, told));
        }
        tries = 0;
        sure = there;
        tell(lines.sending, there / file.size);
      } catch (error) {
        if (error instanceof Stop) throw error;
        if (run.signal.aborted) throw new Stop();
        tell(navigator.onLine ? lines.lost : lines.away, sure / file.size, "warn");
        there = -1;
        await pause(Math.min(LONGEST_WAIT, 1000 * 2 ** tries), run);
        tries += 1;
      }
    }
    return print;
  };

  const guard = (event) => event.preventDefault();

  const begin = async (file, name) => {
    running = new AbortController();
    form.setAttribute("aria-busy", "true");
    button.disabled = true;
    addEventListener("beforeunload", guard);
    tell(lines.reading, 0);
    let stopped = null;
    try {
      form.elements.arrived.value = await send(file, running);
      form.elements.arrived_name.value = name;
      form.elements.arrived_size.value = file.size;
      input.disabled = true; // its bytes are there already
      pasted.disabled = !name;
    } catch (error) {
      stopped = error;
    }
    removeEventListener("beforeunload", guard);
    form.removeAttribute("aria-busy");
    button.disabled = false;
    running = null;
    if (!stopped) form.requestSubmit(button);
    else if (stopped.message) tell(stopped.message, bar.value / 100, "bad");
    else box.hidden = true;
  };

  form.addEventListener("submit", (event) => {
    const text = pasted.value;
    const file = input.files[0] ?? (text.trim() ? new File([text], "") : null);
    if (running) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (form.elements.arrived.value || !file?.size || !globalThis.crypto?.subtle || !input.checkValidity()) return;
    event.preventDefault();
    event.stopPropagation(); // not sent yet: `data-once` waits for the form itself
    begin(file, input.files[0]?.name ?? "");
  });

  box.querySelector("[data-sending-stop]").addEventListener("click", () => running?.abort());

  // Something else was chosen: what came before does not count any more. A file makes way for pasted rows, and they for it.
  form.addEventListener("input", (event) => {
    if (event.target !== input && event.target !== pasted) return;
    form.elements.arrived.value = "";
    box.hidden = true;
    form.querySelector("[data-arrived]")?.remove();
    if (event.target === input && input.files.length) pasted.closest("details").open = false;
  });
  addEventListener("pageshow", () => { input.disabled = pasted.disabled = false; });

  // Phones know few endings, and would grey out files that are right.
  if (matchMedia("(pointer: coarse)").matches) input.removeAttribute("accept");

  // Rows that were copied somewhere are taken wherever on the page they are pasted.
  document.addEventListener("paste", (event) => {
    if (running || event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const { files } = event.clipboardData;
    const text = event.clipboardData.getData("text/plain");
    if (/[\t\n]/.test(text.trim())) {
      pasted.closest("details").open = true;
      pasted.value = text;
      pasted.dispatchEvent(new Event("input", { bubbles: true }));
      pasted.focus();
    } else if (files.length) {
      input.files = files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    } else return;
    event.preventDefault();
  });

  // How many rows and columns were pasted; a chosen file makes way for them.
  const count = form.querySelector("[data-pasted]");
  pasted.addEventListener("input", () => {
    const whole = /(^|\t|\n)"(?:[^"]|"")*"(?=\t|\n|$)/g; // a cell in quotes may hold a line break
    const rows = pasted.value.replace(/\r/g, "").replace(/\n+$/, "").replace(whole, "$1x").split("\n");
    count.hidden = !pasted.value.trim();
    count.textContent = count.dataset.pasted
      .replace("{rows}", Math.max(0, rows.length - 1).toLocaleString(document.documentElement.lang))
      .replace("{columns}", rows[0].split("\t").length.toLocaleString(document.documentElement.lang));
    if (!count.hidden && input.value) {
      input.value = "";
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}
