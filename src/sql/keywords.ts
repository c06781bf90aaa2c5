/** The words of the language, in the four classes of PostgreSQL's and DuckDB's grammars. All lower case. */

/** Never a name without quotes, but after AS and after a point. */
const RESERVED = `
  all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default deferrable
  desc describe distinct do else end except false fetch for foreign from group having in initially intersect into lambda lateral
  leading limit not null offset on only or order pivot pivot_longer pivot_wider placing primary qualify references returning
  select show some summarize symmetric table then to trailing true union unique unpivot using variadic when where window with
`;

/** May name a function or a type, not a column or a table. */
const TYPE_OR_FUNCTION = `
  anti asof at authorization binary by collation columns concurrently cross freeze full generated glob ilike inner is isnull join
  left like map natural notnull outer overlaps positional right semi similar struct tablesample try_cast unpack verbose
`;

/** May name a column or a table, not a function: these have a syntax of their own before a parenthesis. */
const COLUMN_NAME = `
  between bigint bit boolean char character coalesce dec decimal exists extract float grouping grouping_id inout int integer
  interval national nchar none nullif numeric out overlay position precision real row setof smallint substring time timestamp
  treat trim values varchar xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
  xmlserialize xmltable
`;

/** May name anything. */
const UNRESERVED = `
  abort absolute access action add admin after aggregate also alter always assertion assignment attach attribute backward before
  begin cache call called cascade cascaded catalog centuries century chain characteristics checkpoint class close cluster comment
  comments commit committed compression configuration conflict connection constraints content continue conversion copy cost csv
  cube current cursor cycle data database day days deallocate decade decades declare defaults deferred definer delete delimiter
  delimiters depends detach dictionary disable discard document domain double drop each enable encoding encrypted enum error
  escape event exclude excluding exclusive execute explain export export_state extension extensions external family filter first
  following force forward function functions global grant granted groups handler header hold hour hours identity if ignore
  immediate immutable implicit import include including increment index indexes inherit inherits inline input insensitive insert
  install instead invoker isolation json key label language large last leakproof level listen load local location lock locked
  logged macro mapping match matched materialized maxvalue merge method microsecond microseconds millennia millennium millisecond
  milliseconds minute minutes minvalue mode month months move name names new next no nothing notify nowait nulls object of off
  oids old operator option options ordinality others over overriding owned owner parallel parser partial partition partitioned
  passing password percent persistent plans policy pragma preceding prepare prepared preserve prior privileges procedural
  procedure program publication quarter quarters quote range read reassign recheck recursive ref referencing refresh reindex
  relative release rename repeatable replace replica reset respect restart restrict returns revoke role rollback rollup rows rule
  sample savepoint schema schemas scope scroll search second seconds secret security sequence sequences serializable server
  session set sets share simple skip snapshot sorted source sql stable standalone start statement statistics stdin stdout storage
  stored strict strip subscription sysid system tables tablespace target temp template temporary text ties transaction transform
  trigger truncate trusted type types unbounded uncommitted unencrypted unknown unlisten unlogged until update use user vacuum
  valid validate validator value variable varying version view views virtual volatile week weeks whitespace within without work
  wrapper write xml year years yes zone
`;

/** Words that mean something in one place only and are plain names elsewhere: no class. */
const CONTEXTUAL = `
  allowed buffer calendar changes connector connectors count cumulate descriptor earliest emit every exclude final fill follow hop job
  jobs lateness latest linear match_condition model models observation output pack packs pause prev profile queries record replay resume retain session settings show
  sliding starting state stop stream streams system_time tables tolerance topics tumble tumbling verify views watermark
`;

/** Functions of the standard that are called without parentheses. */
export const BARE_FUNCTIONS: ReadonlySet<string> = new Set([
  "current_date",
  "current_time",
  "current_timestamp",
  "localtime",
  "localtimestamp",
]);

export type KeywordClass = "reserved" | "typeOrFunction" | "columnName" | "unreserved";

const words = (block: string): string[] => block.trim().split(/\s+/);

const CLASSES: ReadonlyMap<string, KeywordClass> = new Map<string, KeywordClass>([
  ...words(RESERVED).map((word): [string, KeywordClass] => [word, "reserved"]),
  ...words(TYPE_OR_FUNCTION).map((word): [string, KeywordClass] => [word, "typeOrFunction"]),
  ...words(COLUMN_NAME).map((word): [string, KeywordClass] => [word, "columnName"]),
  ...words(UNRESERVED).map((word): [string, KeywordClass] => [word, "unreserved"]),
]);

/** Every word that the grammar knows, lower case, sorted: for highlighting and for "did you mean". */
export const KEYWORDS: readonly string[] = [...new Set([...CLASSES.keys(), ...words(CONTEXTUAL)])].sort();

/** Undefined for a word that is no keyword. `word` is lower case. */
export function keywordClass(word: string): KeywordClass | undefined {
  return CLASSES.get(word);
}

/** Whether an unquoted word can stand for a column or a table. */
export function canNameColumn(word: string): boolean {
  const found = CLASSES.get(word);
  return found === undefined || found === "unreserved" || found === "columnName";
}

/**
 * Whether an unquoted word before a parenthesis can be a function. Those that name columns only count too: `coalesce`, `substring` and
 * their kin have a syntax of their own in the standard, and a plain one here.
 */
export function canNameFunction(word: string): boolean {
  return CLASSES.get(word) !== "reserved";
}

/** Whether an unquoted word can be an alias without AS. */
export function canBeBareAlias(word: string): boolean {
  const found = CLASSES.get(word);
  return found === undefined || found === "unreserved";
}

/** Whether a name of plain letters must still be quoted to be read back as a name in every position. */
export function needsQuotes(word: string): boolean {
  const found = CLASSES.get(word);
  return found !== undefined && found !== "unreserved";
}
