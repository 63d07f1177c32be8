/** Why something was decided for one user, or was not: asked for, because the server replays its journal for it. */
export const WHY = `
  /** What gives up the question that is asked; null: none is. */
  let asked = null;

  const forgetWhy = () => {
    asked?.abort();
    asked = null;
  };

  const actionButton = (words, act) => {
    const button = element("button", { class: "small", type: "button" }, words);
    button.addEventListener("click", act);
    return button;
  };

  /** Of a user that was looked up: nothing is asked until it is wanted. */
  const whyPart = (user) => element("div", { id: "why" }, element("h3", {}, "Why"),
    element("p", { id: "why-status", class: "note", role: "status" }, "What was decided, what was not, and what would have been otherwise."),
    element("div", { id: "why-actions", class: "actions" }, actionButton("Ask as of now", () => askWhy(user, null, "start"))),
    element("div", { id: "why-answer", tabindex: -1 }));

  const showWhy = (status, actions, answer) => {
    byId("why-status").textContent = status;
    byId("why-actions").replaceChildren(...actions);
    byId("why-answer").replaceChildren(...answer);
  };

  /** @param decision that it is asked of, as of then; null: of now. @param from where the journal is replayed from: start or snapshot. */
  const askWhy = async (user, decision, from) => {
    forgetWhy();
    const mine = (asked = new AbortController());
    const again = (words, nextFrom) => actionButton(words, () => askWhy(user, decision, nextFrom));
    const nowToo = decision === null ? [] : [actionButton("Ask as of now", () => askWhy(user, null, "start"))];
    const elapsed = element("span", { class: "note" }, "0 s");
    const giveUp = actionButton("Give up", () => {
      if (asked === mine) showWhy("Given up.", [again("Ask again", from)], []);
      forgetWhy();
    });
    showWhy("Asked: the journal is replayed for it, for one question at a time, each for a minute at most.", [giveUp, elapsed], []);
    byId("why").scrollIntoView({ block: "nearest" });
    const beganMs = performance.now();
    const timer = setInterval(() => (elapsed.textContent = Math.round((performance.now() - beganMs) / 1000) + " s"), 1000);
    try {
      const at = decision === null ? "" : "&at=" + decision.atMs;
      const answer = await ask("v1/users/" + encodeURIComponent(user) + "/why?from=" + from + at, mine.signal);
      if (asked !== mine) return;
      showWhy(whyHead(answer), [again(decision === null ? "Ask again" : "Ask again as of then", from), ...nowToo], whyAnswer(answer, decision));
      byId("why-answer").focus({ preventScroll: true });
    } catch (error) {
      if (asked !== mine) return;
      if (error.status === 401) return leave(error.message);
      const behind = from === "start" && (error.status === 409 || error.status === 422) ? [again("Ask from the newest snapshot", "snapshot")] : [];
      showWhy(whyRefused(error), [...behind, again("Ask again", from), ...nowToo], []);
    } finally {
      clearInterval(timer);
      if (asked === mine) asked = null;
    }
  };

  const whyRefused = ({ status, message, retryAfterS }) => {
    if (status === undefined) return "The server cannot be reached.";
    const later = status !== 429 ? "" : retryAfterS > 0 ? " Ask again in " + number(retryAfterS) + " s." : " Ask again later.";
    // What the API says last is what the button does.
    return "No answer: " + message.replace(/; from=snapshot .*$/, "") + "." + later;
  };

  const whyHead = ({ user, tier, atMs, policy, trial, sinceMs }) => {
    const stage = trial === null ? "" : trial.stage === "rolled_back" ? "was rolled back" : "is in stage " + trial.stage;
    const candidate = trial === null ? "" : trial.decides ? ", the candidate, which " + stage
      : "; the candidate " + trial.candidate + " " + stage + ", and does not decide for this user";
    return user + " (" + tier + ") at " + instant(atMs) + " under " + (policy ?? "no policy") + candidate + "."
      + (sinceMs === null ? "" : " Read from the snapshot of " + instant(sinceMs) + " on: what was decided before is not known.");
  };

  const whyAnswer = ({ now, decided, notDecided, counterfactuals }, decision) => {
    const list = (title, items, none) => [element("h4", {}, title),
      items.length === 0 ? element("p", { class: "note" }, none) : element("ul", {}, ...items)];
    const isAsked = ({ kind, atMs }) => decision !== null && kind === decision.kind && atMs === decision.atMs;
    return [
      element("dl", {}, fact("reserved", amount(now.reserved)), fact("held", amount(now.held)),
        fact("demanded", amount(now.demanded)), fact("last used", amount(now.used))),
      ...list(decision === null ? "Instances" : "Instances then", now.instances.map(({ instance, app, phase, size, requests }) => element("li", {},
        "instance ", element("b", {}, instance), " of ", element("b", {}, app), ": " + (WORDS.phases[phase] ?? phase) + ", " + amount(size) + ", requests: " + requests)), "none"),
      ...(now.waiting.length === 0 ? [] : list("Requests that waited", now.waiting.map(({ request, app, requested, why }) => element("li", {},
        element("b", {}, request), " of ", element("b", {}, app), " waits for " + amount(requested) + ": " + why)), "")),
      ...list("What was decided, the latest of each kind", decided.map((one) => element("li", isAsked(one) ? { class: "asked" } : {},
        element("time", { datetime: new Date(one.atMs).toISOString() }, instant(one.atMs)), " ", one.text)), "nothing, so far"),
      ...list("What was not", notDecided.map(({ slot, app, text }) => element("li", {},
        element("b", {}, slot + (app === null ? "" : " " + app)), ": " + text)), "nothing"),
      ...list("What the reserve slot would want otherwise", counterfactuals.map(({ text }) => element("li", {}, text)),
        "nothing else to ask it: no other level, no margin, and no guardrail"),
    ];
  };
`;
