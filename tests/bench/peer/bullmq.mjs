// The peer that the job engine is held against: BullMQ, each job of which does nothing, or updates one row by its primary
// key, on the same PostgreSQL and the same Redis.
//
// Usage: bullmq.mjs drain JOBS CONCURRENCY CONNECTIONS PROCESSES   prints the jobs/s of a backlog. In each of PROCESSES a
//                                                                  worker runs CONCURRENCY jobs at a time, over as many
//                                                                  CONNECTIONS to PostgreSQL
//        bullmq.mjs idle JOBS CONCURRENCY CONNECTIONS PROCESSES    the same of jobs that do nothing
//        bullmq.mjs starve JOBS MS CONCURRENCY                     prints the ms that a job of one agency waits in plain
//                                                                  FIFO behind JOBS of another, which last MS each
//
// DATABASE_URL and REDIS_URL say where. It is given what makes it fast: jobs are added in bulk before the time counts and
// removed when they are done, nobody listens to their events, commands to Redis that come together travel together
// (enableAutoPipelining: a fifth faster), and the update is a prepared statement on a table of two columns.
import { fork } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import pg from "pg";

const name = "bench";
const bulk = 1000;
const untilOthersRun = 1000;
const looksEvery = 100;
const update = { name: "update", text: "UPDATE bench_peer SET finished_at = now() WHERE id = $1" };

const redis = () => new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null, enableAutoPipelining: true });

async function queueOf(jobs, dataOf) {
  const queue = new Queue(name, { connection: redis(), defaultJobOptions: { removeOnComplete: true } });
  await queue.obliterate({ force: true });
  for (let from = 1; from <= jobs; from += bulk) {
    const length = Math.min(bulk, jobs - from + 1);
    await queue.addBulk(Array.from({ length }, (_, i) => ({ name, data: dataOf(from + i) })));
  }
  return queue;
}

/** A row for each job, as those of the engine's jobs are there before a worker is. */
async function makeRows(database, jobs) {
  await database.query("DROP TABLE IF EXISTS bench_peer");
  await database.query("CREATE TABLE bench_peer (id bigint PRIMARY KEY, finished_at timestamptz)");
  await database.query("INSERT INTO bench_peer SELECT generate_series(1, $1::bigint)", [jobs]);
  await database.query("VACUUM (ANALYZE) bench_peer");
  await database.query("CHECKPOINT");
}

/** From the first update to the last, by PostgreSQL's clock, as the engine's jobs are timed. */
async function updatesPerSecond(database, jobs) {
  const { rows: [seen] } = await database.query(
    `SELECT count(finished_at)::int AS updates, extract(epoch FROM max(finished_at) - min(finished_at)) AS seconds
     FROM bench_peer`);
  if (seen.updates !== jobs) throw new Error(`${seen.updates} of ${jobs} rows are updated`);
  return Math.round(seen.updates / seen.seconds);
}

async function drain(jobs, concurrency, connections, processes) {
  const database = new pg.Client(process.env.DATABASE_URL);
  await database.connect();
  const queue = await queueOf(jobs, (id) => ({ id }));
  await makeRows(database, jobs);
  const workers = workersOf(processes, ["work", concurrency, connections]);
  await allDone(queue, jobs);
  for (const worker of workers) worker.disconnect();
  return updatesPerSecond(database, jobs);
}

const workersOf = (count, words) => Array.from({ length: count }, () => fork(fileURLToPath(import.meta.url), words));

async function allDone(queue, jobs) {
  for (let left = jobs; left > 0; await pause(looksEvery)) {
    const counts = await queue.getJobCounts("wait", "active");
    left = counts.wait + counts.active;
  }
}

/** From the first job's start to the last one's, by the clock that all processes share. */
async function idle(jobs, concurrency, connections, processes) {
  const queue = await queueOf(jobs, (id) => ({ id }));
  const workers = workersOf(processes, ["work", concurrency, 0]);
  await allDone(queue, jobs);
  const seen = await Promise.all(workers.map((worker) => new Promise((resolve) => {
    worker.once("message", resolve);
    worker.send("tell");
  })));
  for (const worker of workers) worker.disconnect();
  const began = Math.min(...seen.map((each) => each.first)), ended = Math.max(...seen.map((each) => each.last));
  return Math.round(jobs / ((ended - began) / 1000));
}

/** A process of drain's, or without connections of idle's; ends with it. */
function work(concurrency, connections) {
  const database = connections && new pg.Pool({ connectionString: process.env.DATABASE_URL, max: connections });
  const seen = { first: Infinity, last: 0 };
  const note = async () => {
    seen.last = Date.now();
    seen.first = Math.min(seen.first, seen.last);
  };
  const run = database ? async (job) => { await database.query({ ...update, values: [job.data.id] }); } : note;
  new Worker(name, run, { connection: redis(), concurrency });
  process.on("message", () => process.send(seen));
  return new Promise((resolve) => { process.on("disconnect", resolve); });
}

async function starve(jobs, ms, concurrency) {
  const queue = await queueOf(jobs, () => ({ agency: "A" }));
  const waited = new Promise((resolve) => {
    const run = async (job) => {
      if (job.data.agency === "B") resolve(Date.now() - job.timestamp);
      await pause(ms);
    };
    new Worker(name, run, { connection: redis(), concurrency });
  });
  await pause(untilOthersRun);
  await queue.add(name, { agency: "B" });
  return waited;
}

const [mode, ...numbers] = process.argv.slice(2);
const answer = await { drain, idle, work, starve }[mode](...numbers.map(Number));
if (answer !== undefined) console.log(answer);
process.exit();
