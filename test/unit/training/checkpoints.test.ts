import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { train } from '../../../lib/training/images/gbdt/program.ts';
import { boostStepwise, type Step } from '../../../lib/training/images/gbdt/trees/boost.ts';
import { jobFolder, parquet } from './channel.ts';
import { boost, noisyExamples, options } from './examples.ts';
import { trackingServer } from './tracking-server.ts';

const ROWS = 600;
const { features, labels } = noisyExamples(ROWS, 1);
const DATA = {
  'all.parquet': parquet({
    ...Object.fromEntries(
      features.map((column) =>
        column.kind === 'text'
          ? [column.name, ['STRING', [...column.codes].map((code) => column.dictionary[code])]]
          : [
              column.name,
              [
                'DOUBLE',
                [...(column.values as Float64Array)].map((v) => (Number.isNaN(v) ? null : v)),
              ],
            ],
      ),
    ),
    late: ['INT32', [...labels]],
  }),
};
/** Draws rows and features for every tree, and looks at validation rows for when to stop. */
const SETTINGS = {
  label: 'late',
  trees: '60',
  bagging_fraction: '0.7',
  feature_fraction: '0.6',
  early_stopping_rounds: '30',
  validation_fraction: '0.3',
  checkpoint_trees: '7',
};

const filesOf = (root: string) => readdirSync(join(root, 'checkpoints')).sort();
const modelOf = (root: string) => readFileSync(join(root, 'model/model.gbdt.json'), 'utf8');

/** Runs the program below a root, and stops it when it has printed a line that begins so. */
async function run(root: string, stopAt?: string, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const stop = new AbortController();
  const lines: string[] = [];
  const print = (line: string) => {
    lines.push(line);
    if (stopAt && line.startsWith(stopAt)) stop.abort();
  };
  const ended = train(root, { env, print, signal: stop.signal });
  if (stopAt) await expect(ended).rejects.toThrow('Stopped by SIGTERM');
  else await ended;
  return lines;
}

/** The model of a training that nothing happened to. */
async function undisturbed(): Promise<string> {
  const root = jobFolder(SETTINGS, DATA);
  await run(root);
  return modelOf(root);
}

describe('a training that starts over', () => {
  it('goes on from the trees that it had when it was stopped, to the same model', async () => {
    const root = jobFolder(SETTINGS, DATA);
    await run(root, 'trees=20 ');
    expect(filesOf(root)).toEqual(['trees-00000.json', 'trees-00007.json', 'trees-00014.json']);
    const lines = await run(root);
    expect(lines).toContain('goes on after 20 trees of an earlier run');
    expect(lines.some((line) => line.startsWith('trees=20 '))).toBe(false);
    expect(modelOf(root)).toBe(await undisturbed());
  });

  it('goes on from the last file when it was killed, and a second time', async () => {
    const root = jobFolder(SETTINGS, DATA);
    await run(root, 'trees=20 ');
    rmSync(join(root, 'checkpoints/trees-00014.json'));
    writeFileSync(join(root, 'checkpoints/trees-00014.json.part'), '{"steps":[');
    expect(await run(root, 'trees=40 ')).toContain('goes on after 14 trees of an earlier run');
    expect(await run(root)).toContain('goes on after 40 trees of an earlier run');
    expect(modelOf(root)).toBe(await undisturbed());
  });

  it('grows nothing more when it had stopped early', async () => {
    const settings = {
      ...SETTINGS,
      early_stopping_rounds: '3',
      learning_rate: '0.9',
      trees: '500',
    };
    const root = jobFolder({ ...settings, checkpoint_trees: '1' }, DATA);
    await run(root);
    const trees = filesOf(root).length;
    expect(trees).toBeLessThan(500);
    const first = modelOf(root);
    expect(await run(root)).toContain(`goes on after ${trees} trees of an earlier run`);
    expect([filesOf(root).length, modelOf(root)]).toEqual([trees, first]);
  });

  it('takes no trees over that other settings or data have grown', async () => {
    const root = jobFolder(SETTINGS, DATA);
    await run(root, 'trees=20 ');
    for (const other of [
      jobFolder({ ...SETTINGS, learning_rate: '0.2' }, DATA),
      jobFolder(SETTINGS, { 'a.parquet': DATA['all.parquet'], 'b.parquet': DATA['all.parquet'] }),
    ]) {
      mkdirSync(join(other, 'checkpoints'));
      for (const file of filesOf(root)) {
        writeFileSync(
          join(other, 'checkpoints', file),
          readFileSync(join(root, 'checkpoints', file)),
        );
      }
      expect((await run(other)).join('\n')).not.toContain('goes on after');
    }
  });

  it('logs every loss once, whether the earlier run came to it or not', async () => {
    const server = await trackingServer();
    const env = { MLFLOW_TRACKING_URI: server.uri, MLFLOW_RUN_ID: 'run-1' };
    const root = jobFolder(SETTINGS, DATA);
    await run(root, 'trees=20 ', env);
    await run(root, undefined, env);
    type Point = { key: string; step: number; timestamp: number; value: number };
    const points = server
      .calls<{ metrics?: Point[] }>('runs/log-batch')
      .flatMap(({ metrics = [] }) => metrics)
      .filter(({ key }) => key === 'train_loss')
      .map(({ step, timestamp, value }) => `${step} ${timestamp} ${value}`);
    // An exact duplicate counts once.
    const steps = [...new Set(points)].map((point) => Number(point.split(' ')[0]));
    const last = Math.max(...steps);
    expect(steps.sort((a, b) => a - b)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
  });

  it('keeps nothing unless it is told to', async () => {
    const { checkpoint_trees: _, ...settings } = SETTINGS;
    const root = jobFolder(settings, DATA);
    await run(root, 'trees=20 ');
    expect(() => filesOf(root)).toThrow('ENOENT');
  });
});

describe('boosting from trees that are there', () => {
  it.each([0, 1, 13, 20])('grows the same model after %i of them', (count) => {
    const [rows, valid] = [noisyExamples(400, 5), noisyExamples(200, 6)];
    const given = options({ trees: 20, bagging_fraction: 0.5, feature_fraction: 0.5 });
    const steps: Step[] = [];
    for (const step of boostStepwise(rows, valid, given)) steps.push(step);
    const rest = boostStepwise(rows, valid, given, steps.slice(0, count));
    let next = rest.next();
    const again: Step[] = [];
    for (; !next.done; next = rest.next()) again.push(next.value);
    expect(again).toHaveLength(20 - count);
    expect(next.value).toEqual(boost(rows, valid, given));
    expect(again.map(({ validLoss }) => validLoss)).toEqual(
      steps.slice(count).map(({ validLoss }) => validLoss),
    );
  });
});
