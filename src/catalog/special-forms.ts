/** Calls that the binder knows by name before any function: no function of the user's own can have their names. */
export const SPECIAL_FORMS: ReadonlySet<string> = new Set([
  "coalesce",
  "ifnull",
  "nullif",
  "if",
  "unnest",
  "unlist",
  "grouping",
  "grouping_id",
]);
