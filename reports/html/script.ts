/**
 * The page's own script: draws the charts from the data in the page, and makes tables sort, selectors select, hovering read.
 * Plain browser JavaScript, tested in a real browser (test/browser).
 */
export const SCRIPT = String.raw`"use strict";
(() => {
  const groups = JSON.parse(document.getElementById("data").textContent);

  const rowsOf = (table) => {
    const names = Object.keys(table);
    return table[names[0]].map((_, row) => Object.fromEntries(names.map((name) => [name, table[name][row]])));
  };

  const draw = ({ name, spec, charts }) => {
    const select = document.querySelector('select[data-charts="' + name + '"]');
    const drawn = charts.map(({ id, views }) => {
      const container = document.getElementById("chart-" + id);
      const view = new vega.View(vega.parse(spec), { renderer: "svg", container, hover: false });
      return { id, views, view, container };
    });
    const current = () => (select ? select.value : Object.keys(charts[0].views)[0]);
    const show = async () => {
      await Promise.all(drawn.map(({ id, views, view }) => {
        const { table, signals } = views[current()];
        for (const [signal, value] of Object.entries(signals)) view.signal(signal, value);
        return view.data("table", rowsOf(table)).runAsync();
      }));
      if (name === "capacity") read(null);
    };

    const digits = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
    const text = (value) => digits.format(value).replaceAll(",", "\u202f");
    const at = (table, instant) => {
      let bin = 0;
      while (bin < table.time.length - 2 && table.time[bin + 1] <= instant) bin += 1;
      return bin;
    };
    const mean = (column) => column.slice(0, -1).reduce((sum, value) => sum + value, 0) / Math.max(1, column.length - 1);
    const read = (instant) => {
      for (const { id, views, view } of drawn) {
        const { table } = views[current()];
        const bin = instant === null ? -1 : at(table, instant);
        const parts = Object.keys(table).filter((part) => part !== "time" && table[part].some((amount) => amount > 0));
        const values = parts.map((part) => part + " " + text(bin < 0 ? mean(table[part]) : table[part][bin]));
        const when = bin < 0 ? "mean" : "at " + text(table.time[bin]);
        document.querySelector('[data-readout="' + id + '"]').textContent = when + ": " + values.join(" · ");
        view.signal("instant", instant === null ? -1 : instant).run();
      }
    };
    if (name === "capacity") {
      for (const { view, container } of drawn) {
        container.addEventListener("pointermove", (event) => {
          const svg = container.querySelector("svg");
          const x = event.clientX - svg.getBoundingClientRect().left - view.origin()[0];
          const instant = view.scale("x").invert(x);
          read(x < 0 || x > view.width() ? null : instant);
        });
        container.addEventListener("pointerleave", () => read(null));
      }
      for (const box of document.querySelectorAll("input[data-signal]")) {
        box.addEventListener("change", () => drawn.forEach(({ view }) => view.signal(box.dataset.signal, box.checked).run()));
      }
    }
    if (select) select.addEventListener("change", show);
    return show();
  };

  const sortBy = (button) => {
    const heading = button.closest("th");
    const column = heading.cellIndex;
    const ascending = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of heading.parentElement.cells) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const sign = ascending ? 1 : -1;
    const isNumber = button.dataset.sort === "number";
    for (const body of heading.closest("table").tBodies) {
      const rows = [...body.rows].map((row) => ({ row, value: row.cells[column].dataset.value }));
      rows.sort((a, b) => {
        if (!isNumber) return sign * a.value.localeCompare(b.value, "en");
        if (a.value === "" || b.value === "") return (a.value === "") - (b.value === "");
        return sign * (Number(a.value) - Number(b.value));
      });
      body.append(...rows.map(({ row }) => row));
    }
  };

  for (const button of document.querySelectorAll("button[data-sort]")) button.addEventListener("click", () => sortBy(button));
  for (const choice of document.querySelectorAll('input[name="tier"]')) {
    choice.addEventListener("change", () => {
      for (const body of document.querySelectorAll("tbody[data-tier]")) body.hidden = body.dataset.tier !== choice.value;
    });
  }
  document.getElementById("copy").addEventListener("click", async () => {
    const command = document.getElementById("command");
    const status = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(command.textContent);
      status.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(command);
      status.textContent = "Selected; press Ctrl+C or ⌘C to copy.";
    }
  });

  // After the first paint: the verdict and the scoreboard do not wait for the charts.
  requestAnimationFrame(() => setTimeout(async () => {
    for (const group of groups) await draw(group);
    document.documentElement.dataset.ready = "true";
  }));
})();
`;
