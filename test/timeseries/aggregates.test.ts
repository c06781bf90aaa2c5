import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Session } from "../../src/session.ts";
import { answer, expectAlike, makeTable, rowsOf, stateReference } from "./state-cases.ts";

const { data, cases } = stateReference("aggregates");

let session: Session;
beforeAll(async () => {
  session = new Session({ timeZone: "UTC", threads: 1 });
  for (const [name, columns] of Object.entries(data)) await makeTable(session, name, columns);
  // A counter of three series, and a price; every time occurs in each series.
  await session.run(`CREATE TABLE readings AS SELECT TIMESTAMP '2026-03-01' + INTERVAL (i * 7 + i % 5) SECOND AS t, i % 3 AS k,
    (i * 31 % 211)::DOUBLE / 4 AS v, (i % 17 + 1)::DOUBLE AS n FROM range(3000) r(i)`);
});
afterAll(() => session.close());

test.each(cases.map((one) => [one.input.call, one] as const))("%s", async (_, { input, expected, tolerance }) => {
  const { call, data } = input;
  const query = call.includes("FROM data") ? `SELECT ${call.replaceAll("FROM data", `FROM ${data}`)}` : `SELECT ${call} FROM ${data}`;
  expectAlike(await answer(session, query), expected, tolerance, query);
});

const STATES = [
  "counter_agg(t, v)",
  "gauge_agg(t, v)",
  "time_weight('locf', t, v)",
  "time_weight('linear', t, v)",
  "stats_agg(v)",
  "stats_agg(v, n)",
  "candlestick_agg(t, v, n)",
  "candlestick_agg(t, v)",
];

describe("rollup of parts is the state of the whole", () => {
  test.each(STATES)("%s", async (state) => {
    for (const bucket of ["hour", "minute"]) {
      const parts = `SELECT k, ${state} AS s FROM readings GROUP BY k, date_trunc('${bucket}', t)`;
      const whole = await rowsOf(session, `SELECT k, ${state} FROM readings GROUP BY k ORDER BY k`);
      expectAlike(await rowsOf(session, `SELECT k, rollup(s) FROM (${parts}) GROUP BY k ORDER BY k`), whole, 1e-9, state);
      // Also where the parts are stored, and come in any order, and twice merged.
      await session.run(`CREATE OR REPLACE TABLE parts AS SELECT * FROM (${parts}) ORDER BY reverse(s::VARCHAR)`);
      expectAlike(await rowsOf(session, "SELECT k, rollup(s) FROM parts GROUP BY k ORDER BY k"), whole, 1e-9, state);
    }
    const hours = `SELECT k, t::DATE AS d, ${state} AS s FROM readings GROUP BY k, t::DATE, date_trunc('hour', t)`;
    const days = `SELECT k, rollup(s) AS s FROM (${hours}) GROUP BY k, d`;
    const whole = await rowsOf(session, `SELECT ${state} FROM readings WHERE k = 1`);
    expectAlike(await rowsOf(session, `SELECT rollup(s) FROM (${days}) WHERE k = 1`), whole, 1e-9, state);
  });
});

describe("the order of rows does not matter", () => {
  test.each(STATES)("%s", async (state) => {
    const [straight, reversed] = ["ASC", "DESC"].map(
      (order) => `SELECT ${state} FROM (SELECT * FROM readings WHERE k = 2 ORDER BY t ${order})`,
    );
    expectAlike(await rowsOf(session, reversed), await rowsOf(session, straight), 1e-9, state);
  });
});

test("several threads give what one gives", async () => {
  const parallel = new Session({ timeZone: "UTC", threads: 2 });
  const make = `CREATE TABLE many AS SELECT TIMESTAMP '2026-03-01' + INTERVAL (i) SECOND AS t, i % 5 AS k, (i * 31 % 211)::DOUBLE AS v, 1.0::DOUBLE AS n
    FROM range(600000) r(i)`;
  const query = `SELECT k, ${STATES.filter((state) => !state.startsWith("candle")).join(", ")}, approx_percentile(0.5, ddsketch(v)), distinct_count(hyperloglog(v)),
    topn(topn_agg(3, v::BIGINT)) FROM many GROUP BY k ORDER BY k`;
  try {
    await session.run(make);
    await parallel.run(make);
    expectAlike(await rowsOf(parallel, query), await rowsOf(session, query), 1e-9, "threads");
  } finally {
    await parallel.close();
  }
});

describe("nothing to aggregate", () => {
  test.each(STATES)("%s", async (state) => {
    expect(await answer(session, `SELECT ${state} FROM readings WHERE false`)).toBeNull();
    expect(await answer(session, `SELECT rollup(s) FROM (SELECT ${state} AS s FROM readings WHERE false)`)).toBeNull();
    const nothing = state.replace(/\bv\b/, "CASE WHEN i = 1 THEN 'NaN'::DOUBLE END");
    expect(
      await answer(session, `SELECT ${nothing} FROM (SELECT TIMESTAMP '2026-01-01' AS t, i, 1.0 AS n, 2.0 AS v FROM range(3) r(i))`),
    ).toBeNull();
  });
});

test("one point has no rate, and rows with the same time count once", async () => {
  const one = "(VALUES (TIMESTAMP '2026-01-01', 5.0)) p(t, v)";
  const read = "delta(s), rate(s), irate_left(s), irate_right(s), slope(s), num_elements(s), num_changes(s)";
  expect(await rowsOf(session, `SELECT ${read} FROM (SELECT counter_agg(t, v) AS s FROM ${one})`)).toEqual([
    [0, null, null, null, null, 1n, 0n],
  ]);
  expect(await rowsOf(session, `SELECT average(time_weight('linear', t, v)), integral(time_weight('locf', t, v)) FROM ${one}`)).toEqual([
    [null, 0],
  ]);
  const same = "(VALUES (TIMESTAMP '2026-01-01', 5.0), ('2026-01-01', 7.0), ('2026-01-01 00:00:10', 9.0), ('2026-01-01', 6.0)) p(t, v)";
  expect(await rowsOf(session, `SELECT delta(s), num_elements(s), rate(s) FROM (SELECT counter_agg(t, v) AS s FROM ${same})`)).toEqual([
    [2, 2n, 0.2],
  ]);
});

test("states with time zones keep theirs", async () => {
  const rows = await rowsOf(
    session,
    "SELECT first_time(s), typeof(first_time(s)), typeof(open_time(candlestick(t, 1, 1, 1, 1, 1))) FROM (SELECT counter_agg(t, v) AS s, min(t) AS t FROM (SELECT t::TIMESTAMPTZ AS t, v FROM readings))",
  );
  expect(rows).toEqual([[BigInt(Date.UTC(2026, 2, 1)) * 1000n, "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE"]]);
});

test("a rolling window of states", async () => {
  const hours = "(SELECT date_trunc('hour', t) AS h, counter_agg(t, v) AS s FROM readings WHERE k = 0 GROUP BY 1)";
  const rolled = await rowsOf(
    session,
    `SELECT h, delta(rolling(s) OVER (ORDER BY h RANGE INTERVAL '2 hours' PRECEDING)) FROM ${hours} ORDER BY h`,
  );
  for (const [h, delta] of rolled) {
    const wanted = await answer(
      session,
      `SELECT delta(counter_agg(t, v)) FROM readings WHERE k = 0 AND date_trunc('hour', t) BETWEEN make_timestamp(${h}) - INTERVAL '2 hours' AND make_timestamp(${h})`,
    );
    expectAlike(delta, wanted, 1e-12, "delta");
  }
});

test("names that aggregates have too mean what is read from a state, where one is given", async () => {
  const [own, written] = ["stats_stddev", "stddev"].map(
    (name) => `SELECT k, ${name}(s, 'population') FROM (SELECT k, stats_agg(v) AS s FROM readings GROUP BY k) ORDER BY k`,
  );
  expect(await rowsOf(session, written)).toEqual(await rowsOf(session, own));
  const [all] = await rowsOf(
    session,
    "SELECT stddev(stats_agg(v)), stddev(v), variance(stats_agg(v)), variance(v), sum(stats_agg(v)), sum(v), corr(stats_agg(v, n)), corr(v, n), mean(tdigest(v)), mean(v) FROM readings",
  );
  for (let i = 0; i < all.length; i += 2) expectAlike(all[i], all[i + 1], 1e-12, `${i}`);
  const rolled = await rowsOf(
    session,
    "SELECT stddev(rollup(s) OVER (ORDER BY k)) FROM (SELECT k, stats_agg(v) AS s FROM readings GROUP BY k) ORDER BY k",
  );
  expectAlike(rolled[2], [all[1]], 1e-12, "rolled");
  await expect(session.query("SELECT stddev(avg(v)) FROM readings")).rejects.toThrow("cannot be nested");
  await expect(session.query("SELECT stddev(stats_agg(v, n)) FROM readings")).rejects.toThrow(
    "stats_stddev takes what stats_agg of values gives",
  );
});

test("what cannot be is refused, with what can", async () => {
  const refused = (query: string, ...texts: string[]) =>
    session.query(query).then(
      () => expect.unreachable(query),
      ({ message, hint }) => {
        for (const text of texts) expect(`${message} | ${hint}`).toContain(text);
      },
    );
  await refused(
    "SELECT rollup(s) FROM (SELECT k, counter_agg(t, v) AS s FROM readings GROUP BY k)",
    "rollup of counter_agg: the states up to",
    "overlap",
  );
  await refused(
    "SELECT rollup(s) FROM (SELECT time_weight('locf', t, v) AS s FROM readings UNION ALL SELECT time_weight('linear', t + INTERVAL 1 YEAR, v) FROM readings)",
    "'locf' and some of 'linear'",
  );
  await refused("SELECT counter_agg(TIMESTAMP 'infinity', v) FROM readings", "a point in time, infinity, is too far off");
  await refused("SELECT rate(stats_agg(v)) FROM readings", "rate takes what counter_agg or gauge_agg gives");
  await refused("SELECT num_resets(gauge_agg(t, v)) FROM readings", "num_resets takes what counter_agg gives");
  await refused(
    "SELECT rollup(struct_update(s, first_time := NULL::TIMESTAMP)) FROM (SELECT counter_agg(t, v) AS s FROM readings)",
    "but is none",
  );
  await refused("SELECT rollup({'a': v}) FROM readings", "rollup takes what counter_agg or gauge_agg");
  await refused("SELECT extrapolated_rate(counter_agg(t, v)) FROM readings", "without bounds", "with_bounds(state, start, end)");
  await refused(
    "SELECT with_bounds(counter_agg(t, v), TIMESTAMP '2026-03-01', TIMESTAMP '2026-03-01 00:00:01') FROM readings",
    "points outside of the bounds",
  );
  await refused("SELECT extrapolated_rate(counter_agg(t, v), 'promethius') FROM readings", "did you mean 'prometheus'?");
  await refused("SELECT time_weight('liner', t, v) FROM readings", "did you mean 'linear'?");
  await refused("SELECT integral(time_weight('locf', t, v), 'hour' || k) FROM readings GROUP BY k", "knows no unit");
  await refused("SELECT stats_stddev(stats_agg(v), 'sampel') FROM readings", "did you mean 'sample'?");
});
