import { expect, test } from "vitest";
import { maxValues, Query } from "./query.svelte";

const read = (search: string) => {
  const query = new Query();
  query.read(search);
  return query;
};

test("a view survives its address", () => {
  const address =
    "?campaign=songs&q=rain&country=ES&country=MX&not_language=de&answer=age%3A18-24&shortlist=default" +
    "&sort=random&seed=abc&view=list&uncaptioned=&exact=";
  expect(read(address).address("songs")).toBe(address);
});

test("values are alternatives, and one is either wanted or excluded", () => {
  const query = read("?country=ES&not_country=FR");
  query.add({ name: "country", value: "MX", not: false });
  query.add({ name: "country", value: "ES", not: true });
  expect(query.narrowing()).toEqual({ country: ["MX"], not_country: ["FR", "ES"] });
  query.remove(query.find("country", "FR")!);
  expect(query.narrowing()).toEqual({ country: ["MX"], not_country: ["ES"] });
});

test("links and saved searches of one shortlist still work, and an unknown order is the default", () => {
  const query = read("?shortlisted=&sort=sideways&not_=x&not_a=b&tag=");
  expect(query.params()).toMatchObject({ shortlist: ["default"], sort: "newest" });
  expect(query.filters).toHaveLength(1);
});

test("a filter takes as many values as the service", () => {
  const query = read("?" + Array.from({ length: 30 }, (_, i) => `song=${i}`).join("&"));
  expect(query.filters).toHaveLength(maxValues);
});

test("clearing leaves order and layout", () => {
  const query = read("?q=a&song=b&exact=&sort=oldest&view=list");
  query.clear();
  expect([query.filtered, query.address("c")]).toEqual([false, "?campaign=c&sort=oldest&view=list"]);
});
