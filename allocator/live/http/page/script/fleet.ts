/** The fleet now and lately: counts, and a bar and a history for each resource. */
export const FLEET = `
  /** How far back it is drawn: as far as is known, within these. */
  const LEAST_MS = 60000;
  const MOST_MS = 600000;
  const history = [];
  /** How much of a history's width is for what was, where there is a forecast of what will be. */
  const PAST_SHARE = 0.6;
  let forecast = null;

  const showFleet = (fleet) => {
    history.push(fleet);
    while (history.length > 1 && history[0].atMs < fleet.atMs - MOST_MS) history.shift();
    byId("policy").textContent = (fleet.policy === null ? "no policy" : "policy " + fleet.policy) + (fleet.frozen ? ", frozen: nothing is done ahead of requests" : "");
    showFacts(fleet);
    const shown = Object.keys(RESOURCES).filter((key) =>
      [fleet.capacity, fleet.held, fleet.reserved, fleet.used].some((amounts) => (amounts?.[key] ?? 0) > 0));
    byId("cards").replaceChildren(...shown.map((key) => card(key, fleet)));
    byId("no-cards").hidden = shown.length > 0;
    const fans = shown.some((key) => fanOf(forecast, key, fleet.atMs) !== null);
    byId("key-forecast").hidden = !fans;
    byId("forecast-note").hidden = !fans;
    if (fans) byId("forecast-note").textContent = "Right of now, on another scale of time: what was forecast at " + clock(forecast.issuedAtMs) + ", " + levelWords(forecast)
      + ", summed over users and apps: as if all of them were there at once.";
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
    const fan = fanOf(forecast, key, fleet.atMs);
    const most = Math.max(1, fan?.most ?? 0, ...samples.flatMap(({ used, reserved, held, capacity }) => [used, reserved, held, capacity ?? 0]));
    const [scale, unit] = unitOf(most);
    const say = (value) => (value === null ? "no limit" : number(value / scale));
    const facts = ["used", "reserved", "held", "capacity"].map((of) => element("div", {}, element("dt", {}, of), element("dd", {}, say(now[of]))));
    const words = name + " in " + unit + ": " + ["used", "reserved", "held", "capacity"].map((of) => of + " " + say(now[of])).join(", ");
    const spanMs = Math.max(LEAST_MS, fleet.atMs - samples[0].atMs);
    return element("div", { class: "card", "data-resource": key },
      element("h3", {}, name + " ", element("span", { class: "note" }, unit)),
      element("dl", {}, ...facts),
      bar(now, Math.max(1, now.used, now.reserved, now.held, now.capacity ?? 0), words),
      chart(samples, most, fleet.atMs, spanMs, fan, name + ", the last " + Math.round(spanMs / 60000) + " min" + (fan === null ? "" : ", and a forecast until " + clock(fan.endMs)) + ", on a scale up to " + say(most) + " " + unit),
      fan === null
        ? element("p", { class: "axis" }, element("span", {}, clock(fleet.atMs - spanMs)), element("span", {}, "up to " + say(most) + " " + unit), element("span", {}, clock(fleet.atMs)))
        : element("p", { class: "axis future" }, element("span", {}, clock(fleet.atMs - spanMs)), element("span", {}, "now"), element("span", {}, clock(fan.endMs))));
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

  const chart = (samples, most, nowMs, spanMs, fan, words) => {
    const nowX = fan === null ? WIDTH : PAST_SHARE * WIDTH;
    const x = (atMs) => ((nowX * (atMs - (nowMs - spanMs))) / spanMs).toFixed(1);
    const y = yOf(most);
    const steps = (of) => samples.map((sample, at) => (at === 0 ? "M" : "H" + x(sample.atMs) + "V") + (at === 0 ? x(sample.atMs) + " " : "") + y(sample[of])).join("");
    const line = (of) => drawing("path", { class: "line line-" + of, d: steps(of) });
    return drawing("svg", { class: "history", viewBox: "0 0 " + WIDTH + " " + HEIGHT, preserveAspectRatio: "none", role: "img", "aria-label": words },
      drawing("path", { class: "area-held", d: steps("held") + "V" + HEIGHT + "H" + x(samples[0].atMs) + "Z" }),
      ...(fan === null ? [] : fanPaths(fan, most, nowMs, nowX)),
      fan === null ? null : drawing("path", { class: "line line-now", d: "M" + nowX + " 0V" + HEIGHT }),
      samples.every(({ capacity }) => capacity !== null) ? line("capacity") : null,
      line("reserved"),
      line("used"));
  };
`;
