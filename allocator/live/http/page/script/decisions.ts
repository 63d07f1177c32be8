/** The last decisions in words, and how many rest on which rung and hit which guardrail. */
export const DECISIONS = `
  const KEPT = 500;
  const SHOWN = 30;
  /** The latest first. */
  let decisions = [];
  let paused = false;
  let drawsDecisions = false;

  const userButton = (user) => {
    const button = element("button", { class: "name", type: "button", title: "Look this user up" }, user);
    button.addEventListener("click", () => findUser(user));
    return button;
  };

  const whyButton = ({ kind, user, atMs }) => {
    const button = element("button", { class: "ask", type: "button", title: "How it stood then, and what would have been otherwise" }, "explain");
    button.addEventListener("click", () => findUser(user, { kind, atMs }));
    return button;
  };

  const sentence = (decision) => {
    const { kind, user, app, request, instance, resources, pool, nodes } = decision;
    const values = { app, request, instance, pool, nodes, user: user === null ? null : userButton(user), amount: resources === null ? null : amount(resources) };
    const template = WORDS.kinds[kind] ?? kind;
    return template.split("|").flatMap((part) => {
      const pieces = part.split(/\\{(\\w+)\\}/);
      if (pieces.some((name, at) => at % 2 === 1 && (values[name] ?? null) === null)) return [];
      return pieces.map((piece, at) => (at % 2 === 1 ? (values[piece] instanceof Node ? values[piece] : element("b", {}, values[piece])) : piece));
    });
  };

  const reason = ({ rule, levelPpm, factorPpm, rung, batchIndex }) => {
    const words = [WORDS.rules[rule] ?? rule];
    if (levelPpm > 0) words.push("at the level " + number(levelPpm / 1000000));
    if (factorPpm !== 1000000 && factorPpm > 0) words.push("× " + number(factorPpm / 1000000));
    if (batchIndex >= 0) words.push("forecast " + batchIndex);
    if (rung !== "none") words.push(WORDS.rungs[rung] ?? rung);
    return "because " + words.join(", ");
  };

  const line = (decision) => {
    const { atMs, because } = decision;
    const tag = because.guardrail === "none" ? null
      : element("span", { class: "tag guardrail", title: WORDS.guardrails[because.guardrail] ?? "" }, "guardrail " + because.guardrail);
    return element("li", { "data-token": decision.token },
      element("time", { datetime: new Date(atMs).toISOString() }, clock(atMs)),
      element("span", {}, ...sentence(decision), tag),
      element("span", { class: "why" }, reason(because), decision.user === null ? null : whyButton(decision)));
  };

  const counts = (codes, words) => {
    const found = new Map();
    for (const code of codes) found.set(code, (found.get(code) ?? 0) + 1);
    return [...found].sort((a, b) => b[1] - a[1]).map(([code, count]) => element("li", {},
      element("span", {}, element("b", {}, code), words[code] === undefined ? "" : ": " + words[code]),
      element("span", {}, count.toLocaleString("en")),
      drawing("svg", { viewBox: "0 0 100 1", preserveAspectRatio: "none", "aria-hidden": "true" },
        drawing("rect", { class: "fill-free", width: 100, height: 1 }),
        drawing("rect", { class: "fill-used", width: (100 * count) / codes.length, height: 1 }))));
  };

  /** What is there already stays as it is, so that a button in it keeps the focus. */
  const showLatest = (list, latest) => {
    const wanted = new Set(latest.map(({ token }) => token));
    for (const item of [...list.children]) if (!wanted.has(item.dataset.token)) item.remove();
    const there = new Set([...list.children].map((item) => item.dataset.token));
    const fresh = latest.filter(({ token }) => !there.has(token));
    if (fresh.every((decision, at) => decision === latest[at])) list.prepend(...fresh.map(line));
    else list.replaceChildren(...latest.map(line));
  };

  const showDecisions = () => {
    drawsDecisions = false;
    if (paused) return;
    showLatest(byId("decisions"), decisions.slice(0, SHOWN));
    byId("no-decisions").hidden = decisions.length > 0;
    byId("counted").textContent = "of the last " + decisions.length.toLocaleString("en") + " decisions";
    byId("rungs").replaceChildren(...counts(decisions.map(({ because }) => because.rung), WORDS.rungs));
    byId("guardrails").replaceChildren(...counts(decisions.map(({ because }) => because.guardrail), WORDS.guardrails));
    byId("kinds").replaceChildren(...counts(decisions.map(({ kind }) => kind), {}));
  };

  /** However many come, they are drawn a few times a second. */
  const drawDecisionsSoon = () => {
    if (drawsDecisions) return;
    drawsDecisions = true;
    setTimeout(showDecisions, 300);
  };

  const takeDecision = (decision) => {
    decisions.unshift(decision);
    if (decisions.length > 2 * KEPT) decisions.length = KEPT;
    drawDecisionsSoon();
  };

  const startDecisions = () => {
    byId("pause").addEventListener("click", () => {
      paused = !paused;
      byId("pause").setAttribute("aria-pressed", String(paused));
      if (!paused) showDecisions();
    });
  };
`;
