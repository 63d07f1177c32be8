/** Elements and numbers. Whatever comes from outside becomes text, never markup. */
export const BASICS = `
  const SVG = "http://www.w3.org/2000/svg";
  const byId = (id) => document.getElementById(id);
  const fill = (made, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
    made.append(...children.filter((child) => child !== null).map((child) => (child instanceof Node ? child : String(child))));
    return made;
  };
  const element = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  const drawing = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
  const number = (value) =>
    value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0 });
  const clock = (atMs) => new Date(atMs).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  /** The time, and the day where it is not today. */
  const instant = (atMs) => {
    const day = (ms) => new Date(ms).toLocaleDateString([], { year: "numeric", month: "short", day: "numeric" });
    return (day(atMs) === day(Date.now()) ? "" : day(atMs) + ", ") + clock(atMs);
  };

  const memory = (largestMiB) => (largestMiB >= 4194304 ? [1048576, "TiB"] : largestMiB >= 1024 ? [1024, "GiB"] : [1, "MiB"]);
  /** What a resource is called, and the unit in which the largest of its amounts is read best. */
  const RESOURCES = {
    cpuMillis: { name: "CPU", unitOf: () => [1000, "cores"] },
    memoryMiB: { name: "Memory", unitOf: memory },
    gpuMillis: { name: "GPU", unitOf: () => [1000, "GPUs"] },
    networkKbps: { name: "Network", unitOf: (kbps) => (kbps >= 10000000 ? [1000000, "Gbit/s"] : [1000, "Mbit/s"]) },
  };
  /** "2 cores, 4 GiB": what of an amount is above zero. */
  const amount = (resources) => {
    const parts = Object.entries(RESOURCES).flatMap(([key, { unitOf }]) => {
      const value = resources[key] ?? 0;
      if (value === 0) return [];
      const [scale, unit] = unitOf(value);
      const shown = value / scale;
      return [number(shown) + " " + (shown === 1 ? unit.replace(/(core|GPU)s$/, "$1") : unit)];
    });
    return parts.length === 0 ? "nothing" : parts.join(", ");
  };
`;
