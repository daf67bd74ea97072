import createClient from "openapi-fetch";
import type { paths } from "./generated/universities.js";

const baseUrl = process.env["UNIVERSITIES_URL"] ?? "http://localhost:9000";
const client = createClient<paths>({ baseUrl });

const { data, error } = await client.GET("/v1/universities", {
  params: { query: { country: ["turkey", "turky"] } },
});
if (error) throw new Error(error.detail);
for (const { requested, universities, problem } of data.outcomes) {
  console.log(requested.join(), universities?.length ?? problem?.detail);
}
