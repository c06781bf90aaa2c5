import { afterAll, beforeAll, expect, test } from "vitest";
import { valueReader } from "../../src/core/read.ts";
import { Session } from "../../src/session.ts";
import { duckdb } from "./harness.ts";

/** Functions over columns, through the whole engine: batches with NULLs, values beyond 2^53, repeated text. */

const session = new Session({ threads: 1, timeZone: "UTC", now: () => 1_700_000_000_000_000 });

const TABLE = `CREATE TABLE t AS SELECT * FROM (VALUES
  (1, 'hello', 1::BIGINT, 1.5::DOUBLE, 1.25::DECIMAL(10,2), TIMESTAMP '2021-05-17 12:34:56.789', DATE '2021-05-17', TIMESTAMPTZ '2021-05-17 02:34:56+00', INTERVAL '1 month 3 days', [3, 1, NULL], '{"a":{"b":[1,"x"]}}', TIME '12:34:56'),
  (-2, 'héllo wörld', 9007199254740993, -0.5, -99.99, TIMESTAMP '1969-12-31 23:59:59.5', DATE '1969-12-31', TIMESTAMPTZ '1969-12-31 23:59:59+00', INTERVAL '-90 minutes', [], '[1,2.50,null]', TIME '00:00:00'),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (7, '👍 a,b,c', -9223372036854775807, 'inf', 0, TIMESTAMP '9999-12-31 23:59:59.999999', DATE '9999-12-31', TIMESTAMPTZ '9999-12-31 00:00:00+00', INTERVAL '0 days', [9, 9], '{"a":12345678901234567890123}', TIME '23:59:59.999999'),
  (0, 'hello', 0, 'nan', 12345678.90, TIMESTAMP '2000-02-29 00:00:00', DATE '2000-02-29', TIMESTAMPTZ '2000-02-29 12:00:00+00', INTERVAL '250 years', [NULL], '"text"', TIME '01:02:03.5'),
  (5, '', 42, 2.5, 2.50, TIMESTAMP '2021-05-17 12:34:57', DATE '2021-05-18', TIMESTAMPTZ '2021-05-17 02:35:00+00', INTERVAL '25 hours', [1, 2, 3, 4], 'null', TIME '10:00:00')
) AS v(i, s, b, d, c, ts, dt, tz, iv, l, j, tm)`;

const EXPRESSIONS =
  `abs(i); abs(b); abs(d); abs(c); sign(b); sign(c); floor(d); ceil(c); round(d); round(c, 1); round(i, -1); trunc(c); greatest(i, b); least(b, d); greatest(ts, dt); bit_count(i); bit_count(b); gcd(b, 6); even(d); isnan(d); pow(i, 2); fdiv(i, 2); degrees(d)
lower(s); upper(s); length(s); strlen(s); substring(s, 2, 3); left(s, i); right(s, b); reverse(s); trim(s); lpad(s, 8, '*'); replace(s, 'l', 'L'); strpos(s, 'l'); split(s, ','); split_part(s, ',', 2); s LIKE 'h%o'; s LIKE '%l_o%'; s ILIKE 'H%'; s NOT LIKE '%a%'; s LIKE s; concat(s, i, b); concat_ws('-', s, i, NULL, dt); repeat(s, 2); contains(s, 'l'); starts_with(s, 'h'); md5(s); hex(s); hex(b); bin(i); levenshtein(s, 'hello'); ascii(s); translate(s, 'hl', 'HL'); format('{}|{:>5}', s, i); format('{:,}', b); printf('%d', b); format_bytes(b); to_base(abs(i), 2); url_encode(s); typeof(b); s[2:3]; s[1]
regexp_matches(s, 'l+'); regexp_replace(s, 'l', 'L', 'g'); regexp_extract(s, '(h)(.)', 2); regexp_extract_all(s, 'l'); regexp_split_to_array(s, '[ ,]'); s SIMILAR TO 'h.*'; regexp_extract(s, '(h)(.)', ['x', 'y']); regexp_matches(s, s)
date_trunc('day', ts); date_trunc('month', ts); date_trunc('week', ts); date_trunc('year', dt); date_trunc('hour', tz); date_trunc('day', iv); time_bucket(INTERVAL '15 minutes', ts); time_bucket(INTERVAL '2 months', ts); time_bucket(INTERVAL '7 days', dt); time_bucket(INTERVAL '1 day', tz); time_bucket(INTERVAL '1 day', ts, INTERVAL '6 hours'); date_part('epoch', ts); date_part('year', dt); date_part('hour', tm); date_part(['year', 'dow'], ts).dow; year(ts); month(dt); hour(tz); day(iv); week(dt); yearweek(ts); epoch_ms(ts); epoch_us(tz); date_diff('day', ts, TIMESTAMP '2021-01-01'); date_diff('month', dt, DATE '2000-01-01'); date_sub('hour', ts, TIMESTAMP '2021-01-01'); dayname(dt); monthname(ts); last_day(dt); strftime(ts, '%Y-%m-%d %H:%M:%S.%f'); strftime(dt, '%a %j'); age(ts, TIMESTAMP '2000-01-01'); to_days(i); to_timestamp(i); make_date(2000 + i, 1, 1); timezone('America/New_York', ts); timezone('Asia/Tokyo', tz); ts + iv; dt + i; now() > ts; extract(minute FROM tm)
len(l); l[1]; l[-1]; l[2:3]; list_contains(l, 9); list_position(l, 1); list_sort(l); list_reverse_sort(l); list_sum(l); list_avg(l); list_max(l); list_distinct(list_sort(l)) IS NULL; list_append(l, i); list_concat(l, [i]); list_transform(l, x -> x + i); list_filter(l, x -> x > 1); list_transform(l, (x, k) -> k); array_to_string(l, '-'); list_unique(l); list_value(b, i); list_zip(l, [s]); range(i); flatten([l, l]); list_has_any(l, [1, 9]); list_aggregate(l, 'min')
{'a': i, 'b': s}.b; struct_pack(x := b).x; map([s], [b])[s]; map_keys(map([i], [s])); row(i, b); struct_insert({'a': i}, z := ts)
json_extract(j, '$.a.b[1]'); j ->> '$.a'; json_type(j); json_valid(s); json_array_length(j); json_keys(j); to_json(l); to_json({'a': b, 'd': dt}); json_object('k', b, 'l', l); json_array(s, i, ts); json_structure(j)
coalesce(s, 'none'); ifnull(b, 0); nullif(i, 7); if(i > 0, s, 'neg')`
    .split(/[;\n]/)
    .map((text) => text.trim())
    .filter((text) => text !== "");

beforeAll(async () => {
  await (await duckdb()).run(TABLE);
  await session.query(TABLE);
});
afterAll(() => session.close());

/** Type and text of the expression in every row, or the error. */
async function rows(run: (sql: string) => Promise<readonly (readonly unknown[])[]>, expression: string): Promise<string> {
  try {
    const found = await run(`SELECT typeof(x), CAST(x AS VARCHAR) FROM (SELECT ${expression} AS x FROM t)`);
    return JSON.stringify(found);
  } catch (error) {
    return `error: ${(error as Error).message.split("\n")[0]}`;
  }
}

const onDuckdb = async (sql: string) => (await (await duckdb()).runAndReadAll(sql)).getRows();

async function onWeir(sql: string) {
  const table = await session.query(sql);
  return table.batches.flatMap(({ columns, length }) => {
    const readers = columns.map(valueReader);
    return Array.from({ length }, (_, row) => readers.map((read) => read(row)));
  });
}

test.each(EXPRESSIONS)("%s", async (expression) => {
  const expected = await rows(onDuckdb, expression);
  const actual = await rows(onWeir, expression);
  if (expected.startsWith("error")) expect(actual).toMatch(/^error/);
  else expect(actual).toBe(expected);
});
