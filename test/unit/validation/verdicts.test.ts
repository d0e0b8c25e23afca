import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deletePolicy } from '../../../functions/policies/delete-policy.ts';
import type { PolicyDocument } from '../../../functions/policies/policy.ts';
import { putPolicy } from '../../../functions/policies/put-policy.ts';
import { registryTable } from '../../../functions/registry/table.ts';
import { createModelVersion } from '../../../functions/registry/versions/create-model-version.ts';
import { beginValidation } from '../../../functions/validation/begin-validation.ts';
import { recordFailure, recordVerdict } from '../../../functions/validation/finish-validation.ts';
import { getValidation } from '../../../functions/validation/get-validation.ts';
import { startValidation } from '../../../functions/validation/start-validation.ts';
import { findValidation } from '../../../functions/validation/validation-store.ts';
import { versionToCheck } from '../../../functions/validation/version-to-check.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { aModel, eventsOf } from '../../support/governed-model.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable]);
});
afterAll(() => dynamo.stop());

const context = aContext();
let count = 0;

async function aVersion(document: PolicyDocument = { validation: { mode: 'enabled' } }) {
  const model = `judged-${++count}`;
  await aModel(model, document, context);
  await createModelVersion({ name: model, source: 's3://bucket/model' }, context);
  return { execution: 'first', model, version: '1' };
}

const check = (status: 'PASSED' | 'FAILED') => ({
  name: 'artifact_loads',
  status,
  message: 'm',
  duration_ms: 1,
});

describe('a validation', () => {
  it('is gone on with by the execution that began it, and by no other', async () => {
    const input = await aVersion();
    expect(await beginValidation(input, context)).toEqual({
      checks: ['artifact'],
      environments: [],
    });
    expect(await beginValidation(input, context)).toEqual({
      checks: ['artifact'],
      environments: [],
    });
    expect(await beginValidation({ ...input, execution: 'second' }, context)).toEqual({
      checks: [],
      environments: [],
    });
    expect((await findValidation(input.model, '1'))?.execution).toBe('first');
  });

  it('is of the policy that it began with, whatever is put or deleted meanwhile', async () => {
    const input = await aVersion({
      validation: { mode: 'enabled', require: { tags: ['owner'] }, latency_p95_ms: 1000 },
    });
    const plan = await beginValidation(input, context);
    expect(plan.checks).toEqual(['artifact', 'latency']);
    const rules = async () => (await versionToCheck(input)).policy;
    const asked = await rules();
    expect(asked).toMatchObject({ require: { tags: ['owner'] } });
    const stricter: PolicyDocument = {
      validation: { mode: 'dry_run', require: { tags: ['team'] }, latency_p95_ms: 1 },
    };
    await putPolicy({ name: input.model, document: stricter }, context);
    expect(await rules()).toEqual(asked);
    await deletePolicy(input.model, context);
    expect(await rules()).toEqual(asked);
    expect(await beginValidation(input, context)).toEqual(plan);
    await recordVerdict({ ...input, results: [check('PASSED')] }, context);
    const verdict = await getValidation(input.model, '1');
    expect(verdict).toMatchObject({
      status: 'PASSED',
      dry_run: false,
      policy: { name: input.model, revision: 1 },
    });
    expect(verdict).not.toHaveProperty('rules');
    expect(await findValidation(input.model, '1')).not.toHaveProperty('rules');
  });

  it('does not begin where the policy was disabled, or deleted, since it was started', async () => {
    const nothing = { checks: [], environments: [] };
    const disabled = await aVersion();
    const off: PolicyDocument = { validation: { mode: 'disabled' } };
    await putPolicy({ name: disabled.model, document: off }, context);
    expect(await beginValidation(disabled, context)).toEqual(nothing);
    const deleted = await aVersion();
    await deletePolicy(deleted.model, context);
    expect(await beginValidation(deleted, context)).toEqual(nothing);
    for (const { model } of [disabled, deleted]) {
      expect(await findValidation(model, '1')).toBeUndefined();
      expect(await eventsOf(model, 'ModelTagSet')).toEqual([]);
    }
  });

  it('says which version it was on, by the time of its registration', async () => {
    const input = await aVersion();
    await beginValidation(input, context);
    await recordVerdict({ ...input, results: [check('PASSED')] }, context);
    expect(await eventsOf(input.model, 'ModelVersionValidated')).toMatchObject([
      { data: { registered_at: new Date(context.clock()).toISOString() } },
    ]);
  });

  it('has its verdict from the execution that began it alone', async () => {
    const input = await aVersion();
    await beginValidation(input, context);
    const other = { ...input, execution: 'second', results: [check('FAILED')] };
    expect(await recordVerdict(other, context)).toEqual({ status: 'GONE' });
    expect((await findValidation(input.model, '1'))?.status).toBe('PENDING');
  });

  it('keeps its verdict, and tells of it once, whatever comes afterwards', async () => {
    const input = await aVersion();
    await beginValidation(input, context);
    const passed = { ...input, results: [check('PASSED')] };
    expect(await recordVerdict(passed, context)).toEqual({ status: 'PASSED' });
    expect(await recordVerdict({ ...input, results: [check('FAILED')] }, context)).toEqual({
      status: 'PASSED',
    });
    expect(await recordFailure({ ...input, error: 'Late', cause: 'late' }, context)).toEqual({
      status: 'PASSED',
    });
    expect(await eventsOf(input.model, 'ModelVersionValidated')).toHaveLength(1);
  });

  it('that broke before the version was marked has failed all the same', async () => {
    const input = await aVersion();
    const broken = { ...input, error: 'States.TaskFailed', cause: 'the task tripped' };
    expect(await recordFailure(broken, context)).toEqual({ status: 'FAILED' });
    expect(await findValidation(input.model, '1')).toMatchObject({
      status: 'FAILED',
      cause: expect.stringContaining('the task tripped'),
    });
  });

  it('is skipped, with its event, only where the policy promotes', async () => {
    const start = async (document: PolicyDocument) => {
      const input = await aVersion(document);
      await startValidation(input, context, 'event');
      return (await findValidation(input.model, '1'))?.status;
    };
    const when = [{ metric: 'psi', above: 0.2, k: 1, n: 1 }];
    expect(await start({ retraining: { pipeline: 'p', when } })).toBeUndefined();
    expect(await start({ promotion: { mode: 'disabled' } })).toBeUndefined();
    expect(await start({ promotion: { mode: 'auto', metric: 'roc_auc' } })).toBe('SKIPPED');
  });
});
