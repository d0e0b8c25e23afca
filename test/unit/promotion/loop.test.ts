import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyDocument } from '../../../functions/policies/policy.ts';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { getVersionByAlias } from '../../../functions/registry/index.ts';
import { describeVersion } from '../../../functions/registry/versions/get-model-version.ts';
import { getValidation } from '../../../functions/validation/get-validation.ts';
import { aContext } from '../../support/context.ts';
import {
  aModel,
  automatic,
  champion,
  evaluationData,
  eventsOf,
} from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { announced } from '../../support/outbox.ts';
import { trainTiny } from '../../support/tiny-model.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.stop());

const context = aContext();
const verdicts = async (model: string) =>
  (await promotionsOf(model, {})).promotions.map(({ challenger, verdict }) => [
    challenger,
    verdict,
  ]);

describe('the loop from registration to promotion', () => {
  it('leaves a model without policy alone', async () => {
    await aModel('plain', undefined, context);
    const version = await trainTiny(loop, 'plain', 'x', context);
    await loop.settle();

    expect(await describeVersion({ name: 'plain', version })).not.toHaveProperty('tags');
    await expect(getValidation('plain', version)).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    });
    expect(await champion('plain')).toBeUndefined();
  });

  it('promotes the first version, then a better one, and rejects a worse one', async () => {
    await aModel('delay', automatic, context);
    await trainTiny(loop, 'delay', 'z', context);
    await loop.settle();
    expect(await champion('delay')).toBe('1');

    await trainTiny(loop, 'delay', 'x', context);
    await loop.settle();
    expect(await champion('delay')).toBe('2');

    await trainTiny(loop, 'delay', 'n', context);
    await loop.settle();
    expect(await champion('delay')).toBe('2');
    expect(await getVersionByAlias('delay', 'challenger')).toBe('3');

    const { promotions } = await promotionsOf('delay', {});
    expect(promotions).toMatchObject([
      { challenger: '3', champion: '2', verdict: 'rejected', status: 'DECIDED' },
      { challenger: '2', champion: '1', verdict: 'promoted' },
      { challenger: '1', champion: null, verdict: 'promoted', evidence: { kind: 'none' } },
    ]);
    const [rejected, promoted] = promotions;
    expect(promoted?.evidence).toMatchObject({
      kind: 'comparison',
      metric: 'roc_auc',
      comparison: { test: 'delong', n: 600 },
      data: { digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), rows: 600 },
    });
    expect(promoted!.evidence.comparison!.interval[0]).toBeGreaterThan(0);
    expect(rejected!.evidence.comparison!.estimate).toBeLessThan(0);
    expect(promoted?.text).toMatch(
      /^version 2 of delay became champion after version 1: roc_auc 0\.\d+ against 0\.\d+ on 600 rows/,
    );
    expect(promoted?.policy).toEqual({ name: 'delay', revision: 1 });
  });

  it('tags a version PENDING first and then by its verdict, and keeps every check', async () => {
    await aModel(
      'tagged',
      {
        validation: {
          mode: 'enabled',
          evaluation_data: evaluationData,
          require: { signature: true, input_example: true, description: true, tags: ['owner'] },
          thresholds: [
            { metric: 'roc_auc', min: 0.99 },
            { metric: 'log_loss', max: 5 },
          ],
          slices: [{ name: 'small', where: "group = 'small'", metric: 'roc_auc', min: 0.5 }],
          latency_p95_ms: 1000,
          max_size_mb: 1,
        },
      },
      context,
    );
    const version = await trainTiny(loop, 'tagged', 'x', context, { description: 'a try' });
    await loop.settle();

    const validation = await getValidation('tagged', version);
    const byName = new Map(validation.checks.map((check) => [check.name, check]));
    expect(validation).toMatchObject({ status: 'FAILED', dry_run: false, policy: { revision: 1 } });
    expect([...byName].map(([name, { status }]) => [name, status])).toEqual([
      ['artifact_loads', 'PASSED'],
      ['signature', 'PASSED'],
      ['input_example', 'PASSED'],
      ['description', 'PASSED'],
      ['tag:owner', 'FAILED'],
      ['size', 'PASSED'],
      ['roc_auc', 'PASSED'],
      ['log_loss', 'PASSED'],
      ['latency_p95', 'PASSED'],
    ]);
    expect(validation.checks.filter(({ name }) => name === 'roc_auc')).toMatchObject([
      { status: 'FAILED', limit: { min: 0.99 }, unit: 'roc_auc', measured: expect.any(Number) },
      { status: 'PASSED', slice: 'small' },
    ]);
    const tags = (await eventsOf('tagged', 'ModelTagSet')).map((event) => event.data.value);
    expect(tags).toEqual(['PENDING', 'FAILED']);
    const [validated] = await eventsOf('tagged', 'ModelVersionValidated');
    expect(validated?.data.failed_checks).toEqual(['tag:owner', 'roc_auc']);
    expect(await champion('tagged')).toBeUndefined();
  });

  it('fails a version whose artefact is broken, with the reason, and goes on', async () => {
    await aModel('broken', automatic, context);
    const cases: Record<string, string | null>[] = [
      { 'model/MLmodel': null },
      { 'model/MLmodel': 'flavors: {}' },
      { 'model/model.gbdt.json': null },
      { 'model/model.gbdt.json': '{"format":"slipway.gbdt"' },
      { 'model/input_example.json': '{"columns":["q"],"data":[[1]]}' },
    ];
    const versions: string[] = [];
    for (const files of cases)
      versions.push(await trainTiny(loop, 'broken', 'x', context, { files }));
    await loop.settle();

    for (const version of versions) {
      const { status, checks } = await getValidation('broken', version);
      expect(status).toBe('FAILED');
      expect(checks[0]).toMatchObject({ name: 'artifact_loads', status: 'FAILED' });
      expect(checks[0]?.message.length).toBeGreaterThan(10);
    }
    expect(await verdicts('broken')).toEqual([]);
  });

  it('fails a version whose check kills its function, instead of staying PENDING', async () => {
    await aModel('killer', automatic, context);
    const real = loop.tasks.ValidationTasks!;
    loop.tasks.ValidationTasks = async (event, lambda) => {
      if (event.task === 'runChecks') {
        throw Object.assign(new Error('RequestId: x Error: Task timed out'), {
          name: 'Sandbox.Timedout',
        });
      }
      return real(event, lambda);
    };
    const version = await trainTiny(loop, 'killer', 'x', context);
    await loop.settle();
    loop.tasks.ValidationTasks = real;

    expect(await getValidation('killer', version)).toMatchObject({
      status: 'FAILED',
      checks: [
        {
          name: 'artifact',
          status: 'ERROR',
          message: 'Sandbox.Timedout: RequestId: x Error: Task timed out',
        },
      ],
    });
  });

  it('comes to the same end when events come twice and in any order', async () => {
    await aModel('twice', automatic, context);
    const before = (await announced('registry')).length;
    await trainTiny(loop, 'twice', 'z', context);
    await loop.settle({ delivery: (rows) => [...rows, ...rows] });
    await trainTiny(loop, 'twice', 'n', context);
    await trainTiny(loop, 'twice', 'x', context);
    await loop.settle({
      delivery: (rows) => [...rows].reverse().flatMap((row) => [row, row, row]),
    });

    expect(await champion('twice')).toBe('3');
    expect(await getVersionByAlias('twice', 'challenger')).toBe('3');
    const events = (await announced('registry')).slice(before);
    const count = (type: string) => events.filter((event) => event.type === type).length;
    expect(count('ModelVersionValidated')).toBe(3);
    expect(count('PromotionDecided')).toBe(3);
  });

  it('lets just one of two better versions through when both are compared at once', async () => {
    await aModel('race', automatic, context);
    await trainTiny(loop, 'race', 'n', context);
    await loop.settle();
    await trainTiny(loop, 'race', 'x', context);
    await trainTiny(loop, 'race', 'x', context);
    await loop.settle();

    const decided = await verdicts('race');
    expect(decided.filter(([, verdict]) => verdict === 'promoted')).toHaveLength(2);
    expect(decided.filter(([, verdict]) => verdict === 'rejected')).toHaveLength(1);
    const moves = await eventsOf('race', 'ModelAliasMoved');
    expect(moves.filter((move) => move.data.alias === 'champion')).toHaveLength(2);
  });

  it('asks the baseline about a first version', async () => {
    const strict = { ...automatic.promotion!, baseline: { metric: 'roc_auc' as const, min: 0.7 } };
    await aModel('baseline', { ...automatic, promotion: strict }, context);
    await trainTiny(loop, 'baseline', 'n', context);
    await loop.settle();
    expect(await champion('baseline')).toBeUndefined();
    await trainTiny(loop, 'baseline', 'x', context);
    await loop.settle();

    expect(await champion('baseline')).toBe('2');
    const { promotions } = await promotionsOf('baseline', {});
    expect(promotions).toMatchObject([
      { verdict: 'promoted', evidence: { kind: 'baseline', baseline: { min: 0.7 } } },
      { verdict: 'rejected', text: expect.stringContaining('is below 0.7') },
    ]);
  });

  it('holds a first version against a heuristic whose scores are a column of the data', async () => {
    const against = (column: string): PolicyDocument => ({
      ...automatic,
      promotion: { mode: 'auto', baseline: { column } },
    });
    await aModel('beats-z', against('z'), context);
    await trainTiny(loop, 'beats-z', 'x', context);
    await aModel('loses-to-x', against('x'), context);
    await trainTiny(loop, 'loses-to-x', 'z', context);
    await loop.settle();

    expect(await champion('beats-z')).toBe('1');
    expect(await champion('loses-to-x')).toBeUndefined();
    const { promotions } = await promotionsOf('beats-z', {});
    expect(promotions[0]).toMatchObject({
      verdict: 'promoted',
      champion: null,
      evidence: { kind: 'comparison', against: 'z', comparison: { test: 'delong' } },
    });
    expect(promotions[0]?.text).toMatch(/became champion: roc_auc/);
  });

  it('waits, and says why, when there is nothing to judge by', async () => {
    await aModel(
      'blind',
      { validation: { mode: 'enabled' }, promotion: { mode: 'auto' } },
      context,
    );
    await trainTiny(loop, 'blind', 'z', context);
    await trainTiny(loop, 'blind', 'x', context);
    await loop.settle();

    expect(await champion('blind')).toBeDefined();
    const { promotions } = await promotionsOf('blind', {});
    expect(promotions.map(({ verdict }) => verdict).sort()).toEqual(['promoted', 'waiting']);
    expect(promotions.find(({ verdict }) => verdict === 'waiting')?.text).toContain(
      'no evaluation_data',
    );
  });

  it('names a challenger but compares nothing when promotion is manual', async () => {
    await aModel('manual', { ...automatic, promotion: { mode: 'manual' } }, context);
    await trainTiny(loop, 'manual', 'x', context);
    await loop.settle();

    expect(await getVersionByAlias('manual', 'challenger')).toBe('1');
    expect(await champion('manual')).toBeUndefined();
    expect(await verdicts('manual')).toEqual([]);
  });

  it('goes straight to promotion when the policy validates nothing', async () => {
    await aModel('direct', { promotion: { mode: 'auto' } }, context);
    const version = await trainTiny(loop, 'direct', 'x', context);
    await loop.settle();

    expect(await champion('direct')).toBe('1');
    expect(await getValidation('direct', version)).toMatchObject({ status: 'SKIPPED', checks: [] });
    expect(await describeVersion({ name: 'direct', version })).not.toHaveProperty('tags');
  });

  it('records a comparison that broke instead of stopping in the middle', async () => {
    await aModel(
      'nolabel',
      {
        validation: { mode: 'enabled', evaluation_data: { ...evaluationData, label: 'late' } },
        promotion: { mode: 'auto' },
      },
      context,
    );
    await trainTiny(loop, 'nolabel', 'z', context);
    await loop.settle();
    await trainTiny(loop, 'nolabel', 'x', context);
    await loop.settle();

    expect(await champion('nolabel')).toBe('1');
    const { promotions } = await promotionsOf('nolabel', {});
    expect(promotions[0]).toMatchObject({
      challenger: '2',
      verdict: 'failed',
      status: 'DECIDED',
      text: expect.stringContaining("no column 'late'"),
    });
  });
});
