import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { EnvReference, type PropertyValue } from "../../src/connectors/properties.ts";
import { bindSink } from "../../src/connectors/sinks.ts";
import { INTEGER, type Schema, VARCHAR } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { VirtualClock, WallClock } from "../../src/exec/clock.ts";
import { drain, hubs, openStream, rowsOf, take } from "../streams/stream-kit.ts";

const hub = hubs();
const NUMBER: Schema = [{ name: "n", type: INTEGER }];
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => [from + i]);
const batchOf = (values: readonly number[]): RecordBatch => ({ columns: [vectorFromValues(INTEGER, values)], length: values.length });
const sinkContext = { cwd: "/", clock: new WallClock(), print: () => {} };

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

async function socketServer(port = 0) {
  const server = new WebSocketServer({ port, host: "127.0.0.1" });
  const sockets: WebSocket[] = [];
  const requests: IncomingMessage[] = [];
  const messages: string[] = [];
  server.on("connection", (socket, request) => {
    sockets.push(socket);
    requests.push(request);
    socket.on("message", (data) => messages.push(data.toString()));
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const close = () => {
    for (const socket of sockets) socket.terminate();
    server.close();
  };
  closing.push(close);
  return { sockets, requests, messages, close, port: (server.address() as AddressInfo).port };
}

async function httpServer(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  const server: Server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => answer(request, response, Buffer.concat(pieces).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows`;
}

describe("websocket", () => {
  const declare = (port: number, more: Record<string, PropertyValue> = {}) => ({
    name: "s",
    columns: NUMBER,
    properties: { connector: "websocket", url: `ws://127.0.0.1:${port}/feed`, ...more },
  });

  test("subscribes, with headers, and takes objects, arrays and lines", async () => {
    const server = await socketServer();
    process.env.WEIR_TEST_TOKEN = "secret-7";
    const headers = { Authorization: new EnvReference("WEIR_TEST_TOKEN") };
    const { reader, definition } = await openStream(hub().hub, declare(server.port, { headers, subscribe: '{"op":"sub"}' }), "/");
    expect(drain(reader).state).toBe("waiting");
    await until(() => server.messages.length === 1);
    expect(server.messages).toEqual(['{"op":"sub"}']);
    expect(server.requests[0].headers.authorization).toBe("secret-7");
    expect(JSON.stringify(definition.properties)).not.toContain("secret-7");
    server.sockets[0].send('{"n":0}');
    server.sockets[0].send('[{"n":1},\n {"n":2}]');
    server.sockets[0].send('{"n":3}\n{"n":4}\n');
    expect(await take(reader, 5)).toEqual(numbers(0, 5));
  });

  test("connects again when the connection is lost, and says so once", async () => {
    const server = await socketServer();
    const { hub: streams, warnings } = hub();
    const { reader } = await openStream(streams, declare(server.port), "/");
    drain(reader);
    await until(() => server.sockets.length === 1);
    server.sockets[0].send('{"n":1}');
    expect(await take(reader, 1)).toEqual([[1]]);
    server.close();
    await until(() => warnings.length === 1);
    expect(warnings[0].message).toContain("connecting again");
    const next = await socketServer(server.port);
    await until(() => next.sockets.length === 1);
    next.sockets[0].send('{"n":2}');
    expect(await take(reader, 1)).toEqual([[2]]);
    expect(warnings.length).toBe(1);
  });

  test("what does not fit the queue is dropped and counted, oldest or newest, or spilled", async () => {
    const server = await socketServer();
    const message = (n: number) => `{"n":${n},"pad":"${"x".repeat(500)}"}`;
    let connections = 0;
    for (const [strategy, expected] of [
      ["drop_oldest", "last"],
      ["drop_newest", "first"],
      ["spill", "all"],
    ] as const) {
      const { hub: streams } = hub();
      const { reader } = await openStream(streams, declare(server.port, { on_overflow: strategy, queue_size: 5_000 }), "/");
      drain(reader);
      connections++;
      await until(() => server.sockets.length === connections);
      const socket = server.sockets.at(-1) as WebSocket;
      for (let n = 0; n < 100; n++) socket.send(message(n));
      // The answer to a ping comes when all before it has been taken in
      await new Promise((resolve) => {
        socket.once("pong", resolve);
        socket.ping();
      });
      const rows = drain(reader).rows.map(([n]) => n as number);
      const { dropped } = streams.figures("s");
      if (expected === "all") expect(rows).toEqual(numbers(0, 100).flat());
      else {
        expect(rows.length).toBeGreaterThan(5);
        expect(rows.length + dropped).toBe(100);
        expect(expected === "last" ? rows.at(-1) : rows[0]).toBe(expected === "last" ? 99 : 0);
        expect(reader.warnings()[0].message).toContain("dropped");
      }
      reader.close();
    }
  });

  test("a sender waits when nobody takes, and nothing is lost", async () => {
    const server = await socketServer();
    const { hub: streams } = hub();
    const { reader } = await openStream(streams, declare(server.port, { queue_size: 2_000 }), "/");
    drain(reader);
    await until(() => server.sockets.length === 1);
    for (let n = 0; n < 5000; n++) server.sockets[0].send(`{"n":${n},"pad":"${"x".repeat(1000)}"}`);
    expect(await take(reader, 5000)).toEqual(numbers(0, 5000));
    expect(streams.figures("s").dropped).toBe(0);
  });

  test("as a sink sends a message a row, or one a batch", async () => {
    for (const batch of [false, true]) {
      const server = await socketServer();
      const sink = bindSink({ connector: "websocket", url: `ws://127.0.0.1:${server.port}/`, batch }).open(NUMBER, sinkContext);
      sink.write(batchOf([1, 2]));
      await sink.finish();
      await until(() => server.messages.length === (batch ? 1 : 2));
      expect(server.messages).toEqual(batch ? ['[{"n":1},{"n":2}]'] : ['{"n":1}', '{"n":2}']);
    }
  });

  test("a wrong address is an error when it is declared", async () => {
    await expect(
      openStream(hub().hub, { name: "s", columns: NUMBER, properties: { connector: "websocket", url: "http://x" } }, "/"),
    ).rejects.toThrow("must begin with ws://");
  });
});

describe("http", () => {
  test("polls, finds the records and the columns, and says what it has seen", async () => {
    const asked: { url: string; etag: string | undefined }[] = [];
    const url = await httpServer((request, response) => {
      asked.push({ url: request.url ?? "", etag: request.headers["if-none-match"] });
      if (request.headers["if-none-match"] === '"b"') return response.writeHead(304).end();
      const cursor = asked.length;
      response.writeHead(200, { etag: request.headers["if-none-match"] === '"a"' ? '"b"' : '"a"' });
      return response.end(
        JSON.stringify({
          data: {
            rows: [
              { n: cursor, s: "a" },
              { n: cursor + 0.5, s: "é" },
            ],
          },
          next: `c${cursor}`,
        }),
      );
    });
    const properties = { connector: "http", url, interval: "20 ms", json_path: "$.data.rows", since_param: "since", since_path: "next" };
    const { reader, definition } = await openStream(hub().hub, { name: "s", properties }, "/");
    expect(definition.schema.map(({ name }) => name)).toEqual(["n", "s"]);
    const rows = await take(reader, 4);
    expect(rows).toEqual([
      [2, "a"],
      [2.5, "é"],
      [3, "a"],
      [3.5, "é"],
    ]);
    await until(() => asked.length >= 5);
    expect(asked.slice(1, 4).map(({ url }) => url)).toEqual(["/rows", "/rows?since=c2", "/rows?since=c3"]);
    expect(asked[3].etag).toBe('"b"');
  });

  test("goes on asking when it fails, and says so once, without secrets", async () => {
    let count = 0;
    const url = await httpServer((_request, response) => {
      response.writeHead(++count < 4 ? 503 : 200).end('{"n":1}');
    });
    const { hub: streams, warnings } = hub();
    const properties = { connector: "http", url: `${url}?key=k`, interval: "10 ms", headers: { "x-token": "hidden" } };
    const { reader } = await openStream(streams, { name: "s", columns: NUMBER, properties }, "/");
    expect(await take(reader, 1)).toEqual([[1]]);
    expect(warnings.map(({ message }) => message).join()).toMatch(/503 Service Unavailable; asking again every interval$/);
    expect(warnings.length).toBe(1);
    expect(JSON.stringify(warnings)).not.toContain("hidden");
  });

  test("as a sink posts NDJSON, and tries again until it is taken", async () => {
    const bodies: string[] = [];
    let count = 0;
    const url = await httpServer((request, response, body) => {
      if (++count % 2 === 1) return response.writeHead(503).end();
      bodies.push(body);
      expect(request.headers["content-type"]).toBe("application/x-ndjson");
      return response.writeHead(200).end();
    });
    const sink = bindSink({ connector: "http", url, batch_rows: 2 }).open(NUMBER, sinkContext);
    sink.write(batchOf([1, 2, 3]));
    await sink.finish();
    expect(bodies).toEqual(['{"n":1}\n{"n":2}\n', '{"n":3}\n']);
  });

  test("a sink fails with what the other side said when that is final", async () => {
    const url = await httpServer((_request, response) => response.writeHead(400, "Bad Rows").end());
    const sink = bindSink({ connector: "http", url }).open(NUMBER, sinkContext);
    sink.write(batchOf([1]));
    await expect(sink.finish()).rejects.toThrow("400 Bad Rows");
  });
});

describe("http_server", () => {
  async function listen(more: Record<string, PropertyValue> = {}, columns: Schema = NUMBER) {
    const { hub: streams } = hub();
    const definition = await streams.declare({ name: "s", columns, properties: { connector: "http_server", ...more } }, { cwd: "/" });
    const [, url, token] = /post NDJSON to (\S+) with the header "Authorization: Bearer ([^"]*)"/.exec(definition.notice ?? "") ?? [];
    const post = (body: string, authorization = `Bearer ${token}`) => fetch(url, { method: "POST", body, headers: { authorization } });
    return { streams, definition, post, url, token };
  }

  test("takes posts that bring the token, before anybody reads and after", async () => {
    const { streams, definition, post, url } = await listen();
    expect(streams.notice("s")).toBe(definition.notice);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect((await post('{"n":0}\n{"n":1}')).status).toBe(202);
    const reader = streams.open(definition.spec, { columns: [0] });
    expect(await take(reader, 2)).toEqual(numbers(0, 2));
    expect((await post('[{"n":2},{"n":3}]')).status).toBe(202);
    expect(await take(reader, 2)).toEqual(numbers(2, 4));
    expect((await post('{"n":9}', "Bearer wrong")).status).toBe(401);
    expect((await fetch(url)).status).toBe(401);
    expect(drain(reader).rows).toEqual([]);
  });

  test("a token that was given is not shown", async () => {
    const { definition } = await listen({ token: "my-own" });
    expect(JSON.stringify([definition.notice, definition.properties])).not.toContain("my-own");
  });

  test("answers 429 while nobody takes, and 413 to what is too large", async () => {
    const { streams, definition, post } = await listen({ queue_size: 1024, max_body: 2000 }, [{ name: "t", type: VARCHAR }]);
    const body = `{"t":"${"x".repeat(1500)}"}`;
    expect((await post(body)).status).toBe(202);
    expect((await post(body)).status).toBe(429);
    const reader = streams.open(definition.spec, { columns: [0] });
    expect((await take(reader, 1)).length).toBe(1);
    expect((await post(body)).status).toBe(202);
    expect(drain(reader).rows.length).toBe(1);
    expect((await post(body.repeat(2))).status).toBe(413);
  });

  test("closes with its stream", async () => {
    const { streams, post } = await listen();
    streams.drop("s");
    await expect(post("{}")).rejects.toThrow();
  });
});

test("rows of the future are told apart in live streams", async () => {
  const { hub: streams } = hub();
  const definition = await streams.declare(
    {
      name: "s",
      columns: [{ name: "ts", type: { kind: "timestamp" } }],
      watermark: { column: "ts", delay: 0 },
      properties: { connector: "http_server", token: "t" },
    },
    { cwd: "/" },
  );
  const [url] = /http:\S+/.exec(definition.notice ?? "") ?? [""];
  const now = new Date().toISOString();
  await fetch(url, { method: "POST", headers: { authorization: "Bearer t" }, body: `{"ts":"2999-01-01"}\n{"ts":"${now}"}\n` });
  const reader = streams.open(definition.spec, { columns: [0] });
  const piece = reader.next(() => {});
  if (typeof piece === "string") throw new Error(piece);
  expect(piece.batch.length).toBe(1);
  expect(rowsOf(piece.future?.batch as RecordBatch)).toEqual([[BigInt(Date.UTC(2999, 0, 1)) * 1000n]]);
  expect(piece.watermark).toBe(Date.parse(now) * 1000);
});

describe("live streams on a clock", () => {
  async function live(properties: Record<string, PropertyValue>) {
    const clock = new VirtualClock(Date.UTC(2024, 0, 1) * 1000);
    const { hub: streams } = hub(clock);
    const columns: Schema = [{ name: "ts", type: { kind: "timestamp" } }];
    const declaration = {
      name: "s",
      columns,
      watermark: { column: "ts", delay: 0 },
      properties: { connector: "http_server", token: "t", ...properties },
    };
    const { definition, reader } = await openStream(streams, declaration, "/");
    const [url] = /http:\S+/.exec(definition.notice ?? "") ?? [""];
    const post = (body: string) => fetch(url, { method: "POST", headers: { authorization: "Bearer t" }, body });
    return { clock, reader, post };
  }

  test("fall idle when nothing comes, and stop being so", async () => {
    const { clock, reader, post } = await live({ idle_timeout: "7 seconds" });
    await post('{"ts":"2024-01-01 00:00:01"}');
    expect((await take(reader, 1)).length).toBe(1);
    expect(reader.next(() => {})).toBe("waiting");
    const before = clock.now();
    expect(clock.advance()).toBe(true);
    expect(clock.now() - before).toBe(7_000_000);
    expect(reader.next(() => {})).toBe("idle");
    await post('{"ts":"2024-01-01 00:00:02"}');
    expect((await take(reader, 1)).length).toBe(1);
    expect(reader.next(() => {})).toBe("waiting");
  });

  test("close windows by the clock where that is asked for", async () => {
    const { clock, reader, post } = await live({ wall_clock_close: "10 seconds", idle_timeout: "off" });
    await post('{"ts":"2024-01-01 00:00:01"}');
    expect((await take(reader, 1)).length).toBe(1);
    let watermark = 0;
    while (clock.now() < (Date.UTC(2024, 0, 1) + 15_000) * 1000) {
      const piece = reader.next(() => {});
      if (piece === "waiting") clock.advance();
      else if (typeof piece !== "string") {
        expect(piece.batch.length).toBe(0);
        expect(piece.watermark).toBeGreaterThan(watermark);
        watermark = piece.watermark ?? 0;
      }
    }
    expect(watermark).toBeGreaterThan((Date.UTC(2024, 0, 1) + 4_000) * 1000);
    expect(watermark).toBeLessThanOrEqual((Date.UTC(2024, 0, 1) + 5_000) * 1000);
  });
});
