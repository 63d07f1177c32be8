/** Draws the charts from the data in the page, makes selectors select and hovering read. */
export const CHARTS = String.raw`  const groups = JSON.parse(document.getElementById("data").textContent);

  const rowsOf = (table) => {
    const names = Object.keys(table);
    return table[names[0]].map((_, row) => Object.fromEntries(names.map((name) => [name, table[name][row]])));
  };

  const draw = ({ name, spec, charts, unitMs }) => {
    const selects = [...document.querySelectorAll('select[data-charts="' + name + '"]')];
    const empty = document.querySelector('[data-empty="' + name + '"]');
    const drawn = charts.map(({ id, views }) => {
      const container = document.getElementById("chart-" + id);
      const view = new vega.View(vega.parse(spec), { renderer: "svg", container, hover: false });
      return { id, views, view, container };
    });
    const current = () => (selects.length > 0 ? selects.map(({ value }) => value).join(" ") : Object.keys(charts[0].views)[0]);
    const show = async () => {
      await Promise.all(drawn.map(({ id, views, view }) => {
        const { table, signals } = views[current()] ?? { table: { none: [] }, signals: {} };
        for (const [signal, value] of Object.entries(signals)) view.signal(signal, value);
        return view.data("table", rowsOf(table)).runAsync();
      }));
      if (name === "capacity") read(null);
      if (empty) empty.textContent = charts[0].views[current()] ? "" : "no such requests";
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
      for (const { view, container } of drawn) {
        brushOn(container, (clientX) => {
          const x = clientX - container.querySelector("svg").getBoundingClientRect().left - view.origin()[0];
          return view.scale("x").invert(Math.max(0, Math.min(view.width(), x))) * unitMs;
        });
      }
      onRange(() => {
        const [from, to] = [range.fromMs / unitMs, range.toMs / unitMs];
        for (const { view } of drawn) {
          const end = view.scale("x").domain()[1];
          const isWhole = from <= 0 && to >= end;
          view.signal("brushFrom", isWhole ? 0 : from).signal("brushTo", isWhole ? 0 : Math.min(to, end)).run();
        }
      });
      for (const box of document.querySelectorAll("input[data-signal]")) {
        box.addEventListener("change", () => drawn.forEach(({ view }) => view.signal(box.dataset.signal, box.checked).run()));
      }
    }
    for (const select of selects) select.addEventListener("change", show);
    return show();
  };
`;
