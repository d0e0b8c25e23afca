import { type TreeUsage, usageOfTree } from './process-tree.ts';

interface LoadPlan {
  readonly users: number;
  readonly seconds: number;
  readonly maxRequests: number;
  /** Milliseconds of rest after which the server is believed to be done with what is behind the answers. */
  readonly restMs?: number;
  /** One good request; throws for any other answer. `i` counts all requests of the load. */
  readonly request: (i: number) => Promise<void>;
}

interface LoadResult {
  readonly good: number;
  readonly errors: number;
  readonly firstError?: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** CPU of the server's process tree. */
  readonly cpuMsPerRequest: number;
  readonly rssMb: number;
}

/** A closed loop: each user sends its next request when it has the answer to the last. */
export async function runLoad(plan: LoadPlan, serverPid: number): Promise<LoadResult> {
  const times: number[] = [];
  let errors = 0;
  let firstError: string | undefined;
  let sent = 0;
  const before = usageOfTree(serverPid);
  const started = performance.now();
  const until = started + plan.seconds * 1000;
  const user = async () => {
    while (performance.now() < until && sent < plan.maxRequests) {
      const from = performance.now();
      try {
        await plan.request(sent++);
        times.push(performance.now() - from);
      } catch (error) {
        errors += 1;
        firstError ??= String(error);
      }
    }
  };
  await Promise.all(Array.from({ length: plan.users }, user));
  const elapsed = performance.now() - started;
  // What the server does behind the answers (streams, compaction) belongs to the bill, too.
  const after = await atRest(serverPid, Math.max(plan.restMs ?? 0, LOOK_MS));
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    round(times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? Number.NaN);
  return {
    good: times.length,
    errors,
    ...(firstError && { firstError }),
    perSecond: round((times.length * 1000) / elapsed),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    cpuMsPerRequest: round((after.cpuMs - before.cpuMs) / times.length),
    rssMb: Math.round(after.rssMb),
  };
}

/** How often it is looked whether the server works, and the share of a core that it may take at rest. */
const LOOK_MS = 300;
const REST_SHARE = 0.1;

/** What was used by the end of the last work: looking on for `restMs` of rest costs the server nothing. */
async function atRest(pid: number, restMs: number): Promise<TreeUsage> {
  let last = usageOfTree(pid);
  let worked = last;
  for (let rest = 0; rest < restMs; ) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = usageOfTree(pid);
    const works = now.cpuMs - last.cpuMs > REST_SHARE * LOOK_MS;
    if (works) worked = now;
    rest = works ? 0 : rest + LOOK_MS;
    last = now;
  }
  return worked;
}

const round = (value: number) => Math.round(value * 100) / 100;
