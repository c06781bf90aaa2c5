import { expect, it } from "vitest";
import { Session, type Table, valueAt } from "../../src/index.ts";
import { testFolder } from "./folders.ts";

const folder = testFolder();

/** 400 ticks of two symbols, 3 s apart, some up to 6 s late. */
const TICKS = `
  SELECT i, TIMESTAMP '2024-01-02 09:30:00' + INTERVAL (3 * i) SECOND AS ts, CASE WHEN i % 3 = 0 THEN 'a' ELSE 'b' END AS symbol,
    100 + 10 * sin(i / 7.0) + (i * 37 % 11) / 10.0 AS price, 1.0 + i * 17 % 13 AS volume
  FROM range(400) AS r(i)`;
const IN_ORDER_OF_ARRIVAL = "ORDER BY i + CASE WHEN i % 5 = 0 THEN 2 ELSE 0 END, i";

const QUERIES = [
  ["rsi", "SELECT symbol, ts, finance.rsi(price) OVER (PARTITION BY symbol ORDER BY ts) AS x FROM ticks"],
  ["macd", "SELECT symbol, ts, finance.macd(price) OVER (PARTITION BY symbol ORDER BY ts) AS x FROM ticks"],
  ["bollinger", "SELECT symbol, ts, finance.bollinger(price) OVER (PARTITION BY symbol ORDER BY ts) AS x FROM ticks"],
  ["atr", "SELECT symbol, ts, finance.atr(price + 1, price - 1, price) OVER (PARTITION BY symbol ORDER BY ts) AS x FROM ticks"],
  [
    "vwap of 10 rows",
    "SELECT symbol, ts, finance.vwap(price, volume) OVER (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS x FROM ticks",
  ],
  [
    "rsi of 14 changes",
    "SELECT symbol, ts, finance.rsi(price) OVER (PARTITION BY symbol ORDER BY ts ROWS BETWEEN 14 PRECEDING AND CURRENT ROW) AS x FROM ticks",
  ],
  ["deadband", "SELECT symbol, ts, iot.deadband(price, 2) OVER (PARTITION BY symbol ORDER BY ts) AS x FROM ticks"],
  ["debounce", "SELECT symbol, ts, iot.debounce(price > 100, ts, 9) OVER (PARTITION BY symbol ORDER BY ts) AS x FROM ticks"],
  [
    "vwap in windows",
    "SELECT symbol, window_start AS ts, finance.vwap(price, volume) AS x FROM TUMBLE(TABLE ticks, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY symbol, window_start, window_end",
  ],
  [
    "twap in windows, as far as their end",
    "SELECT symbol, window_start AS ts, finance.twap(price, ts, window_end ORDER BY ts) AS x FROM TUMBLE(TABLE ticks, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY symbol, window_start, window_end",
  ],
  [
    "volatility, drawdown and energy in sliding windows",
    "SELECT symbol, window_start AS ts, finance.realised_volatility(price ORDER BY ts) + finance.drawdown(price ORDER BY ts) + iot.energy(volume, ts ORDER BY ts) AS x FROM HOP(TABLE ticks, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '3' MINUTE) GROUP BY symbol, window_start, window_end",
  ],
  [
    "rsi of one-minute bars",
    `SELECT symbol, window_time AS ts, finance.rsi(close, 5) OVER (PARTITION BY symbol ORDER BY window_time) AS x FROM (
       SELECT symbol, window_time, last(price ORDER BY ts) AS close
       FROM TUMBLE(TABLE ticks, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY symbol, window_start, window_end, window_time)`,
  ],
  [
    "atr and bands of sliding bars",
    `SELECT symbol, window_time AS ts, finance.atr(high, low, close, 5) OVER w + (finance.bollinger(close, 5) OVER w).upper AS x FROM (
       SELECT symbol, window_time, max(price) AS high, min(price) AS low, last(price ORDER BY ts) AS close
       FROM TUMBLE(TABLE ticks, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY symbol, window_start, window_end, window_time)
     WINDOW w AS (PARTITION BY symbol ORDER BY window_time)`,
  ],
  [
    "vwap, energy and duty cycle in sessions",
    `SELECT symbol, window_start AS ts, [finance.vwap(price, volume), iot.energy(volume, ts ORDER BY ts), iot.duty_cycle(price > 100, ts ORDER BY ts)] AS x
     FROM SESSION(TABLE (SELECT * FROM ticks WHERE i % 50 < 45) PARTITION BY symbol, DESCRIPTOR(ts), INTERVAL '10' SECOND)
     GROUP BY symbol, window_start, window_end`,
  ],
] as const;

function rows(table: Table): string[] {
  const texts = table.batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, row) =>
      JSON.stringify(
        batch.columns.map((column) => valueAt(column, row)),
        (_key, value) => (typeof value === "bigint" ? `${value}n` : typeof value === "number" ? Number(value.toPrecision(10)) : value),
      ),
    ),
  );
  return texts.sort();
}

async function run(source: string, query: string): Promise<string[]> {
  const session = new Session({ timeZone: "UTC", threads: 1, cwd: folder.path });
  try {
    await session.run(`LOAD finance; LOAD iot; ${source}`);
    return rows(await session.query(query));
  } finally {
    await session.close();
  }
}

it.each(QUERIES)("%s on a stream is what it is on a table", async (_, query) => {
  const batch = await run(`CREATE TABLE ticks AS ${TICKS}`, query);
  const stream = await run(
    `CREATE TABLE arrivals AS ${TICKS} ${IN_ORDER_OF_ARRIVAL};
     COPY arrivals TO 'ticks.csv';
     CREATE STREAM ticks (i BIGINT, ts TIMESTAMP, symbol VARCHAR, price DOUBLE, volume DOUBLE, WATERMARK FOR ts AS ts - INTERVAL '10' SECOND)
       WITH (connector = 'file', path = 'ticks.csv')`,
    query,
  );
  expect(batch.length).toBeGreaterThan(15);
  expect(stream).toEqual(batch);
});
