/** Brings the parts of the users' section together: one policy, one measure, one range, one user are chosen. */
export const USERS = `
  const startUsers = async () => {
    const section = document.getElementById("users");
    if (section === null) return;
    if (typeof DecompressionStream === "undefined") {
      document.getElementById("heat-text").textContent = "This browser is too old to unpack the users' series.";
      return;
    }
    const users = await readUsers();
    const [policySelect, viewSelect] = ["heat-policy", "heat-view"].map((id) => document.getElementById(id));
    const [fromInput, toInput] = ["range-from", "range-to"].map((id) => document.getElementById(id));
    const fleet = document.getElementById("fleet");
    let chosen = 0;
    const heat = () => drawHeatMap(users, users.views[viewSelect.value], Number(policySelect.value), chosen, choose);
    const choose = (user) => {
      chosen = user;
      heat();
      drawUser(users, user);
      document.getElementById("heat-user-" + user)?.scrollIntoView({ block: "nearest" });
    };

    const drawFleet = () => {
      const { layers } = users.strips[0];
      const group = Math.ceil(users.bins / 400);
      const drawn = layers.map(({ view, color }) => ({ color, values: users.ratesOf(view, 0, Number(policySelect.value), 0, users.bins, group) }));
      const shade = element("div", "", { class: "shade" });
      fleet.replaceChildren(stripSvg(drawn, largest(drawn.map(({ values }) => values)) || 1), shade, timeAxis(users, 0, users.bins));
    };
    const showRange = () => {
      const [from, to] = shownBins(users);
      const shade = fleet.querySelector(".shade");
      shade.hidden = from === 0 && to === users.bins;
      shade.style.left = (from / users.bins) * 100 + "%";
      shade.style.width = ((to - from) / users.bins) * 100 + "%";
      fromInput.value = from;
      toInput.value = to;
      for (const input of [fromInput, toInput]) input.setAttribute("aria-valuetext", users.unit.name + " " + timeText(users, Number(input.value)));
      document.getElementById("range-text").textContent = from === 0 && to === users.bins ? "the whole window" :
        users.unit.name + " " + timeText(users, from) + " to " + timeText(users, to);
      document.getElementById("range-whole").disabled = from === 0 && to === users.bins;
    };

    for (const input of [fromInput, toInput]) {
      input.max = users.bins;
      input.addEventListener("input", () => {
        const [from, to] = [Number(fromInput.value), Number(toInput.value)];
        if (from < to) setRange(from * users.binMs, to * users.binMs);
        else if (input === fromInput) setRange((to - 1) * users.binMs, to * users.binMs);
        else setRange(from * users.binMs, (from + 1) * users.binMs);
      });
    }
    document.getElementById("range-whole").addEventListener("click", () => setRange(0, Infinity));
    brushOn(fleet, (clientX) => {
      const box = fleet.getBoundingClientRect();
      return Math.max(0, Math.min(1, (clientX - box.left) / box.width)) * users.bins * users.binMs;
    });
    policySelect.addEventListener("change", () => {
      drawFleet();
      showRange();
      heat();
    });
    viewSelect.addEventListener("change", heat);
    onRange(() => {
      showRange();
      heat();
      drawUser(users, chosen);
    });
    let width = section.clientWidth;
    addEventListener("resize", () => {
      if (section.clientWidth === width) return;
      width = section.clientWidth;
      heat();
      drawUser(users, chosen);
    });
    document.getElementById("show-all-users").addEventListener("click", () => choose(0));
    startSearch(users, choose);
    drawFleet();
    showRange();
    chosen = heat()[0] ?? 0;
    heat();
    drawUser(users, chosen);
  };
`;
