/** How an exponential smoothing model combines its parts; A additive, M multiplicative, N none, Ad additive damped. */
export interface EtsSpec {
  readonly error: "A" | "M";
  readonly trend: "N" | "A" | "Ad";
  readonly season: "N" | "A" | "M";
}

/** As the textbook writes it: "ETS(M,Ad,A)". */
export function etsName(spec: EtsSpec): string {
  return `ETS(${spec.error},${spec.trend},${spec.season})`;
}

/** A specification in which a part may be left to the selection: Z. The trend says whether it may be damped. */
export interface EtsPattern {
  readonly error: "A" | "M" | "Z";
  readonly trend: "N" | "A" | "Ad" | "Z";
  readonly season: "N" | "A" | "M" | "Z";
}

/**
 * Reads "AAN", "MAdM", "ZZZ", "ETS(A,Ad,N)".
 *
 * @throws RangeError where the text is none of them.
 */
export function parseEtsPattern(text: string): EtsPattern {
  const match = /^(?:ETS)?\(?([AMZ]),?(N|Ad?|Z),?([NAMZ])\)?$/i.exec(text.trim());
  if (match === null) {
    throw new RangeError(
      `an ETS model is three letters such as AAN, MAdM or ZZZ: error (A, M, Z), trend (N, A, Ad, Z), season (N, A, M, Z); not '${text}'`,
    );
  }
  const trend = match[2].toUpperCase();
  return {
    error: match[1].toUpperCase() as EtsPattern["error"],
    trend: trend === "AD" ? "Ad" : (trend as EtsPattern["trend"]),
    season: match[3].toUpperCase() as EtsPattern["season"],
  };
}

/** The stable models that fit a pattern: all but additive errors with a multiplicative season, unless the pattern asks for them. */
export function etsCandidates(pattern: EtsPattern): EtsSpec[] {
  const errors = pattern.error === "Z" ? (["A", "M"] as const) : [pattern.error];
  const trends = pattern.trend === "Z" ? (["N", "A", "Ad"] as const) : [pattern.trend];
  const seasons = pattern.season === "Z" ? (["N", "A", "M"] as const) : [pattern.season];
  const asked = pattern.error === "A" && pattern.season === "M";
  return errors.flatMap((error) =>
    trends.flatMap((trend) =>
      seasons.filter((season) => asked || !(error === "A" && season === "M")).map((season) => ({ error, trend, season })),
    ),
  );
}
