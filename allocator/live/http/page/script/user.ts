/** Looks one user up by its whole name. */
export const USER = `
  const userFan = (said, key) => {
    const nowMs = Date.now();
    const fan = fanOf(said, key, nowMs);
    if (fan === null) return null;
    const { name, unitOf } = RESOURCES[key];
    const [scale, unit] = unitOf(fan.most);
    const words = name + ": up to " + number(fan.most / scale) + " " + unit + " at the level " + number(said.levelsPpm[said.levelsPpm.length - 1] / 10000) + " %, until " + clock(fan.endMs);
    return element("figure", {}, element("figcaption", { class: "note" }, words),
      drawing("svg", { class: "history", viewBox: "0 0 " + WIDTH + " " + HEIGHT, preserveAspectRatio: "none", role: "img", "aria-label": words }, ...fanPaths(fan, fan.most, nowMs, 0)));
  };

  const fact = (words, value) => element("div", {}, element("dt", {}, words), element("dd", {}, value));

  const showUser = ({ user, tier, policy, reserved, used, demanded, instances }, latest, said) => {
    const one = ({ instance, app, phase, node, requests }) => element("li", {},
      "instance ", element("b", {}, instance), " of ", element("b", {}, app), ", " + (WORDS.phases[phase] ?? phase),
      node === null ? null : " on " + node, requests.length === 0 ? ", idle" : ", runs " + requests.join(", "));
    const fans = Object.keys(RESOURCES).map((key) => userFan(said, key)).filter((fan) => fan !== null);
    byId("user-found").replaceChildren(
      element("h3", {}, user),
      element("dl", {}, fact("tier", tier), fact("policy", policy ?? "none"), fact("used", amount(used)), fact("reserved", amount(reserved)), fact("demanded", amount(demanded))),
      whyPart(user),
      element("h3", {}, "Instances"),
      instances.length === 0 ? element("p", { class: "note" }, "none") : element("ul", {}, ...instances.map(one)),
      ...(fans.length === 0 ? [] : [element("h3", {}, "Forecast"), ...fans]),
      element("h3", {}, "Last decisions"),
      latest.length === 0 ? element("p", { class: "note" }, "none") : element("ol", { class: "decisions" }, ...latest.map(line)));
  };

  /** The one that is being looked up, or is shown. */
  let lookedUp = null;

  /** @param decision of which it is asked why at once; null: none. */
  const findUser = async (user, decision = null) => {
    const mine = (lookedUp = {});
    forgetWhy();
    byId("user").value = user;
    const say = (text) => (byId("user-status").textContent = text);
    say("Looking up …");
    try {
      const name = encodeURIComponent(user);
      const [found, { decisions }, { forecast }] = await Promise.all([
        ask("v1/users/" + name), ask("v1/decisions?limit=10&user=" + name), ask("v1/users/" + name + "/forecast"),
      ]);
      if (lookedUp !== mine) return;
      showUser(found, decisions, forecast);
      say("As of " + clock(Date.now()) + ".");
      byId("user-found").closest("section").scrollIntoView({ block: "nearest" });
      byId("user-found").focus({ preventScroll: true });
      if (decision !== null) askWhy(user, decision, "start");
    } catch (error) {
      if (lookedUp !== mine) return;
      byId("user-found").replaceChildren();
      if (error.status === 401) return leave(error.message);
      say(error.status === undefined ? "The server cannot be reached." : "Nothing to show: " + error.message + ".");
    }
  };

  const startUser = () => {
    byId("find").addEventListener("submit", (event) => {
      event.preventDefault();
      const user = byId("user").value.trim();
      if (user !== "") findUser(user);
    });
  };
`;
