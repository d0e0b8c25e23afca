import type { TestHost } from '../../support/host.ts';
import { type Figure, spread } from '../figures.ts';
import { usageOfTree } from '../tracking/process-tree.ts';
import { MODELS, nameOf, seedVersions, settled, VERSIONS } from './seed.ts';

interface Shape {
  readonly name: string;
  readonly query: Readonly<Record<string, string>>;
  /** Ask for the pages that follow, too, one a request. */
  readonly onward?: boolean;
}

const SHAPES: readonly Shape[] = [
  { name: 'newest 100', query: { max_results: '100' }, onward: true },
  { name: 'pages of 1,000', query: { max_results: '1000' }, onward: true },
  { name: 'of one model', query: { filter: `name = '${nameOf(421)}'` } },
  { name: 'LIKE, one model', query: { filter: "name LIKE 'team-21.model-00421%'" } },
  { name: 'LIKE, a team', query: { filter: "name LIKE 'team-21.%'", max_results: '100' } },
  { name: 'ILIKE, inside', query: { filter: "name ILIKE '%MODEL-00421'" } },
  {
    name: 'tag of most',
    query: { filter: "tags.model_validation_status = 'PASSED'", max_results: '100' },
    onward: true,
  },
  {
    name: 'tag of a seventh, pages of 1,000',
    query: { filter: "tags.owner = 'owner-3'", max_results: '1000' },
    onward: true,
  },
  { name: 'tag of five', query: { filter: "tags.ticket = 'T-4711'" } },
  {
    name: 'LIKE and tag',
    query: { filter: "name LIKE 'team-2%' AND tags.owner = 'owner-3'", max_results: '100' },
  },
  {
    name: 'source LIKE, inside',
    query: { filter: "source_path LIKE '%000421/artifacts%'", max_results: '100' },
  },
  { name: 'of one run', query: { filter: `run_id = '${String(421).padStart(32, '0')}'` } },
  {
    name: 'by name, pages of 1,000',
    query: { order_by: 'name DESC', max_results: '1000' },
    onward: true,
  },
  {
    name: 'by number',
    query: { order_by: 'version_number ASC', max_results: '100' },
    onward: true,
  },
];

/** The slowest hundredth is three answers. A shape is asked for so often, but no longer than it may take. */
const ROUNDS = 300;
const LEAST_ROUNDS = 3;
const MAX_MS = 30_000;

/**
 * Searches over 10,000 models with 10 versions each: latency over HTTP and CPU of the whole host. The
 * first search of a function, which opens the catalogue, is a figure of its own.
 */
export async function benchSearch(host: TestHost): Promise<Figure[]> {
  await seedVersions(host);
  await settled();
  const figures = [await measure(host, { name: 'the first', query: { max_results: '100' } }, 1)];
  for (const shape of SHAPES) figures.push(await measure(host, shape));
  return figures;
}

async function measure(
  host: TestHost,
  { name, query, onward }: Shape,
  rounds = ROUNDS,
): Promise<Figure> {
  const values: number[] = [];
  let token = '';
  const before = usageOfTree(host.pid).cpuMs;
  const began = performance.now();
  for (let i = 0; i < rounds; i++) {
    if (i >= LEAST_ROUNDS && performance.now() - began > MAX_MS) break;
    const search = new URLSearchParams({ ...query, ...(token && { page_token: token }) });
    const started = performance.now();
    const { body } = await host.call('GET', `/api/2.0/mlflow/model-versions/search?${search}`);
    values.push(performance.now() - started);
    if (onward) token = (body as { next_page_token?: string }).next_page_token ?? '';
  }
  return spread(`search ${MODELS} × ${VERSIONS}: ${name}`, 'ms', values, {
    ...(rounds > 1 && { limits: [{ of: 'p99', atMost: 100 }] }),
    cpuMs: Math.round((usageOfTree(host.pid).cpuMs - before) / values.length),
  });
}
