// select[data-offers="id"]: a long list that stands on the page once, in the select or template of that id, is offered here
// too. The server wrote the first option and the chosen one; without scripts it writes all of them when it is asked to.
function fill(root) {
  for (const select of root.querySelectorAll("select[data-offers]")) {
    const source = document.getElementById(select.dataset.offers);
    if (!source) continue;
    const chosen = select.value;
    const own = select.options[0];
    const offered = [...(source.content || source).querySelectorAll("option")].filter((option) => option.value);
    if (select.options.length > offered.length) continue;
    const known = new Set(offered.map((option) => option.value));
    const others = [...select.options].filter((option) => option !== own && !known.has(option.value));
    select.replaceChildren(own, ...others, ...offered.map((option) => new Option(option.text, option.value)));
    select.value = chosen;
  }
}

fill(document);
document.addEventListener("htmx:after:swap", () => fill(document));
