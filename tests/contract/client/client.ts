// A user's program on the client that is generated from the published document: it has to compile
// strictly, and to do its work against the running API.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type Company = components["schemas"]["WoodpeckerCreatedCompany"];

const [, , baseUrl, key] = process.argv;
if (!baseUrl || !key) throw new Error("usage: client URL KEY");
const api = createClient<paths>({ baseUrl, headers: { "x-api-key": key } });

async function create(names: string[]): Promise<Company[]> {
  const { data, error } = await api.POST("/rest/v2/agency/companies", {
    params: { header: { "Idempotency-Key": names.join("-") } },
    body: { companies: names.map((name) => ({ name })) },
  });
  if (error) throw new Error(error.detail);
  return data.companies;
}

const [company] = await create(["Typed"]);
if (!company) throw new Error("no company was created");
const again = await create(["Typed"]);
if (again[0]?.id !== company.id) throw new Error("a repeated request created another company");

const found = await api.GET("/rest/v2/agency/companies/{company_id}", {
  params: { path: { company_id: company.id } },
});
if (found.error) throw new Error(found.error.detail);
const state: "pending" | "ready" = found.data.provisioning;

const nowhere = await api.GET("/rest/v2/agency/jobs/{job_id}", { params: { path: { job_id: 999999999 } } });
if (!nowhere.error || nowhere.response.status !== 404) throw new Error("a job that there is not was found");

// @ts-expect-error The document has no such member: were it not checked, this would not compile.
found.data.nickname;

console.log(`created ${company.name} (${state})`);
