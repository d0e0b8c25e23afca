import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { deletePolicy } from '../../../functions/policies/delete-policy.ts';
import { getPolicy, wirePolicy } from '../../../functions/policies/get-policy.ts';
import { parsePolicy } from '../../../functions/policies/parse-policy.ts';
import { type PolicyDocument, policySchema } from '../../../functions/policies/policy.ts';
import { longestMatch, policyFor } from '../../../functions/policies/policy-for.ts';
import { putPolicy } from '../../../functions/policies/put-policy.ts';
import { registryTable } from '../../../functions/registry/table.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { announced } from '../../support/outbox.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable]);
});
afterAll(() => dynamo.stop());

const context = aContext();
const enabled: PolicyDocument = { validation: { mode: 'enabled' } };
const put = (name: string, document: PolicyDocument = enabled, revision?: number) =>
  putPolicy({ name, document, revision }, context);

/** The example of the published contract. */
const complete = {
  validation: {
    mode: 'enabled',
    evaluation_data: { path: 's3://b/2001-02.parquet', format: 'parquet', label: 'late' },
    require: { signature: true, input_example: true, description: true, tags: ['owner'] },
    thresholds: [{ metric: 'roc_auc', min: 0.65, max: null, min_change_vs_champion: -0.01 }],
    slices: [{ name: 'long haul', where: 'distance > 2000', metric: 'roc_auc', min: 0.6 }],
    latency_p95_ms: 50,
    max_size_mb: 200,
    custom: [
      { name: 'bias', function_arn: 'arn:aws:lambda:eu-west-1:1:function:bias' },
      { name: 'legal', url: 'https://example.org/check' },
    ],
  },
  promotion: {
    mode: 'auto',
    metric: 'roc_auc',
    test: 'delong',
    rule: 'superior',
    margin: 0.0,
    alpha: 0.05,
    baseline: { metric: 'roc_auc', min: 0.6 },
  },
  approval: {
    required: false,
    approvers: ['group:ml-leads', 'user:ana'],
    quorum: 1,
    expires_in: 'PT72H',
    self_approval: false,
  },
  retraining: {
    pipeline: 'flight-delay',
    when: [{ metric: 'psi', column: '*', above: 0.2, k: 2, n: 5 }],
    cooldown: 'P1D',
    max_per_month: 10,
  },
};

const LOOKUP = 'validation.evaluation_data.feature_lookups.0';

/** A policy with one look-up of features. */
function lookingUp(lookup: object) {
  const feature_lookups = [{ path: 's3://b/customers.csv', lookup_key: 'customer', ...lookup }];
  const evaluation_data = { path: 's3://b/rows.csv', label: 'y', feature_lookups };
  return { validation: { mode: 'enabled', evaluation_data } };
}

describe('the document', () => {
  it('takes the contract’s example and keeps it as written', () => {
    expect(parsePolicy(complete)).toEqual({ document: complete, revision: undefined });
  });

  it('fills in defaults, the sharpest test for the metric among them', () => {
    const promotion = (part: object) =>
      policySchema.parse({ promotion: { mode: 'auto', ...part } }).promotion;
    expect(promotion({})).toEqual({
      mode: 'auto',
      metric: 'roc_auc',
      test: 'delong',
      rule: 'superior',
      margin: 0,
      alpha: 0.05,
      cheaper: { measure: 'latency', by: 0.1 },
      slice_rule: 'no_harm',
      slice_margin: 0,
    });
    expect(promotion({ metric: 'accuracy' })).toMatchObject({ test: 'mcnemar' });
    expect(promotion({ test: 'mcnemar' })).toMatchObject({ metric: 'accuracy' });
    expect(promotion({ metric: 'rmse' })).toMatchObject({ test: 'bootstrap' });
  });

  it.each([
    [{ validation: { mode: 'on' } }, 'validation.mode'],
    [{ validation: { mode: 'enabled', treshold: [] } }, 'validation'],
    [{ retrain: {} }, ''],
    [{ promotion: { mode: 'auto', alpha: 0.7 } }, 'promotion.alpha'],
    [
      { validation: { mode: 'enabled', thresholds: [{ metric: 'roc_auc', min: 1.2 }] } },
      'validation.thresholds.0',
    ],
    [
      { validation: { mode: 'enabled', thresholds: [{ metric: 'rmse', min: 3, max: 2 }] } },
      'validation.thresholds.0',
    ],
    [
      {
        validation: {
          mode: 'enabled',
          slices: [{ name: 's', where: 'a = 1', by: 'a', metric: 'r2', min: 0 }],
        },
      },
      'validation.slices.0',
    ],
    [{ validation: { mode: 'enabled', data_quality: { min_rows: 9 } } }, 'validation.data_quality'],
    [{ promotion: { mode: 'auto', metric: 'log_loss', test: 'delong' } }, 'promotion.test'],
    [{ promotion: { mode: 'auto', margin: -0.1 } }, 'promotion.margin'],
    [{ approval: { required: true, expires_in: '3 days' } }, 'approval.expires_in'],
    [{ approval: { required: true, approvers: ['ana'] } }, 'approval.approvers.0'],
    [
      { approval: { required: true, escalation: { after: 'P3D', to: ['user:ana'] } } },
      'approval.escalation.after',
    ],
    [{ retraining: { pipeline: 'p', when: [{ metric: 'psi' }] } }, 'retraining.when.0'],
    [
      { retraining: { pipeline: 'p', when: [{ metric: 'psi', above: 1, k: 3, n: 2 }] } },
      'retraining.when.0',
    ],
    [
      { validation: { mode: 'enabled', evaluation_data: { path: '/tmp/x', label: 'y' } } },
      'validation.evaluation_data.path',
    ],
    [lookingUp({ timestamp_key: 'known_at' }), `${LOOKUP}.timestamp_key`],
    [lookingUp({ timestamp_lookup_key: 'at' }), `${LOOKUP}.timestamp_key`],
    [lookingUp({ lookback_window: 'P30D' }), `${LOOKUP}.lookback_window`],
    [lookingUp({ lookup_key: [] }), `${LOOKUP}.lookup_key`],
    [lookingUp({ table_name: 'customers' }), LOOKUP],
    [
      { validation: { mode: 'enabled', thresholds: [{ metric: 'roc_auc' }] } },
      'validation.thresholds.0',
    ],
    [
      {
        validation: {
          mode: 'enabled',
          slices: [{ name: 's', where: 'distance >', metric: 'roc_auc', min: 0.5 }],
        },
      },
      'validation.slices.0.where',
    ],
    [
      { validation: { mode: 'enabled', custom: [{ name: 'c', url: 'http://example.org' }] } },
      'validation.custom.0.url',
    ],
    [
      {
        validation: {
          mode: 'enabled',
          thresholds: [{ metric: 'roc_auc', min_change_vs_champion: 1.1 }],
        },
      },
      'validation.thresholds.0.min_change_vs_champion',
    ],
    [
      {
        validation: {
          mode: 'enabled',
          slices: [{ name: 's', by: 'a', metric: 'f1', min_change_vs_baseline: 1.5 }],
        },
      },
      'validation.slices.0.min_change_vs_baseline',
    ],
    [{ promotion: { mode: 'auto', metric: 'accuracy', margin: 1 } }, 'promotion.margin'],
    [
      { approval: { required: true, approvers: ['user:ana', 'user:ana'], quorum: 2 } },
      'approval.quorum',
    ],
    [{ approval: { required: true, expires_in: 'PT0S' } }, 'approval.expires_in'],
    [{ approval: { required: true, expires_in: 'P4Y' } }, 'approval.expires_in'],
    [
      {
        validation: {
          mode: 'enabled',
          thresholds: [{ metric: 'rmse', min_relative_change_vs_champion: 1.5 }],
        },
      },
      'validation.thresholds.0.min_relative_change_vs_champion',
    ],
    [
      { validation: { mode: 'enabled', thresholds: [{ metric: 'roc_auc', min: 0.6 }] } },
      'validation.thresholds',
    ],
    [
      {
        validation: {
          mode: 'enabled',
          slices: [{ name: 's', where: 'a = 1', metric: 'roc_auc', min: 0.6 }],
        },
      },
      'validation.slices',
    ],
    [{ validation: { mode: 'enabled', baseline: { column: 'guess' } } }, 'validation.baseline'],
  ])('refuses %j at %s', (document, path) => {
    let details: unknown;
    try {
      parsePolicy(document);
    } catch (error) {
      details = (error as { details: unknown }).details;
    }
    expect(details).toEqual(expect.arrayContaining([expect.objectContaining({ path })]));
  });
});

describe('the address of a custom check', () => {
  const asking = (url: string) => ({
    validation: { mode: 'enabled', custom: [{ name: 'legal', url }] },
  });

  it.each([
    'https://127.0.0.1/check',
    'https://10.1.2.3',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]:8443/check',
    'https://localhost/check',
  ])('is not a private one: %s', (url) => {
    const path = 'validation.custom.0.url';
    expect(() => parsePolicy(asking(url))).toThrow(`${path}: Custom check URL must not resolve`);
    vi.stubEnv('ALLOW_PRIVATE_WEBHOOKS', 'true');
    expect(parsePolicy(asking(url)).document).toEqual(asking(url));
  });

  it('is a name that is looked up when it is called', () => {
    const byName = asking('https://checks.example.org/legal');
    expect(parsePolicy(byName).document).toEqual(byName);
  });
});

describe('what looks hard to meet', () => {
  it.each([
    [
      {
        validation: {
          mode: 'enabled',
          evaluation_data: { path: 's3://b/rows.csv', label: 'y' },
          thresholds: [{ metric: 'rmse', min_change_vs_champion: 9 }],
        },
      },
    ],
    // Nothing is looked at, nothing is compared: the challenger waits, and the verdict says why.
    [{ validation: { mode: 'enabled', thresholds: [], slices: [] } }],
    [{ promotion: { mode: 'auto', baseline: { metric: 'roc_auc', min: 0.6 } } }],
    [{ promotion: { mode: 'auto', metric: 'roc_auc', rule: 'non_inferior', margin: 1 } }],
    [{ approval: { required: true, approvers: ['group:leads'], quorum: 5 } }],
    [{ approval: { required: true, quorum: 5 } }],
    [
      {
        approval: {
          required: true,
          approvers: ['user:ana'],
          quorum: 2,
          escalation: { after: 'PT1H', to: ['user:ben'] },
        },
      },
    ],
  ])('but can be met is taken: %j', (document) => {
    expect(parsePolicy(document).document).toEqual(document);
  });

  it('and is in force already stays in force', async () => {
    await put('strict', { promotion: { mode: 'auto', metric: 'accuracy', margin: 1 } });
    expect((await policyFor('strict'))?.policy.promotion?.margin).toBe(1);
  });
});

describe('policies', () => {
  it('number their revisions, change nothing for the same document, and announce changes', async () => {
    expect((await put('m')).revision).toBe(1);
    expect((await put('m')).revision).toBe(1);
    expect((await put('m', { promotion: { mode: 'auto' } })).revision).toBe(2);
    await deletePolicy('m', context);
    await expect(getPolicy('m')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' });
    expect((await put('m')).revision).toBe(3);

    const events = (await announced('registry')).filter((event) => event.data.model === 'm');
    expect(events.map(({ type, data }) => [type, data.revision])).toEqual([
      ['PolicyChanged', 1],
      ['PolicyChanged', 2],
      ['PolicyDeleted', 2],
      ['PolicyChanged', 3],
    ]);
  });

  it('answer what was put, with the revision that a later PUT may expect', async () => {
    await put('read', complete as PolicyDocument);
    const shown = wirePolicy(await getPolicy('read'));
    expect(shown).toEqual({ ...complete, revision: 1 });

    const { document, revision } = parsePolicy({ ...shown, promotion: { mode: 'manual' } });
    expect((await put('read', document, revision)).revision).toBe(2);
    await expect(put('read', enabled, 1)).rejects.toMatchObject({ code: 'RESOURCE_CONFLICT' });
  });

  it('cover a model by its own, else by the longest prefix, else not at all', async () => {
    await put('prod.*');
    await put('prod.ml.*', { promotion: { mode: 'manual' } });
    await put('prod.ml.delay', { promotion: { mode: 'auto' } });

    expect((await policyFor('prod.ml.delay'))?.name).toBe('prod.ml.delay');
    expect((await policyFor('prod.ml.churn'))?.name).toBe('prod.ml.*');
    expect((await policyFor('prod.other'))?.name).toBe('prod.*');
    expect(await policyFor('dev.other')).toBeUndefined();

    await deletePolicy('prod.ml.*', context);
    expect((await policyFor('prod.ml.churn'))?.name).toBe('prod.*');
  });

  it('of a prefix match a model just when it begins with the prefix', () => {
    const names = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 6 });
    fc.assert(
      fc.property(names, fc.array(names, { maxLength: 8 }), (model, prefixes) => {
        const found = longestMatch(
          model,
          prefixes.map((prefix) => ({ name: `${prefix}*` })),
        );
        const fitting = prefixes.filter((prefix) => model.startsWith(prefix));
        const longest = Math.max(-1, ...fitting.map((prefix) => prefix.length));
        expect(found === undefined ? -1 : found.name.length - 1).toBe(longest);
      }),
    );
  });

  it.each(['a/b', 'a*b', 'a**', 'x:y'])('cannot be put under the name %s', async (name) => {
    await expect(put(name)).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' });
  });
});
