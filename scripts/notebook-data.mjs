// Writes the made-up data of the streaming notebooks to notebooks/data/: the same bytes every time.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), "notebooks", "data");
mkdirSync(folder, { recursive: true });

/** Numbers of [0, 1), the same for the same seed (mulberry32). */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const text = (milliseconds) => new Date(milliseconds).toISOString().replace("T", " ").replace("Z", "");
const write = (name, lines) => writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
/** In the order in which lines arrive. */
const inOrder = (events) => events.sort((a, b) => a.arrives - b.arrives).map((event) => event.line);

/**
 * A cold store: sensors report every ten seconds through three gateways. Two of them deliver within a second; the one of the yard is on a bad link, where
 * a reading may take 25 seconds, and which is down from 10:24 to 10:28 and then delivers everything at once. `cold-2` is out of order from 10:40 to 10:47, a door stands open from 10:50.
 */
function sensors() {
  const random = randomNumbers(11);
  const start = Date.UTC(2024, 4, 14, 10);
  const minutes = 90;
  const places = [
    ["cold-1", "cold room", "hall", -18, 1],
    ["cold-2", "cold room", "hall", -18, 1],
    ["cold-3", "cold room", "hall", -18, 1],
    ["dock-1", "loading dock", "dock", 6, 1],
    ["dock-2", "loading dock", "dock", 6, 1],
    ["yard-1", "yard", "yard", 14, 3],
    ["yard-2", "yard", "yard", 14, 3],
  ];
  const events = [];
  const outage = { from: start + 24 * 60_000, to: start + 28 * 60_000 };
  for (const [sensor, , gateway, base, swing] of places) {
    let drift = 0;
    const phase = Math.floor(random() * 10_000);
    for (let ts = start + phase; ts < start + minutes * 60_000; ts += 10_000) {
      drift = 0.9 * drift + (random() - 0.5) * 0.3;
      const minute = (ts - start) / 60_000;
      if (sensor === "cold-2" && minute >= 40 && minute < 47) continue;
      // The compressor's cycle; and the door that stands open warms the room with a delay.
      const door = gateway === "hall" && minute >= 50 && minute < 62 ? (minute - 50) * 0.55 : 0;
      const cooling = gateway === "hall" && minute >= 62 ? 6.6 * Math.exp(-(minute - 62) / 6) : 0;
      const temperature = base + swing * Math.sin(minute / 9 + base) * 0.5 + drift + door + cooling;
      const humidity = 55 + 10 * Math.sin(minute / 17) + 4 * drift + door * 2;
      const slow = random() < 0.25 ? 3000 + random() ** 2 * 20_000 : 0;
      const delay = gateway === "yard" ? 300 + random() * 1500 + slow : 100 + random() * 800;
      const isHeld = gateway === "yard" && ts >= outage.from && ts < outage.to;
      const arrives = isHeld ? outage.to + (ts - outage.from) / 1000 : ts + delay;
      events.push({ arrives, line: `${text(ts)},${sensor},${temperature.toFixed(2)},${humidity.toFixed(1)}` });
    }
  }
  // What a gateway writes while its link breaks, and a sensor with a bad contact.
  for (const minute of [24, 28.2, 66]) events.push({ arrives: start + minute * 60_000, line: text(start + minute * 60_000).slice(0, 15) });
  for (let i = 0; i < 6; i++) {
    const ts = start + (70 + i / 3) * 60_000;
    events.push({ arrives: ts + 500, line: `${text(ts)},dock-2,ERR,${(60 + i).toFixed(1)}` });
  }
  write("sensors.csv", ["ts,sensor,temperature,humidity", ...inOrder(events)]);
  const setPoints = { hall: -15, dock: 9, yard: 30 };
  write("places.csv", [
    "sensor,place,gateway,alarm_above",
    ...places.map(([sensor, place, gateway]) => `${sensor},${place},${gateway},${setPoints[gateway]}`),
  ]);
}

/** An afternoon of a web shop: what visitors look at, and what they buy. Lines come as the servers flush them, a little out of order. */
function shop() {
  const random = randomNumbers(5);
  const pick = (weighted) => {
    let left = random() * weighted.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [value, weight] of weighted) {
      left -= weight;
      if (left < 0) return value;
    }
    return weighted[0][0];
  };
  const start = Date.UTC(2024, 10, 29, 12);
  const hours = 6;
  const products = [
    ["espresso-machine", 9, 349],
    ["grinder", 7, 129],
    ["kettle", 6, 79],
    ["beans-1kg", 12, 24.5],
    ["cup-set", 5, 39],
    ["scale", 3, 59],
    ["filter-papers", 4, 8.9],
  ];
  const sources = [
    ["search", 5],
    ["newsletter", 3],
    ["social", 2],
    ["direct", 4],
  ];
  const clicks = [];
  const purchases = [];
  const user = (n) => `u${String(n).padStart(4, "0")}`;
  const visitors = 420;
  for (let n = 1; n <= visitors; n++) {
    const id = user(n);
    let ts = start + random() * hours * 3_600_000 * 0.92;
    // The newsletter goes out at three.
    const isLetter = random() < 0.22;
    if (isLetter) ts = start + 3 * 3_600_000 + random() ** 2 * 3_000_000;
    const visits = 1 + (random() < 0.35 ? 1 : 0) + (random() < 0.1 ? 1 : 0);
    for (let visit = 0; visit < visits; visit++) {
      const source = visit > 0 ? "direct" : isLetter ? "newsletter" : pick(sources);
      const see = (page, wait) => {
        const line = JSON.stringify({ ts: text(ts), user: id, page, source, ms: Math.round(40 + 400 * random() ** 3) });
        clicks.push({ arrives: ts + random() * 1500, line });
        ts += wait;
      };
      const think = () => 8_000 + random() ** 2 * 150_000;
      see(
        pick([
          ["/", 5],
          ["/offers", source === "newsletter" ? 9 : 2],
          ["/blog/grind-size", 1],
        ]),
        think(),
      );
      const looks = Math.floor(random() * 6) + (source === "newsletter" ? 1 : 0);
      let product;
      for (let look = 0; look < looks; look++) {
        if (random() < 0.25) see("/search", think());
        product = pick(products.map((one) => [one, one[1]]));
        see(`/product/${product[0]}`, think());
      }
      if (product !== undefined && random() < 0.42) {
        see("/cart", think());
        if (random() < 0.68) {
          see("/checkout", 30_000 + random() * 90_000);
          if (random() < 0.8) {
            const quantity = product[2] < 50 ? 1 + Math.floor(random() * 3) : 1;
            const amount = Math.round(product[2] * quantity * 100) / 100;
            const line = JSON.stringify({ ts: text(ts), user: id, product: product[0], quantity, amount });
            purchases.push({ arrives: ts + random() * 800, line });
            ts += 1_000;
            see("/thanks", 0);
          }
        }
      }
      ts += 35 * 60_000 + random() * 70 * 60_000;
      if (ts > start + hours * 3_600_000) break;
    }
  }
  write("clicks.ndjson", inOrder(clicks));
  write("purchases.ndjson", inOrder(purchases));
}

sensors();
shop();
