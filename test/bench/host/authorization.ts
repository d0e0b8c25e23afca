import { Agent, get } from 'node:http';
import { TestHost } from '../../support/host.ts';

const REQUESTS = 1500;
const WARM_UP = 300;

/**
 * Milliseconds of the same read, one connection, from hosts that ask nobody and that ask for tokens.
 * The requests take turns, so that a busy machine does the same to both.
 */
export async function authorization(): Promise<Record<string, number[]>> {
  const open = new TestHost();
  const closed = new TestHost({ flags: ['--auth', 'token'] });
  await Promise.all([open.start(), closed.start()]);
  const token = /shown only now: (\S+)/.exec(closed.output)?.[1] ?? '';
  const path = '/api/2.0/mlflow/experiments/get?experiment_id=0';
  const agent = new Agent({ keepAlive: true });
  const headers = { authorization: `Bearer ${token}` };
  const cases = {
    'read, open route': () => timed(agent, `${open.url}/version`, {}),
    'read, --auth none': () => timed(agent, open.url + path, {}),
    'read, --auth token': () => timed(agent, closed.url + path, headers),
  };
  const times: Record<string, number[]> = {};
  for (let i = 0; i < REQUESTS; i++) {
    for (const [name, request] of Object.entries(cases)) {
      const time = await request();
      times[name] ??= [];
      if (i >= WARM_UP) times[name].push(time);
    }
  }
  agent.destroy();
  await Promise.all([open.stop(), closed.stop()]);
  return times;
}

function timed(agent: Agent, url: string, headers: Record<string, string>): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`Status ${response.statusCode}`));
      response.resume().on('end', () => resolve(performance.now() - started));
    }).on('error', reject);
  });
}
