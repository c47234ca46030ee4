// What htmx needs beside its attributes: tidy filter URLs, patient polling, errors that are seen.
(() => {
  const skipped = new WeakMap();
  const failures = new WeakMap();
  const polls = (element) => element.hasAttribute("data-poll");
  const tell = (text) => {
    const box = document.getElementById("alerts");
    if (box) box.textContent = text;
  };

  // An empty filter is no filter: it stays out of the address.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.elt.matches("form.filters")) return;
    const form = event.detail.formData;
    for (const name of [...new Set(form.keys())]) {
      const kept = form.getAll(name).filter((value) => value !== "");
      form.delete(name);
      for (const value of kept) form.append(name, value);
    }
  });

  // A hidden tab asks every tenth time; after failures the pause doubles, up to a minute.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const element = event.detail.elt;
    if (!polls(element)) return;
    const pause = document.hidden ? 9 : Math.min(2 ** (failures.get(element) || 0) - 1, 29);
    const waited = skipped.get(element) || 0;
    if (waited < pause) {
      skipped.set(element, waited + 1);
      event.preventDefault();
    } else {
      skipped.set(element, 0);
    }
  });

  const failed = (event) => {
    const element = event.detail.elt;
    if (polls(element)) {
      failures.set(element, (failures.get(element) || 0) + 1);
      tell("The server does not answer. Asking again soon.");
      return;
    }
    const status = event.detail.xhr && event.detail.xhr.status;
    tell(
      status
        ? `The server answered ${status}; nothing on this page was changed. Reload it and try again.`
        : "The server cannot be reached; nothing was changed. Check the connection and try again."
    );
  };
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) return;
    failures.delete(event.detail.elt);
    tell("");
  });
})();
