/** The fleet now and lately: counts, and a bar and a history for each resource. */
export const FLEET = `
  /** How far back it is drawn: as far as is known, within these. */
  const LEAST_MS = 60000;
  const MOST_MS = 600000;
  const WIDTH = 600;
  const HEIGHT = 100;
  const history = [];

  const showFleet = (fleet) => {
    history.push(fleet);
    while (history.length > 1 && history[0].atMs < fleet.atMs - MOST_MS) history.shift();
    byId("policy").textContent = fleet.policy === null ? "no policy" : "policy " + fleet.policy;
    showFacts(fleet);
    const shown = Object.keys(RESOURCES).filter((key) =>
      [fleet.capacity, fleet.held, fleet.reserved, fleet.used].some((amounts) => (amounts?.[key] ?? 0) > 0));
    byId("cards").replaceChildren(...shown.map((key) => card(key, fleet)));
    byId("no-cards").hidden = shown.length > 0;
  };

  const showFacts = ({ users, nodes, waiting, shadows, instances }) => {
    const phases = Object.keys(WORDS.phases).map((phase) => ["instances " + WORDS.phases[phase], instances[phase] ?? 0, phase]);
    // What is there always is shown always, so that nothing jumps.
    const facts = [["requests waiting", waiting], ...phases.filter(([, count, phase]) => count > 0 || phase === "ready" || phase === "starting"),
      ["shadows", shadows], ["users", users], ["nodes", nodes]];
    byId("facts").replaceChildren(...facts.map(([words, count]) =>
      element("div", {}, element("dt", {}, words), element("dd", {}, count.toLocaleString("en")))));
  };

  const valuesOf = (fleet, key) => ({
    used: fleet.used[key], reserved: fleet.reserved[key], held: fleet.held[key], capacity: fleet.capacity === null ? null : fleet.capacity[key],
  });

  const card = (key, fleet) => {
    const { name, unitOf } = RESOURCES[key];
    const now = valuesOf(fleet, key);
    const samples = history.map((sample) => ({ atMs: sample.atMs, ...valuesOf(sample, key) }));
    const most = Math.max(1, ...samples.flatMap(({ used, reserved, held, capacity }) => [used, reserved, held, capacity ?? 0]));
    const [scale, unit] = unitOf(most);
    const say = (value) => (value === null ? "no limit" : number(value / scale));
    const facts = ["used", "reserved", "held", "capacity"].map((of) => element("div", {}, element("dt", {}, of), element("dd", {}, say(now[of]))));
    const words = name + " in " + unit + ": " + ["used", "reserved", "held", "capacity"].map((of) => of + " " + say(now[of])).join(", ");
    const spanMs = Math.max(LEAST_MS, fleet.atMs - samples[0].atMs);
    return element("div", { class: "card", "data-resource": key },
      element("h3", {}, name + " ", element("span", { class: "note" }, unit)),
      element("dl", {}, ...facts),
      bar(now, Math.max(1, now.used, now.reserved, now.held, now.capacity ?? 0), words),
      chart(samples, most, fleet.atMs, spanMs, name + ", the last " + Math.round(spanMs / 60000) + " min, up to " + say(most) + " " + unit),
      element("p", { class: "axis" }, element("span", {}, clock(fleet.atMs - spanMs)), element("span", {}, "up to " + say(most) + " " + unit), element("span", {}, clock(fleet.atMs))));
  };

  /** Held on what there is, used inside it, and where reservations end. */
  const bar = ({ used, reserved, held }, most, words) => {
    const x = (value) => (value / most) * WIDTH;
    const mark = Math.min(WIDTH - 3, Math.max(0, x(reserved) - 1.5));
    return drawing("svg", { class: "bar", viewBox: "0 0 " + WIDTH + " 18", preserveAspectRatio: "none", role: "img", "aria-label": words },
      drawing("rect", { class: "fill-free", width: WIDTH, height: 18 }),
      drawing("rect", { class: "fill-held", width: x(held), height: 18 }),
      drawing("rect", { class: "fill-used", y: 5, width: x(used), height: 8 }),
      reserved === 0 ? null : drawing("rect", { class: "fill-reserved", x: mark, width: 3, height: 18 }));
  };

  const chart = (samples, most, nowMs, spanMs, words) => {
    const x = (atMs) => ((WIDTH * (atMs - (nowMs - spanMs))) / spanMs).toFixed(1);
    const y = (value) => (HEIGHT - (HEIGHT - 4) * (value / most)).toFixed(1);
    const steps = (of) => samples.map((sample, at) => (at === 0 ? "M" : "H" + x(sample.atMs) + "V") + (at === 0 ? x(sample.atMs) + " " : "") + y(sample[of])).join("");
    const line = (of) => drawing("path", { class: "line line-" + of, d: steps(of) });
    return drawing("svg", { class: "history", viewBox: "0 0 " + WIDTH + " " + HEIGHT, preserveAspectRatio: "none", role: "img", "aria-label": words },
      drawing("path", { class: "area-held", d: steps("held") + "V" + HEIGHT + "H" + x(samples[0].atMs) + "Z" }),
      samples.every(({ capacity }) => capacity !== null) ? line("capacity") : null,
      line("reserved"),
      line("used"));
  };
`;
