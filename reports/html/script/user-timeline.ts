/** One user over time under each policy: strips of steps that share their scales, and what they add up to. */
export const USER_TIMELINE = `
  // A step line from (0, 0) up and back to the axis, in a box as wide as there are values and 100 high.
  const stepArea = (values, top) => {
    let d = "M0 100";
    values.forEach((value, x) => {
      if (x === 0 || values[x - 1] !== value) d += "V" + (100 - Math.min(1, value / top) * 100).toFixed(2);
      d += "H" + (x + 1);
    });
    return d + "V100Z";
  };
  // layers: values with their colour, the largest first.
  const stripSvg = (layers, top) => {
    const svg = svgElement("svg", { viewBox: "0 0 " + layers[0].values.length + " 100", preserveAspectRatio: "none", "aria-hidden": "true" });
    for (const { values, color } of layers) svg.append(svgElement("path", { d: stepArea([...values], top), fill: color }));
    return svg;
  };
  const largest = (lists) => lists.reduce((most, values) => values.reduce((a, b) => Math.max(a, b), most), 0);

  const drawUser = (users, user) => {
    const [from, to] = shownBins(users);
    const container = document.getElementById("user-policies");
    const columns = Math.max(60, Math.floor(Math.max(320, container.clientWidth / users.labels.length)));
    const own = user < users.fine ? 1 : users.factor;
    const group = Math.max(Math.ceil((to - from) / columns), Math.min(own, to - from));
    const tier = user === 0 ? "" : users.tiers[users.tierOf[user - 1]] ?? "";
    document.getElementById("user-name").textContent = users.names[user];
    document.getElementById("user-about").textContent = (tier === "" ? "" : "tier " + tier + ", ") + users.unit.name + " " +
      timeText(users, from) + " to " + timeText(users, to) + (own > 1 ? "; in bins of " + users.coarseText : "; in bins of " + users.fineText);

    const drawn = users.strips.map(({ layers }) => users.labels.map((_, policy) =>
      layers.map(({ view, color }) => ({ color, values: users.ratesOf(view, user, policy, from, to, group) }))));
    const tops = drawn.map((policies) => largest(policies.flatMap((layers) => layers.map(({ values }) => values))));
    const policies = [...container.children];
    policies.forEach((figure, policy) => {
      const strips = users.strips.flatMap(({ name, unit, height }, strip) => {
        if (tops[strip] === 0) return [];
        const box = element("div", "", { class: "strip" });
        const plot = element("div", "", { class: "plot" });
        plot.style.height = height + "px";
        plot.append(stripSvg(drawn[strip][policy], tops[strip]));
        const top = element("span", three(tops[strip]), { class: "top" });
        box.append(element("p", name + ", " + unit), top, plot);
        return [box];
      });
      figure.querySelector(".strips").replaceChildren(...strips, timeAxis(users, from, to));
    });
    const totals = users.labels.map((label, policy) => users.views.map((view) => users.meanOf(view, user, policy, from, to)));
    const body = document.querySelector("#user-table-box table").tBodies[0];
    [...body.rows].forEach((row, policy) => totals[policy].forEach((value, column) => {
      row.cells[column + 1].textContent = sized(users.views[column], value);
    }));
    container.setAttribute("aria-label", users.names[user] + " over time. " + users.labels.map((label, policy) =>
      label + ": " + users.views.map(({ name, total }, column) => name + " " + sized(users.views[column], totals[policy][column]) + " " + total).join(", ")).join(". ") + ".");
  };
`;
