// A search box above a long dropdown: what it says narrows the options. The dropdown stays itself.
(() => {
  const narrow = (select, all, text) => {
    const wanted = text.trim().toLowerCase();
    const chosen = select.value;
    const fits = (option) =>
      option.value === "" || option.value === chosen || option.text.toLowerCase().includes(wanted);
    const groups = all.map((node) => {
      const copy = node.cloneNode(true);
      for (const option of copy.querySelectorAll("option")) if (!fits(option)) option.remove();
      return copy;
    });
    select.replaceChildren(
      ...groups.filter((one) => (one.tagName === "OPTION" ? fits(one) : one.children.length))
    );
    select.value = chosen;
    select.size = wanted ? Math.min(8, Math.max(2, select.querySelectorAll("option").length)) : 1;
  };

  for (const select of document.querySelectorAll("select[data-searchable]")) {
    if (select.disabled || select.options.length < 8) continue;
    const all = [...select.children].map((node) => node.cloneNode(true));
    const box = document.createElement("input");
    box.type = "search";
    box.className = "form-control search-options";
    box.placeholder = "Search by label or name";
    box.autocomplete = "off";
    box.setAttribute("aria-label", `Search ${select.labels[0].textContent.trim()}`);
    box.setAttribute("aria-controls", select.id);
    box.addEventListener("input", () => narrow(select, all, box.value));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "ArrowDown") {
        event.preventDefault();
        select.focus();
      }
    });
    select.addEventListener("change", () => {
      box.value = "";
      narrow(select, all, "");
    });
    select.before(box);
  }
})();
