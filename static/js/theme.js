// Runs before the page is painted: the remembered theme, and the reader's time zone for the server.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.bsTheme = theme;
    else delete root.dataset.bsTheme;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    }
  };
  const remembered = () => localStorage.getItem("theme") || "auto";
  apply(remembered());
  document.addEventListener("DOMContentLoaded", () => apply(remembered()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    localStorage.setItem("theme", button.dataset.themeChoice);
    apply(button.dataset.themeChoice);
  });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `timezone=${zone}; path=/; max-age=31536000; SameSite=Lax`;
})();
