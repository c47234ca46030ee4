// Draws the charts of a page with uPlot, from the tables that hold their numbers.
(() => {
  const drawn = new Map();
  const number = (value) => value.toLocaleString("en");

  const read = (figure) => {
    const heads = [...figure.querySelectorAll("thead th")].slice(1);
    const rows = [...figure.querySelectorAll("tbody tr")];
    const shown = heads.map((head, index) => [head, index]).filter(([head]) => head.dataset.tone);
    return {
      labels: rows.map((row) => row.querySelector("th").textContent.trim()),
      times: rows.map((row) => Number(row.dataset.at)),
      series: shown.map(([head, index]) => ({
        label: head.textContent.trim(),
        colour: getComputedStyle(figure.querySelector(`.dot.tone-${head.dataset.tone}`)).backgroundColor,
        values: rows.map((row) => Number(row.querySelectorAll("td")[index].dataset.value)),
      })),
    };
  };

  const draw = (figure) => {
    const plot = figure.querySelector(".chart-plot");
    const found = read(figure);
    if (!found.labels.length) return;
    const bars = figure.dataset.chart === "bars";
    const colour = getComputedStyle(figure).color;
    const line = getComputedStyle(figure).borderTopColor;
    const axis = { stroke: colour, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px Inter, sans-serif" };
    const faded = (rgb) => rgb.replace("rgb(", "rgba(").replace(")", ", 0.14)");
    const told = figure.querySelector(".chart-told");
    const options = {
      width: plot.clientWidth,
      height: 190,
      legend: { show: false },
      cursor: { y: false, drag: { setScale: false }, points: { show: !bars } },
      scales: {
        x: bars ? { time: false, range: (_u, low, high) => [low - 0.6, high + 0.6] } : { time: true, range: (_u, low, high) => (high - low < 3600 ? [low - 1800, high + 1800] : [low, high]) },
        y: { range: (_u, low, high) => (bars ? [0, Math.max(high, 1) * 1.08] : around(low, high)) },
      },
      axes: [
        { ...axis, grid: { show: false }, ...(bars ? { values: () => [], size: 8 } : { values: moments }) },
        { ...axis, size: 58, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6], values: (_u, splits) => splits.map(number) },
      ],
      series: [
        {},
        ...found.series.map((one) => ({
          label: one.label,
          stroke: one.colour,
          width: bars ? 0 : 2,
          fill: bars ? one.colour : faded(one.colour),
          points: { show: found.labels.length < 3 },
          ...(bars ? { paths: uPlot.paths.bars({ size: [0.75, 26] }) } : {}),
        })),
      ],
      hooks: {
        setCursor: [(u) => {
          const at = u.cursor.idx;
          told.textContent = at === null || at === undefined ? "" :
            `${found.labels[at]}: ${found.series.map((one) => `${one.label} ${number(one.values[at])}`).join(", ")}`;
        }],
      },
    };
    const xs = bars ? found.labels.map((_label, index) => index) : found.times;
    drawn.get(figure)?.destroy();
    drawn.set(figure, new uPlot(options, [xs, ...found.series.map((one) => one.values)], plot));
  };

  // Days over weeks, hours over two days; in the reader's own zone.
  const moments = (_u, splits) => {
    const days = splits.length > 1 && splits[splits.length - 1] - splits[0] > 3 * 86400;
    const form = days ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit", hour12: false };
    return splits.map((at) => new Date(at * 1000).toLocaleString("en-GB", form));
  };

  const around = (low, high) => {
    const room = Math.max((high - low) * 0.15, high * 0.02, 1);
    return [Math.max(0, low - room), high + room];
  };

  const all = () => document.querySelectorAll("figure[data-chart]").forEach(draw);
  const fit = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const chart = drawn.get(target.closest("figure"));
      if (chart && target.clientWidth) chart.setSize({ width: target.clientWidth, height: 190 });
    }
  });
  document.addEventListener("DOMContentLoaded", () => {
    all();
    for (const plot of document.querySelectorAll(".chart-plot")) fit.observe(plot);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-choice]")) all();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
})();
