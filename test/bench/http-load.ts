import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';

interface Load {
  readonly url: string;
  readonly connections: number;
  /** Posted as JSON; absent: the address is got. */
  readonly body?: string;
  readonly warmMs: number;
  readonly measureMs: number;
}

/** Latencies in ms, and how many requests a second there were. */
export interface LoadResult {
  readonly times: readonly number[];
  readonly rate: number;
}

/** Sends the same request over and over from a process of its own; any answer but 200 ends it. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(load));
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
  if (output === '') throw new Error(`No answers from ${load.url}`);
  return JSON.parse(output) as LoadResult;
}

async function client({ url, connections, body, warmMs, measureMs }: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const options =
    body === undefined
      ? { agent }
      : {
          agent,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          },
        };
  const send = () =>
    new Promise<void>((resolve, reject) => {
      request(url, options, (response) => {
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
        await send();
        times.push(performance.now() - from);
      }
    };
    await Promise.all(Array.from({ length: connections }, loop));
    return times;
  };
  await phase(warmMs);
  const from = performance.now();
  const times = await phase(measureMs);
  const seconds = (performance.now() - from) / 1000;
  agent.destroy();
  return { times, rate: Math.round(times.length / seconds) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let input = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) input += chunk;
  process.stdout.write(JSON.stringify(await client(JSON.parse(input) as Load)));
}
