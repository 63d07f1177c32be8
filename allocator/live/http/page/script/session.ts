/** From a token to a page that keeps up: asks for the fleet every two seconds, for a candidate every five, and follows the decisions. */
export const SESSION = `
  const POLL_MS = 2000;
  const FORECAST_POLL_MS = 20000;
  const STAGE_POLL_MS = 5000;
  const LONGEST_PAUSE_MS = 30000;
  let session = null;
  let followed = false;

  const say = (state, text) => {
    byId("status").dataset.state = state;
    byId("status").textContent = text;
  };
  const sleep = (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
    });

  /** Nothing of what was shown stays. */
  const leave = (message) => {
    sessionStorage.removeItem(TOKEN);
    session?.abort();
    session = null;
    history.length = 0;
    forecast = null;
    decisions = [];
    for (const id of ["facts", "cards", "decisions", "rungs", "guardrails", "kinds", "user-found", "measures", "candidate-stage", "candidate-why", "observed-since"]) byId(id).replaceChildren();
    lookedUp = null;
    forgetWhy();
    byId("user").value = "";
    byId("user-status").textContent = "";
    byId("policy").textContent = "";
    byId("fleet").hidden = true;
    byId("leave").hidden = true;
    byId("enter").hidden = false;
    byId("refused").textContent = message;
    say("none", "no token");
    byId("token").focus();
  };

  const watchFleet = async (signal) => {
    let seenMs = Date.now();
    let forecastMs = 0;
    let stageMs = 0;
    while (!signal.aborted) {
      if (document.visibilityState === "visible") {
        try {
          const fleet = await ask("v1/fleet");
          if (Date.now() - forecastMs > FORECAST_POLL_MS) {
            forecast = (await ask("v1/fleet/forecast")).forecast;
            forecastMs = Date.now();
          }
          if (Date.now() - stageMs > STAGE_POLL_MS) {
            const stage = await ask("v1/stage");
            if (signal.aborted) return;
            showStage(stage);
            stageMs = Date.now();
          }
          if (signal.aborted) return;
          seenMs = Date.now();
          showFleet(fleet);
          byId("now").classList.remove("stale");
          if (followed) say("live", "live");
        } catch (error) {
          if (signal.aborted) return;
          if (error.status === 401) return leave("The server takes it no longer: " + error.message + ".");
          if (error.status === 403) return onlyUsers(error.message);
          byId("now").classList.add("stale");
          say("away", "not reached since " + clock(seenMs) + ", trying again");
        }
      }
      await sleep(POLL_MS, signal);
    }
  };

  /** The token speaks for some users alone: of the fleet it is told nothing. */
  const onlyUsers = (message) => {
    byId("now").hidden = true;
    byId("not-fleet").hidden = false;
    byId("not-fleet").textContent = "No view of the fleet: " + message + ". Decisions and users that it speaks for are shown.";
  };

  const watchDecisions = async (signal) => {
    for (let pauseMs = 1000; !signal.aborted; ) {
      try {
        await follow("v1/events", signal, () => {
          pauseMs = 1000;
          followed = true;
          say("live", "live");
          catchUp();
        }, takeDecision);
      } catch (error) {
        if (signal.aborted) return;
        if (error.status === 401) return leave("The server takes it no longer: " + error.message + ".");
      }
      followed = false;
      if (signal.aborted) return;
      say("away", "connection lost, trying again");
      await sleep(pauseMs, signal);
      pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
    }
  };

  /** What was decided before the stream began, or while it was cut. */
  const catchUp = async () => {
    try {
      const { decisions: listed } = await ask("v1/decisions?limit=" + KEPT);
      const known = new Set(listed.map(({ token }) => token));
      decisions = [...decisions.filter(({ token, atMs }) => !known.has(token) && atMs >= (listed[0]?.atMs ?? 0)), ...listed];
      drawDecisionsSoon();
    } catch {
      // The stream has them from here on; what is missing comes when it is opened again.
    }
  };

  const enter = async (token) => {
    sessionStorage.setItem(TOKEN, token);
    say("none", "asking");
    try {
      await ask("v1/decisions?limit=1");
    } catch (error) {
      return leave(error.status === undefined ? "The server cannot be reached." : "Refused: " + error.message + ".");
    }
    byId("enter").hidden = true;
    byId("refused").textContent = "";
    byId("token").value = "";
    byId("fleet").hidden = false;
    byId("leave").hidden = false;
    byId("now").hidden = false;
    byId("not-fleet").hidden = true;
    session = new AbortController();
    watchFleet(session.signal);
    watchDecisions(session.signal);
  };

  byId("give").addEventListener("submit", (event) => {
    event.preventDefault();
    const token = byId("token").value.trim();
    if (/^[\\x21-\\x7e]+$/.test(token)) enter(token);
    else byId("refused").textContent = "A token has printable characters without spaces.";
  });
  byId("leave").addEventListener("click", () => leave(""));
  startDecisions();
  startUser();
  if (tokenOf() === null) leave("");
  else enter(tokenOf());
  document.documentElement.dataset.ready = "true";
`;
