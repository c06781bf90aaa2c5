const UNIT_MICROS: Readonly<Record<string, number>> = {
  us: 1,
  microsecond: 1,
  ms: 1e3,
  millisecond: 1e3,
  s: 1e6,
  sec: 1e6,
  second: 1e6,
  m: 6e7,
  min: 6e7,
  minute: 6e7,
  h: 36e8,
  hour: 36e8,
  d: 864e8,
  day: 864e8,
};

/** Microseconds of a length of time: '10 seconds', '1m30s', '500 ms', '1 hour 5 minutes'. undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const part = /\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*/iy;
  let total = 0;
  let at = 0;
  while (at < text.length) {
    part.lastIndex = at;
    const match = part.exec(text);
    if (match === null) return undefined;
    const name = match[2].toLowerCase();
    const unit = UNIT_MICROS[name] ?? UNIT_MICROS[name.replace(/s$/, "")];
    if (unit === undefined) return undefined;
    total += Number(match[1]) * unit;
    at = part.lastIndex;
  }
  return at === 0 ? undefined : Math.round(total);
}
