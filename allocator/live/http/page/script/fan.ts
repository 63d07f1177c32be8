/** What a forecast says of one resource from now on: an area between its lowest and highest level, and a line in the middle. */
export const FAN = `
  const WIDTH = 600;
  const HEIGHT = 100;
  const yOf = (most) => (value) => (HEIGHT - (HEIGHT - 4) * (value / most)).toFixed(1);

  const levelWords = ({ levelsPpm }) => {
    const [least, most] = [levelsPpm[0], levelsPpm[levelsPpm.length - 1]].map((ppm) => number(ppm / 10000) + " %");
    return least === most ? "the level " + most : "between the levels " + least + " and " + most;
  };

  /** null: it says nothing of that, or of now. */
  const fanOf = (said, key, nowMs) => {
    if (said === null || said.levelsPpm.length === 0) return null;
    const { firstStepMs, stepMs, levelsPpm, amounts } = said;
    const middle = levelsPpm.reduce((best, ppm, at) => (Math.abs(ppm - 500000) < Math.abs(levelsPpm[best] - 500000) ? at : best), 0);
    const steps = amounts[key].map((values, at) => ({
      fromMs: Math.max(nowMs, firstStepMs + at * stepMs), toMs: firstStepMs + (at + 1) * stepMs,
      low: values[0], middle: values[middle], high: values[values.length - 1],
    })).filter(({ toMs }) => toMs > nowMs);
    const most = Math.max(0, ...steps.map(({ high }) => high));
    return most === 0 ? null : { steps, most, endMs: steps[steps.length - 1].toMs };
  };

  /** Drawn from x = nowX to the right edge. */
  const fanPaths = ({ steps, endMs }, most, nowMs, nowX) => {
    const x = (atMs) => (nowX + ((WIDTH - nowX) * (atMs - nowMs)) / (endMs - nowMs)).toFixed(1);
    const y = yOf(most);
    const along = (of) => steps.map((step) => x(step.fromMs) + " " + y(step[of]) + "L" + x(step.toMs) + " " + y(step[of])).join("L");
    const back = [...steps].reverse().map((step) => x(step.toMs) + " " + y(step.low) + "L" + x(step.fromMs) + " " + y(step.low)).join("L");
    return [drawing("path", { class: "area-forecast", d: "M" + along("high") + "L" + back + "Z" }), drawing("path", { class: "line line-forecast", d: "M" + along("middle") })];
  };
`;
