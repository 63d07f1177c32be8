import { test } from "uvu";
import * as assert from "uvu/assert";
import { codeOnly, filesIn, read } from "../support/source-text.ts";

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
}

const RANDOM: Ban = { what: "Math.random: draw from a named random stream", pattern: /\bMath\s*\.\s*random\b/ };
/** ECMAScript fixes the bits of these, and not of exp, log, pow, sin and the like. */
const INEXACT: Ban = {
  what: "Math outside + − × ÷ √: its bits differ between engines; use allocator/core/math.ts",
  pattern: /\bMath\b(?!\s*\.\s*(?:abs|ceil|clz32|floor|fround|imul|max|min|round|sign|sqrt|trunc|[A-Z][A-Z\d]*(?:_\d)?)\b)/,
};
/** A literal power of two and a power of a BigInt are exact. */
const POWER: Ban = {
  what: "**: its bits differ between engines",
  pattern: /(?<!\b2 )\*\*(?! BigInt\()|\*\*(?! (?:\d+\b(?!\.)|BigInt\())/,
};
const CLOCK: Ban = {
  what: "the clock",
  pattern: /\bDate\s*\.\s*now\b|\bnew\s+Date\b(?!\s*\(\s*[^\s)])|(?<!\bnew\s+)(?<![.\w])Date\s*\(|\bhrtime\b/,
};
const STOPWATCH: Ban = {
  what: "performance.now: only where a run's environment is recorded",
  pattern: /(?<![.\w])performance\b/,
};
const DATES: Ban = { what: "Date", pattern: /(?<![.\w])Date\b/ };
const WAITING: Ban = {
  what: "waiting: the core is a function",
  pattern: /(?<![.\w])(?:async|await|Promise|setTimeout|setInterval|setImmediate|queueMicrotask)\b/,
};
const WORLD: Ban = { what: "the world outside", pattern: /(?<![.\w])(?:process|console|globalThis|fetch|crypto)\b/ };
const LOCALE: Ban = { what: "the locale", pattern: /\bIntl\b|\blocaleCompare\b|\btoLocale\w*/ };

const CORE = [INEXACT, POWER, DATES, STOPWATCH, WAITING, WORLD, LOCALE];
const REPLAYED = [INEXACT, POWER, CLOCK, STOPWATCH, LOCALE];
const ANYWHERE = [RANDOM];

/** The first whose prefix a path has. */
const RULES: readonly { readonly prefix: string; readonly bans: readonly Ban[] }[] = [
  { prefix: "allocator/core/", bans: CORE },
  { prefix: "allocator/live/", bans: ANYWHERE },
  { prefix: "allocator/", bans: REPLAYED },
  // Whether a time zone exists is asked of the platform; what it says reaches no number.
  { prefix: "datasets/laws.ts", bans: REPLAYED.filter((ban) => ban !== LOCALE) },
  { prefix: "datasets/", bans: REPLAYED },
  { prefix: "sim/cli/", bans: ANYWHERE },
  { prefix: "sim/", bans: REPLAYED },
  { prefix: "reports/", bans: [RANDOM, CLOCK, STOPWATCH] },
];

/** "path:line what" for each banned call. */
function violations(path: string, source: string): string[] {
  const bans = RULES.find(({ prefix }) => path.startsWith(prefix))?.bans ?? ANYWHERE;
  const code = codeOnly(source);
  return bans.flatMap(({ what, pattern }) =>
    [...code.matchAll(new RegExp(pattern, "g"))].map(({ index }) => `${path}:${code.slice(0, index).split("\n").length} ${what}`),
  );
}

test("nothing that is replayed makes a banned call", () => {
  const files = filesIn(["allocator", "datasets", "models", "sim", "reports"], [".ts"]);
  assert.ok(files.length > 10);
  assert.equal(
    files.flatMap((path) => violations(path, read(path))),
    [],
  );
});

test("each banned call is caught in the core", () => {
  const snippets = [
    `const x = Math.random();`,
    `const x = 1;\nconst { exp } = Math;`,
    `const x = Math.exp(1);`,
    `const x = Math.log(1);`,
    `const x = Math.pow(2, 3);`,
    `const x = Math.sin(1) + Math.floor(1);`,
    `const x = 2 ** 0.5;`,
    `const x = y ** 2;`,
    `const x = 2 ** y;`,
    `const now = Date.now();`,
    `const now = new Date(0);`,
    `const now = performance.now();`,
    `async function step() {}`,
    `await next();`,
    `return Promise.resolve();`,
    `setTimeout(step, 1);`,
    `process.exit(1);`,
    `console.log("x");`,
    `names.sort((a, b) => a.localeCompare(b));`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the snippet is a template
    "const x = `${Math.random()}`;",
    `const a = b / c; const x = Math.exp(1); const d = e / f;`,
  ];
  for (const snippet of snippets) assert.is(violations("allocator/core/x.ts", snippet).length, 1, snippet);
});

test("the simulator and the generators may not read the clock, draw at random or use inexact functions", () => {
  const snippets = [
    `Date.now()`,
    `new Date()`,
    `new Date`,
    `Date()`,
    `performance.now()`,
    `Math.random()`,
    `Math.cos(1)`,
    `2 ** x`,
    `process.hrtime()`,
  ];
  for (const snippet of snippets) {
    assert.is(violations("sim/cluster/cluster.ts", snippet).length, 1, snippet);
    assert.is(violations("datasets/synthetic/users.ts", snippet).length, 1, snippet);
  }
  assert.equal(violations("sim/cluster/cluster.ts", `const day = new Date(\n  atMs,\n).getUTCDay(); await write();`), []);
  assert.is(violations("sim/cli/quickstart.ts", `Math.random()`).length, 1);
});

test("comments, strings, properties and longer names are no calls", () => {
  const source = `
    // Date.now() and Math.exp are banned here
    /* await Promise; */
    /** a ** b */
    const update = because.process + request.Date + updateDates(validate);
    const text = "Math.random() " + 'process' + \`console \${add(1, 2)} Date\`;
    const pattern = /["'] Math.exp/;
    const x = Math.floor(Math.sqrt(2)) + Math.max(1, 2) + Math.LOG2E + Math.SQRT1_2 + 2 ** 32 - 1;
  `;
  assert.equal(violations("allocator/core/x.ts", source), []);
});

test.run();
