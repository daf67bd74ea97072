// What callers do with the client, against a service whose upstream does as it is told.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/universities.js";
import { lines } from "./lines.js";

type Problem = components["schemas"]["Problem"];
type Outcome = components["schemas"]["Outcome"];

function given(name: string): string {
  const value = process.env[name];
  assert(value, `${name} is not set: run this by clients/test`);
  return value;
}

const client = createClient<paths>({ baseUrl: given("UNIVERSITIES_URL") });

async function dictionary() {
  const { data } = await client.GET("/universities/", {
    params: { query: { country: ["turkey", "argentina"] } },
  });
  assert(data);
  assert.deepEqual(Object.keys(data), ["turkey", "argentina"]);
  assert.equal(data["turkey"]?.[0]?.alpha_two_code, "TR");
}

async function reportWithAFailedCountry() {
  const { data } = await client.GET("/v1/universities", {
    params: { query: { country: ["turkey", "kenya"], strategy: "concurrent" } },
  });
  assert(data);
  assert.equal(data.complete, false);
  const [turkey, kenya] = data.outcomes;
  assert(turkey?.universities && turkey.universities.length > 0);
  assert.equal(kenya?.universities, null);
  assert.equal(kenya?.problem?.type, "/problems/upstream-unavailable");
  assert.equal(kenya.problem.upstream_status, 503);
}

async function streamLineByLine() {
  const { data } = await client.GET("/v1/universities/stream", {
    params: { query: { country: ["turkey", "india"] } },
    parseAs: "stream",
  });
  assert(data);
  const arrived: Outcome[] = [];
  let complete: boolean | undefined;
  for await (const line of lines(data)) {
    if ("summary" in line) {
      complete = line.summary.complete;
      continue;
    }
    arrived.push(line.outcome);
    // India is held back until the first country is here.
    if (arrived.length === 1) assert((await fetch(given("UNIVERSITIES_GATE_URL"))).ok);
  }
  assert.equal(complete, true);
  assert.deepEqual(arrived.map(({ country }) => country?.code), ["TR", "IN"]);
  assert(arrived.every(({ universities }) => universities && universities.length > 0));
}

async function lookup() {
  const one = await client.GET("/v1/universities/lookup", {
    params: { query: { domain: "cs.metu.edu.tr" } },
  });
  assert.equal(one.data?.matches[0]?.match, "parent");
  assert.equal(one.data.matches[0].university.name, "Middle East Technical University");
  const many = await client.POST("/v1/universities/lookup", {
    body: { queries: ["student@metu.edu.tr", "edu.tr"] },
  });
  assert.equal(many.data?.results[0]?.matches?.[0]?.match, "exact");
  assert.equal(many.data.results[1]?.problem?.type, "/problems/unknown-domain");
}

async function searchPageByPage() {
  const names: string[] = [];
  const limit = 10;
  for (let total = 1; names.length < total; ) {
    const { data, response } = await client.GET("/search", {
      params: { query: { country: "turkey", limit, offset: names.length } },
    });
    assert(data && data.length > 0 && data.length <= limit);
    names.push(...data.map(({ name }) => name));
    total = Number(response.headers.get("X-Total-Count"));
  }
  const { data: everything } = await client.GET("/search", { params: { query: { country: "turkey" } } });
  assert(names.length > limit);
  assert.deepEqual(names, everything?.map(({ name }) => name));
}

async function problems() {
  const wrong = await client.GET("/search", { params: { query: { limit: 0 } } });
  assert.equal(wrong.response.status, 400);
  const problem: Problem | undefined = wrong.error;
  assert.equal(problem?.type, "/problems/invalid-parameter");
  assert.equal(problem.errors?.[0]?.parameter, "limit");
  assert.equal(problem.errors[0].given, "0");

  const unknown = await client.GET("/universities/", { params: { query: { country: ["turky"] } } });
  assert.equal(unknown.response.status, 404);
  assert.equal(unknown.error?.type, "/problems/unknown-country");
  const suggestions: string[] | undefined = unknown.error.suggestions;
  assert.deepEqual(suggestions, ["Türkiye"]);
}

async function deadline() {
  const { data } = await client.GET("/v1/universities", {
    params: { query: { country: ["turkey", "australia"], deadline_ms: 300 } },
  });
  assert(data);
  const [turkey, australia] = data.outcomes;
  assert(turkey?.universities);
  assert.equal(australia?.problem?.type, "/problems/deadline-exceeded");
}

for (const step of [
  dictionary,
  reportWithAFailedCountry,
  streamLineByLine,
  lookup,
  searchPageByPage,
  problems,
  deadline,
]) {
  await step();
  console.log(`  ${step.name}`);
}
