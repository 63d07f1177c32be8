/** Users × time: the users with the most of something, in the range that is shown, each a row of cells in six shades. */
export const HEAT_MAP = String.raw`
  const MOST_ROWS = 50;
  const SHADES = 6;
  const number3 = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
  const three = (value) => number3.format(value).replaceAll(",", "\u202f");
  const sized = ({ counts }, value) => three(counts ? Math.round(value) : value);
  const svgElement = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  // The bins that the range shows, at least one.
  const shownBins = ({ bins, binMs }) => {
    const from = Math.min(bins - 1, Math.floor(range.fromMs / binMs));
    return [from, Math.max(from + 1, Math.min(bins, Math.ceil(range.toMs / binMs)))];
  };
  // Marks along the time axis, as shares of its width.
  const timeMarks = (users, from, to) => {
    const first = (from * users.binMs) / users.unit.ms;
    const last = (to * users.binMs) / users.unit.ms;
    const step = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 7, 10, 20, 50, 100, 200, 500].find((size) => (last - first) / size <= 7) ?? last - first;
    const marks = [];
    for (let at = Math.ceil(first / step - 1e-9) * step; at <= last + 1e-9; at += step) marks.push(at);
    return marks.map((at) => ({ text: three(Number(at.toFixed(6))), share: (at - first) / (last - first) }));
  };
  const timeAxis = (users, from, to) => {
    const axis = element("div", "", { class: "time-axis", "aria-hidden": "true" });
    for (const { text, share } of timeMarks(users, from, to)) {
      const mark = element("span", text);
      mark.style.left = share * 100 + "%";
      if (share > 0.97) mark.className = "end";
      axis.append(mark);
    }
    return axis;
  };
  const timeText = ({ binMs, unit }, bin) => three((bin * binMs) / unit.ms);

  const rankUsers = (users, view, policy) => {
    const [from, to] = shownBins(users);
    const totals = new Float64Array(users.users);
    const ranked = [];
    for (let user = 1; user < users.users; user += 1) {
      totals[user] = users.sumOf(view, user, policy, from, to);
      if (totals[user] > 0) ranked.push(user);
    }
    ranked.sort((a, b) => totals[b] - totals[a]);
    return { ranked, totals };
  };

  // Where one shade ends and the next begins: equal factors from a small value to a large one, so that shades are as far apart as
  // values; outliers at either end take no shade for themselves.
  const shadesOf = (cells) => {
    const values = cells.flatMap((row) => [...row]).filter((value) => value > 0).sort((a, b) => a - b);
    if (values.length === 0) return [];
    const at = (share) => values[Math.floor(share * (values.length - 1))];
    const [low, high] = [at(0.05), at(0.99)];
    const steps = Array.from({ length: SHADES - 1 }, (_, step) => low * (high / low) ** ((step + 1) / SHADES));
    return [...new Set(steps.map((step) => Number(step.toPrecision(3))))].filter((end) => end < high);
  };
  // Where fewer shades are needed, they still reach from the palest to the strongest.
  const shadeColor = (breaks, shade) =>
    "var(--heat-" + (breaks.length === 0 ? SHADES - 1 : Math.round((shade * (SHADES - 1)) / breaks.length)) + ")";
  const shadeOf = (breaks, value) => breaks.filter((end) => value > end).length;

  const drawHeatMap = (users, view, policy, chosen, choose) => {
    const [from, to] = shownBins(users);
    const { ranked, totals } = rankUsers(users, view, policy);
    const rows = ranked.slice(0, MOST_ROWS);
    if (chosen > 0 && !rows.includes(chosen)) rows.push(chosen);
    const plot = document.getElementById("heat-cells");
    const columns = Math.max(24, Math.min(360, Math.floor(plot.clientWidth / 3)));
    const group = Math.ceil((to - from) / columns);
    const width = Math.ceil((to - from) / group);
    const cells = rows.map((user) => users.ratesOf(view, user, policy, from, to, group));
    const breaks = shadesOf(cells);

    const paths = Array.from({ length: SHADES }, () => "");
    cells.forEach((row, y) => {
      for (let x = 0; x < width; ) {
        const shade = row[x] > 0 ? shadeOf(breaks, row[x]) : -1;
        let end = x + 1;
        while (end < width && (row[end] > 0 ? shadeOf(breaks, row[end]) : -1) === shade) end += 1;
        if (shade >= 0) paths[shade] += "M" + x + " " + (y + 0.06).toFixed(2) + "h" + (end - x) + "v.88h-" + (end - x) + "z";
        x = end;
      }
    });
    const svg = svgElement("svg", { viewBox: "0 0 " + width + " " + rows.length, preserveAspectRatio: "none", "aria-hidden": "true" });
    svg.style.height = "calc(" + rows.length + " * var(--row))";
    paths.forEach((d, shade) => d !== "" && svg.append(svgElement("path", { d, fill: shadeColor(breaks, shade) })));
    plot.replaceChildren(svg, timeAxis(users, from, to));

    const list = document.getElementById("heat-users");
    const options = rows.map((user) => {
      const option = element("li", users.names[user], { role: "option", id: "heat-user-" + user, title: users.names[user] });
      option.setAttribute("aria-selected", user === chosen);
      option.addEventListener("click", () => choose(user));
      return option;
    });
    list.replaceChildren(...options);
    list.setAttribute("aria-label", "Users with the most " + view.name);
    if (rows.includes(chosen)) list.setAttribute("aria-activedescendant", "heat-user-" + chosen);
    else list.removeAttribute("aria-activedescendant");
    list.onkeydown = (event) => {
      const at = rows.indexOf(chosen);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(rows[Math.max(0, Math.min(rows.length - 1, to))]);
    };

    const ends = [null, ...breaks, null];
    document.getElementById("heat-key").replaceChildren(
      ...(breaks.length === 0 ? [] : Array.from({ length: breaks.length + 1 }, (_, shade) => {
        const [low, high] = [ends[shade], ends[shade + 1]];
        const item = element("li", "");
        const swatch = element("span", "", { class: "part" });
        swatch.style.background = shadeColor(breaks, shade);
        item.append(swatch, low === null ? "up to " + three(high) : high === null ? "more" : "to " + three(high));
        return item;
      })), element("li", view.unit));

    const all = users.sumOf(view, 0, policy, from, to);
    const top = rows.filter((user) => ranked.indexOf(user) < MOST_ROWS && totals[user] > 0);
    const sum = top.reduce((total, user) => total + totals[user], 0);
    const whole = new Intl.NumberFormat("en");
    const exact = (value) => whole.format(value).replaceAll(",", "\u202f");
    const text = ranked.length === 0 ? "No user has any " + view.name + " here." :
      exact(top.length) + " of " + exact(users.users - 1) + " users, those with the most " + view.name + ": " +
      (all > 0 ? three(Math.min(100, (sum / all) * 100)) + " % of it. " : "") + exact(ranked.length) + " users have any.";
    document.getElementById("heat-text").textContent = text;
    plot.setAttribute("aria-label", view.name + " by user and time under " + users.labels[policy] + ". " + text + " Most: " +
      rows.slice(0, 3).map((user) => users.names[user]).join(", ") + ".");

    const readout = document.getElementById("heat-readout");
    const cellAt = (event) => {
      const box = svg.getBoundingClientRect();
      const x = Math.floor(((event.clientX - box.left) / box.width) * width);
      const y = Math.floor(((event.clientY - box.top) / box.height) * rows.length);
      return x < 0 || y < 0 || x >= width || y >= rows.length ? null : { x, y };
    };
    svg.addEventListener("pointermove", (event) => {
      const cell = cellAt(event);
      options.forEach((option, y) => option.classList.toggle("pointed", cell !== null && y === cell.y));
      if (cell === null) return;
      const [first, last] = [from + cell.x * group, Math.min(to, from + (cell.x + 1) * group)];
      readout.textContent = users.names[rows[cell.y]] + ", " + users.unit.name + " " + timeText(users, first) + " to " +
        timeText(users, last) + ": " + three(cells[cell.y][cell.x]) + " " + view.unit;
    });
    svg.addEventListener("pointerleave", () => {
      readout.textContent = "";
      for (const option of options) option.classList.remove("pointed");
    });
    svg.addEventListener("click", (event) => {
      const cell = cellAt(event);
      if (cell !== null) choose(rows[cell.y]);
    });

    const table = document.getElementById("heat-table");
    const head = table.tHead.rows[0];
    head.replaceChildren(...["rank", "user", "tier", ...users.views.map(({ name, total }) => (total === "" ? name : name + ", " + total))].map((title, column) =>
      element("th", title, { scope: "col", class: column === 1 || column === 2 ? "" : "number" })));
    table.tBodies[0].replaceChildren(...rows.map((user) => {
      const row = document.createElement("tr");
      const button = element("button", users.names[user], { type: "button", class: "link" });
      button.addEventListener("click", () => choose(user));
      const name = document.createElement("td");
      name.append(button);
      const numbers = users.views.map((one) => element("td", sized(one, users.meanOf(one, user, policy, from, to)), { class: "number" }));
      row.append(element("td", ranked.includes(user) ? ranked.indexOf(user) + 1 : "–", { class: "number" }), name,
        element("td", users.tiers[users.tierOf[user - 1]] ?? ""), ...numbers);
      return row;
    }));
    return rows;
  };
`;
