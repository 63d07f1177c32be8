/** Unpacks the users' series (users/compact.ts) and adds up parts of them. */
export const USERS_DATA = String.raw`
  const inflate = async (base64) => {
    const text = atob(base64);
    const packed = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i += 1) packed[i] = text.charCodeAt(i);
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };

  const readUsers = async () => {
    const header = JSON.parse(document.getElementById("users-header").textContent);
    const { users, fine, factor, bins, policies, measures, topLevel, scaleSteps, scaleZero, nameBytes } = header;
    const bytes = await inflate(document.getElementById("users-data").textContent);
    const names = ["all users", ...new TextDecoder().decode(bytes.subarray(0, nameBytes)).split("\n")];
    const tierOf = bytes.subarray(nameBytes, nameBytes + users - 1);
    const rows = measures.length * users * policies;
    const scales = bytes.subarray(nameBytes + users - 1, nameBytes + users - 1 + rows);
    const unit = new Float64Array(rows);
    const start = new Int32Array(rows).fill(-1);
    let next = nameBytes + users - 1 + rows;
    for (let row = 0; row < rows; row += 1) {
      if (scales[row] === 0) continue;
      unit[row] = 2 ** ((scales[row] - scaleZero) / scaleSteps) / (topLevel * topLevel);
      start[row] = next;
      next += Math.floor(row / policies) % users < fine ? bins : Math.ceil(bins / factor);
    }

    // Adds sign × what bins [from, to) hold to groups of so many of them.
    const add = (measure, user, policy, from, to, group, sums, sign) => {
      const row = (measures.indexOf(measure) * users + user) * policies + policy;
      if (!(start[row] >= 0)) return;
      const own = user < fine ? 1 : factor;
      for (let bin = Math.floor(from / own); bin * own < to; bin += 1) {
        const level = bytes[start[row] + bin];
        if (level === 0) continue;
        const end = Math.min((bin + 1) * own, bins);
        const each = (level * level * unit[row] * sign) / (end - bin * own);
        for (let at = Math.max(bin * own, from); at < Math.min(end, to); at += 1) sums[Math.floor((at - from) / group)] += each;
      }
    };
    const addAll = ({ plus, minus }, user, policy, from, to, group, sums) => {
      for (const measure of plus) add(measure, user, policy, from, to, group, sums, 1);
      for (const measure of minus) add(measure, user, policy, from, to, group, sums, -1);
      for (let at = 0; at < sums.length; at += 1) if (sums[at] < 0) sums[at] = 0;
      return sums;
    };
    // The last bin may be shorter.
    const hoursOf = (group, index, from, to) => {
      const first = from + index * group;
      const endMs = Math.min(Math.min(first + group, to) * header.binMs, header.toMs - header.fromMs);
      return (endMs - first * header.binMs) / 3600000;
    };

    // Of a view: its sum over bins [from, to); with "per", that sum by the sum of another measure.
    const sumOf = (view, user, policy, from, to) => addAll(view, user, policy, from, to, bins, new Float64Array(1))[0];
    const meanOf = (view, user, policy, from, to) => {
      if (view.per === null) return sumOf(view, user, policy, from, to);
      const by = sumOf({ plus: [view.per], minus: [] }, user, policy, from, to);
      return by === 0 ? 0 : sumOf(view, user, policy, from, to) / by / view.one;
    };
    // By groups of bins: an hour's worth; with "per", by the other measure.
    const ratesOf = (view, user, policy, from, to, group) => {
      const groups = Math.ceil((to - from) / group);
      const sums = addAll(view, user, policy, from, to, group, new Float64Array(groups));
      if (view.per === null) return sums.map((sum, index) => sum / hoursOf(group, index, from, to));
      const by = addAll({ plus: [view.per], minus: [] }, user, policy, from, to, group, new Float64Array(groups));
      return sums.map((sum, index) => (by[index] === 0 ? 0 : sum / by[index] / view.one));
    };
    return { ...header, names, tierOf, sumOf, meanOf, ratesOf };
  };
`;
