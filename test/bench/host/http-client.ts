import { spawn } from 'node:child_process';
import { Agent, get } from 'node:http';
import { fileURLToPath } from 'node:url';

/** Latencies in ms, and how many requests a second there were. */
export interface LoadResult {
  readonly times: readonly number[];
  readonly rate: number;
}

const WARM_MS = 800;
export const MEASURE_MS = 1500;

/** The part of a client's work that is measured. */
export const MEASURED_SHARE = MEASURE_MS / (WARM_MS + MEASURE_MS);

/** Gets an address over and over from a process of its own. */
export async function getRepeatedly(url: string, connections: number): Promise<LoadResult> {
  const script = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [script, url, String(connections)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
  if (output === '') throw new Error(`No answers from ${url}`);
  return JSON.parse(output) as LoadResult;
}

async function client(url: string, connections: number): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const request = () =>
    new Promise<void>((resolve, reject) => {
      get(url, { agent }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`Status ${response.statusCode}`));
        response.resume().on('end', resolve);
      }).on('error', reject);
    });
  const phase = async (ms: number) => {
    const times: number[] = [];
    const until = performance.now() + ms;
    const loop = async () => {
      while (performance.now() < until) {
        const from = performance.now();
        await request();
        times.push(performance.now() - from);
      }
    };
    await Promise.all(Array.from({ length: connections }, loop));
    return times;
  };
  await phase(WARM_MS);
  const times = await phase(MEASURE_MS);
  agent.destroy();
  return { times, rate: Math.round(times.length / (MEASURE_MS / 1000)) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const result = await client(String(process.argv[2]), Number(process.argv[3]));
  process.stdout.write(JSON.stringify(result));
}
