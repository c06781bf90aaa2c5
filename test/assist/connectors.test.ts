import { expect, test } from "vitest";
import { CONNECTOR_PROPERTIES } from "../../src/assist/connectors.ts";
import { CatalogFollower, CatalogPublisher } from "../../src/engine/catalog-changes.ts";

const propertiesOf = (name: string) => CONNECTOR_PROPERTIES.find((connector) => connector.name === name)!.properties;

test("a connector's properties are its own, those of its formats and those of all streams, each once", () => {
  const names = propertiesOf("file").map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["path", "follow", "format", "max_record_size", "retain", "changelog"]));
  expect(new Set(names).size).toBe(names.length);
  expect(propertiesOf("file").find(({ name }) => name === "format")?.choices).toEqual(expect.arrayContaining(["json", "csv"]));
  expect(propertiesOf("generator").some(({ name }) => name === "path")).toBe(false);
});

test("they reach the side that completes once, and stay", () => {
  const [publisher, follower] = [new CatalogPublisher(), new CatalogFollower()];
  const snapshot = { entries: [], connectors: CONNECTOR_PROPERTIES };
  follower.apply(publisher.changes(snapshot)!);
  expect(follower.snapshot.connectors).toEqual(CONNECTOR_PROPERTIES);
  expect(publisher.changes(snapshot)).toBeUndefined();
  follower.apply({ changed: [], removed: [], lists: {} });
  expect(follower.snapshot.connectors).toEqual(CONNECTOR_PROPERTIES);
});
