// The peer that the requests are held against: Fastify and pg, with BullMQ for the jobs, on the same PostgreSQL and the
// same Redis. It does what the contract's page asks for and no more: no row-level security, no idempotency records, no
// rate limits, no seals under a keyring that rotates.
//
// Usage: fastify.mjs serve PORT PROCESSES CONNECTIONS KEY AGENCY USER [by-table]   companies over HTTP, with CONNECTIONS to
//                                                                                PostgreSQL for each of PROCESSES
//        fastify.mjs work CONCURRENCY CONNECTIONS                                runs the jobs: one UPDATE each
//
// DATABASE_URL and REDIS_URL say where. It is given what makes it fast: everything that a request writes is one prepared
// statement and one round trip, with arrays for the companies; keys are looked up in memory; bodies are validated and
// responses written by compiled schemas; jobs are added in bulk, by commands that travel together, and removed when they
// are done; the total of a list is kept, not counted; nothing is logged. With by-table it writes as most such code does that
// is written with care: a transaction with a prepared INSERT for each table.
import cluster from "node:cluster";
import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { Queue, Worker } from "bullmq";
import Fastify from "fastify";
import { Redis } from "ioredis";
import pg from "pg";

const queues = ["provisioning", "billing"].map((name) => `peer-${name}`);
const pageSize = 50;
const nonceBytes = 12;
const sealingKey = randomBytes(32);

const redis = () => new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null, enableAutoPipelining: true });
const poolOf = (connections) => new pg.Pool({ connectionString: process.env.DATABASE_URL, max: connections });

const insert = {
  name: "insert",
  text: `WITH item AS (
      SELECT nextval('tenantry.company_id_seq') AS company_id, nextval('tenantry.api_key_id_seq') AS api_key_id, i.*
      FROM unnest($3::text[], $4::text[], $5::bytea[], $6::bytea[]) AS i(name, name_key, lookup_hash, sealed_key)
    ), company AS (
      INSERT INTO tenantry.company (agency_id, company_id, name, name_key, owner_id, created_at, updated_at)
      SELECT $1, company_id, name, name_key, $2, now(), now() FROM item
    ), api_key AS (
      INSERT INTO tenantry.api_key (agency_id, api_key_id, company_id, user_id, scope, lookup_hash, sealed_key,
                                    keyring_version, created_at)
      SELECT $1, api_key_id, company_id, $2, 'read_write', lookup_hash, sealed_key, 1, now() FROM item
    ), audit AS (
      INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, company_id, subject_id, request_id)
      SELECT $1, now(), 'company.created', $2, company_id, company_id, $7 FROM item
    )
    SELECT company_id FROM item`,
};
const begin = { name: "begin", text: "BEGIN" };
const commit = { name: "commit", text: "COMMIT" };
const insertCompanies = {
  name: "companies",
  text: `INSERT INTO tenantry.company (agency_id, company_id, name, name_key, owner_id, created_at, updated_at)
    SELECT $1, nextval('tenantry.company_id_seq'), name, name_key, $2, now(), now()
    FROM unnest($3::text[], $4::text[]) AS i(name, name_key) RETURNING company_id`,
};
const insertKeys = {
  name: "keys",
  text: `INSERT INTO tenantry.api_key (agency_id, api_key_id, company_id, user_id, scope, lookup_hash, sealed_key,
                                       keyring_version, created_at)
    SELECT $1, nextval('tenantry.api_key_id_seq'), company_id, $2, 'read_write', lookup_hash, sealed_key, 1, now()
    FROM unnest($3::bigint[], $4::bytea[], $5::bytea[]) AS i(company_id, lookup_hash, sealed_key)`,
};
const insertAudit = {
  name: "audit",
  text: `INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, company_id, subject_id, request_id)
    SELECT $1, now(), 'company.created', $2, company_id, company_id, $4 FROM unnest($3::bigint[]) AS i(company_id)`,
};
const columns = `c.company_id AS id, c.name, u.name AS owner, c.active, c.running_campaigns, c.email_slots, c.linkedin_slots
  FROM tenantry.company c JOIN tenantry.app_user u ON u.agency_id = c.agency_id AND u.user_id = c.owner_id
  WHERE c.agency_id = $1`;
const find = { name: "find", text: `SELECT ${columns} AND c.company_id = $2` };
const list = { name: "list", text: `SELECT ${columns} ORDER BY c.company_id LIMIT ${pageSize} OFFSET $2` };
const total = {
  name: "total",
  text: "SELECT sum(active + inactive)::int AS total FROM tenantry.company_count WHERE agency_id = $1",
};

const company = {
  type: "object",
  properties: {
    id: { type: "integer" },
    name: { type: "string" },
    owner: { type: "string" },
    active: { type: "boolean" },
    running_campaigns: { type: "integer" },
    email_slots: { type: "integer" },
    linkedin_slots: { type: "integer" },
  },
};
const wanted = {
  type: "object",
  required: ["companies"],
  properties: {
    companies: {
      type: "array",
      minItems: 1,
      maxItems: 10,
      items: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string", minLength: 1, maxLength: 255 } },
      },
    },
  },
};
const page = {
  type: "object",
  properties: {
    content: { type: "array", items: company },
    pagination_data: {
      type: "object",
      properties: {
        total_elements: { type: "integer" },
        total_pages: { type: "integer" },
        current_page_number: { type: "integer" },
        page_size: { type: "integer" },
      },
    },
  },
};
const created = {
  type: "object",
  properties: {
    companies: {
      type: "array",
      items: { type: "object", properties: { id: { type: "integer" }, name: { type: "string" }, api_key: { type: "string" } } },
    },
  },
};

function mintKey() {
  const text = `ixk_${randomBytes(24).toString("base64url")}`;
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", sealingKey, nonce);
  const sealed = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  return { text, sealed, hash: createHash("sha256").update(text).digest() };
}

const folded = (name) => name.toLowerCase();

/// Each answers the new companies' rows, in order.
async function insertTogether(database, { agency, user }, names, keys, request) {
  const values = [agency, user, names, names.map(folded), keys.map(({ hash }) => hash), keys.map(({ sealed }) => sealed), request];
  return (await database.query({ ...insert, values })).rows;
}
async function insertByTable(database, { agency, user }, names, keys, request) {
  const client = await database.connect();
  let failure;
  try {
    await client.query(begin);
    const { rows } = await client.query({ ...insertCompanies, values: [agency, user, names, names.map(folded)] });
    const ids = rows.map(({ company_id }) => company_id);
    await client.query({
      ...insertKeys, values: [agency, user, ids, keys.map(({ hash }) => hash), keys.map(({ sealed }) => sealed)] });
    await client.query({ ...insertAudit, values: [agency, user, ids, request] });
    await client.query(commit);
    return rows;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    client.release(failure); // with one, the connection ends, and the transaction with it
  }
}

async function serve(port, connections, key, agency, user, insertAll) {
  pg.types.setTypeParser(pg.types.builtins.INT8, Number);
  const database = poolOf(connections);
  const jobs = queues.map(
    (name) => new Queue(name, { connection: redis(), defaultJobOptions: { removeOnComplete: true } }));
  const holders = new Map([[key, { agency, user }]]);
  const app = Fastify({ logger: false });
  app.decorateRequest("holder", null);
  app.addHook("onRequest", async (request, reply) => {
    request.holder = holders.get(request.headers["x-api-key"]);
    if (!request.holder) return reply.code(401).send({ title: "Unauthorized", status: 401 });
  });

  app.post("/rest/v2/agency/companies", { schema: { body: wanted, response: { 201: created } } }, async (request, reply) => {
    const names = request.body.companies.map(({ name }) => name.trim().normalize("NFC"));
    const keys = names.map(mintKey);
    const rows = await insertAll(database, request.holder, names, keys, request.id);
    await Promise.all(jobs.map((queue) => queue.addBulk(rows.map(({ company_id }) => ({
      name: "job", data: { agency: request.holder.agency, company: company_id } })))));
    reply.code(201);
    return { companies: rows.map(({ company_id }, i) => ({ id: company_id, name: names[i], api_key: keys[i].text })) };
  });

  app.get("/rest/v2/agency/companies/:id", { schema: { response: { 200: company } } }, async (request, reply) => {
    const { rows } = await database.query({ ...find, values: [request.holder.agency, request.params.id] });
    if (rows.length === 0) return reply.code(404).send({ title: "Not Found", status: 404 });
    return rows[0];
  });

  app.get("/rest/v2/agency/companies", { schema: { response: { 200: page } } }, async (request) => {
    const number = Number(request.query.page ?? 1);
    const [{ rows }, { rows: [{ total: all }] }] = await Promise.all([
      database.query({ ...list, values: [request.holder.agency, (number - 1) * pageSize] }),
      database.query({ ...total, values: [request.holder.agency] })]);
    return {
      content: rows,
      pagination_data: {
        total_elements: all, total_pages: Math.ceil(all / pageSize), current_page_number: number, page_size: pageSize },
    };
  });

  app.get("/healthz", async () => ({ status: "ok" }));
  await app.listen({ port, host: "127.0.0.1" });
}

function work(concurrency, connections) {
  const database = poolOf(connections);
  const run = async ({ data }) => {
    await database.query({
      name: "update",
      text: "UPDATE tenantry.company SET updated_at = now() WHERE agency_id = $1 AND company_id = $2",
      values: [data.agency, data.company],
    });
  };
  for (const name of queues) new Worker(name, run, { connection: redis(), concurrency });
}

const [mode, ...given] = process.argv.slice(2);
if (mode === "work") {
  work(...given.map(Number));
} else {
  const [port, processes, connections, key, agency, user, way] = given;
  const insertAll = way === "by-table" ? insertByTable : insertTogether;
  if (cluster.isPrimary && Number(processes) > 1) for (let i = 0; i < Number(processes); ++i) cluster.fork();
  else await serve(Number(port), Number(connections), key, Number(agency), Number(user), insertAll);
}
