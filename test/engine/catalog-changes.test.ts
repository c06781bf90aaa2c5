import { expect, test } from "vitest";
import type { SnapshotEntry } from "../../src/catalog/catalog.ts";
import { CatalogFollower, CatalogPublisher } from "../../src/engine/catalog-changes.ts";

const entry = (name: string, kind: SnapshotEntry["kind"], rowCount = 1): SnapshotEntry => ({ name, kind, columns: [], rowCount });

test("a follower has what the publisher has, and only changes are sent", () => {
  const [publisher, follower] = [new CatalogPublisher(), new CatalogFollower()];
  const names = () => follower.snapshot.entries.map(({ kind, name }) => `${kind} ${name}`);
  const publish = (entries: SnapshotEntry[]) => {
    const changes = publisher.changes({ entries });
    if (changes !== undefined) follower.apply(changes);
    return changes;
  };
  const [b, one, last] = [entry("b", "table"), entry("_1", "result"), entry("_", "result")];
  publish([b, one, last]);
  expect(names()).toEqual(["table b", "result _1", "result _"]);
  expect(publish([b, one, last])).toBeUndefined();

  const [a, two, newLast] = [entry("A", "view"), entry("_2", "result"), entry("_", "result", 2)];
  expect(publish([a, b, one, two, newLast])).toEqual({ changed: [a, two, newLast], removed: [], lists: {} });
  expect(names()).toEqual(["view A", "table b", "result _1", "result _2", "result _"]);

  const hidden = entry("_", "table");
  expect(publish([hidden, a, two, newLast])).toEqual({ changed: [hidden], removed: ["table b", "result _1"], lists: {} });
  expect(names()).toEqual(["table _", "view A", "result _2", "result _"]);
  expect(follower.snapshot.entries[3].rowCount).toBe(2);
});
