const UNITS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * How many whole `unit`s a Kubernetes quantity is, rounded down: `("1500m", 0.001)` is 1500, `("2Gi", 2 ** 20)` is 2048.
 * What is not a quantity, or is negative, is 0: the API server sends neither.
 */
export function wholeUnits(quantity: string | undefined, unit: number): number {
  return rounded(quantity, unit, Math.floor);
}

/** Likewise, rounded up: so many hold all of it. */
export function unitsFor(quantity: string | undefined, unit: number): number {
  return rounded(quantity, unit, Math.ceil);
}

function rounded(quantity: string | undefined, unit: number, round: (amount: number) => number): number {
  const match = /^\+?(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(quantity ?? "");
  if (match === null) return 0;
  const [, digits, exponent = "", suffix = ""] = match;
  const amount = (Number(`${digits}${exponent}`) * (UNITS[suffix] as number)) / unit;
  // Decimal fractions are not exact in binary: 0.3 of a core is 300 thousandths, not 299.
  const nearest = Math.round(amount);
  return Math.min(Number.MAX_SAFE_INTEGER, Math.abs(amount - nearest) <= nearest * 1e-12 ? nearest : round(amount));
}
