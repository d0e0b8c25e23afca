import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { LoadResult } from '../host/http-client.ts';
import { requestOf } from './model.ts';

const WARM_MS = 2000;
const MEASURE_MS = 4000;

/** Posts the same request over and over from a process of its own. */
export async function postRepeatedly(
  url: string,
  load: { readonly connections: number; readonly rows: number },
): Promise<LoadResult> {
  const script = fileURLToPath(import.meta.url);
  const args = [script, url, String(load.connections), String(load.rows)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
  if (output === '') throw new Error(`No answers from ${url}`);
  return JSON.parse(output) as LoadResult;
}

async function client(url: string, connections: number, rows: number): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const body = requestOf(rows);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  const post = () =>
    new Promise<void>((resolve, reject) => {
      request(url, { agent, method: 'POST', headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`Status ${response.statusCode}`));
        response.resume().on('end', resolve);
      })
        .on('error', reject)
        .end(body);
    });
  const phase = async (ms: number) => {
    const times: number[] = [];
    const until = performance.now() + ms;
    const loop = async () => {
      while (performance.now() < until) {
        const from = performance.now();
        await post();
        times.push(performance.now() - from);
      }
    };
    await Promise.all(Array.from({ length: connections }, loop));
    return times;
  };
  await phase(WARM_MS);
  const from = performance.now();
  const times = await phase(MEASURE_MS);
  const seconds = (performance.now() - from) / 1000;
  agent.destroy();
  return { times, rate: Math.round(times.length / seconds) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url = '', connections, rows] = process.argv.slice(2);
  const result = await client(url, Number(connections), Number(rows));
  process.stdout.write(JSON.stringify(result));
}
