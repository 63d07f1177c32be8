/** A candidate policy: for whom it decides, and what was predicted of it beside what is observed. */
export const STAGE = `
  /** Two versions of one policy have one name. */
  const toldApart = ({ policy, candidate, promotion }) => policy !== candidate ? [policy, candidate]
    : [policy + " (in force)", candidate + (promotion === null ? " (the candidate)" : " (promotion " + promotion.slice(0, 12) + ")")];

  const showStage = (view) => {
    const { stage, share, users, reason, observed } = view;
    const [policy, candidate] = toldApart(view);
    byId("candidate").hidden = stage === "none";
    if (stage === "none") return;
    byId("candidate-stage").textContent = {
      rehearsal: candidate + " rehearses and decides for nobody, " + policy + " decides for everybody.",
      canary: candidate + " decides for " + count(users.candidate) + " of " + count(users.all) + " users (" + percent(share) + "), " + policy + " for the others.",
      full: candidate + " decides for everybody.",
      rolled_back: candidate + " was rolled back: " + policy + " decides for everybody.",
    }[stage];
    const rehearses = stage === "rehearsal";
    byId("candidate-why").textContent = reason === null || (stage === "canary" && reason === "begun") ? "" : "Why: " + reason + ".";
    byId("others-key").textContent = byId("others-head").textContent = rehearses ? "of the policy in force" : "of the others";
    byId("observed-key").textContent = rehearses ? "observed of it" : "observed of its users";
    byId("predicted").hidden = observed === null;
    byId("measures").replaceChildren(...(observed?.measures ?? []).map(measureRow));
    byId("observed-since").textContent = observed === null ? "Nothing was predicted of it." : "Counted since " + clock(observed.sinceMs) + ", at most "
      + Math.round(observed.windowMs / 60000) + " min: " + count(observed.observations) + " requests and samples of " + count(observed.leastObservations)
      + (rehearses ? " from which on something is concluded." : " from which on it is rolled back where it is surely worse.")
      + (observed.unfollowed.length === 0 ? "" : " Not followed: " + observed.unfollowed.map(spaced).join(", ") + ".");
  };

  const count = (value) => value.toLocaleString("en");
  const percent = (value) => number(100 * value) + " %";
  const spaced = (metric) => metric.replaceAll("_", " ");

  const measureRow = ({ metric, unit, predicted, observed, others, verdict }) => {
    const isShare = unit.startsWith("of ");
    const say = (value) => (value === null ? "nothing yet" : isShare ? percent(value) : number(value));
    const most = 1.1 * Math.max(predicted.high, observed.value ?? 0, others ?? 0, 1e-9);
    const words = spaced(metric) + ", " + (isShare ? "per cent " + unit : unit) + ": predicted " + say(predicted.low) + " to " + say(predicted.high)
      + ", observed " + say(observed.value) + ", " + byId("others-head").textContent + " " + say(others);
    return element("tr", { "data-verdict": verdict },
      element("th", { scope: "row" }, spaced(metric), " ", element("span", { class: "note" }, unit)),
      element("td", {}, say(predicted.low) + " to " + say(predicted.high)),
      element("td", {}, say(observed.value)),
      element("td", {}, say(others)),
      element("td", { class: "drawn" }, interval(predicted, observed.value, others, most, words)),
      element("td", { class: "verdict" }, WORDS.verdicts[verdict] ?? verdict));
  };

  /** The predicted interval as a band; what is observed as a bar across it, of the others as a dot. */
  const interval = ({ low, high }, observed, others, most, words) => {
    const x = (value) => (value / most) * WIDTH;
    return drawing("svg", { viewBox: "0 0 " + WIDTH + " 18", preserveAspectRatio: "none", role: "img", "aria-label": words },
      drawing("rect", { class: "fill-free", y: 7, width: WIDTH, height: 4 }),
      drawing("rect", { class: "fill-held", x: x(low), y: 3, width: Math.max(2, x(high) - x(low)), height: 12 }),
      others === null ? null : drawing("rect", { class: "fill-free mark-others", x: Math.max(0, x(others) - 2), y: 5, width: 4, height: 8 }),
      observed === null ? null : drawing("rect", { class: "fill-used", x: Math.max(0, x(observed) - 2), width: 4, height: 18 }));
  };
`;
