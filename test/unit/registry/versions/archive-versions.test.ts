import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moveAlias } from '../../../../functions/registry/aliases/move-alias.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { getModel } from '../../../../functions/registry/models/model-store.ts';
import { registryTable } from '../../../../functions/registry/table.ts';
import { createModelVersion } from '../../../../functions/registry/versions/create-model-version.ts';
import { transitionStage } from '../../../../functions/registry/versions/transition-stage.ts';
import { listVersions } from '../../../../functions/registry/versions/version-store.ts';
import { listActivities } from '../../../../functions/registry/workspace/workspace-store.ts';
import { aContext } from '../../../support/context.ts';
import { killAt } from '../../../support/crash/kill-at.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';
import { announced } from '../../../support/outbox.ts';

const context = aContext();
let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable]);
});
afterAll(() => dynamo.stop());

/** A model with versions in Production, and one more that is nowhere. */
async function aModel(name: string, inProduction: number): Promise<string> {
  await createRegisteredModel({ name }, context);
  for (let i = 1; i <= inProduction + 1; i++) {
    await createModelVersion({ name, source: `s3://bucket/${i}` }, context);
    if (i > inProduction) break;
    await transitionStage({ name, version: String(i), stage: 'Production' }, context);
  }
  return String(inProduction + 1);
}

const inStage = async (name: string, stage: string) => {
  const found: number[] = [];
  for await (const one of listVersions(name))
    if (one.current_stage === stage) found.push(one.version);
  return found;
};

const archived = async (name: string) =>
  (await announced('registry')).filter(
    ({ type, data }) =>
      type === 'ModelStageChanged' && data.model === name && data.to === 'Archived',
  );

describe('the versions of a stage', () => {
  it('are archived however many they are, each with its event and what its page says', async () => {
    const others = 120;
    const version = await aModel('crowd', others);
    for (let i = 0; i < 30; i++) {
      await moveAlias({ model: 'crowd', alias: `a${i}`, version: '7', cause: 'request' }, context);
    }
    const input = { name: 'crowd', version, stage: 'Production', archive_existing_versions: true };
    await transitionStage(input, context);

    expect(await inStage('crowd', 'Production')).toEqual([others + 1]);
    expect(await inStage('crowd', 'Archived')).toHaveLength(others);
    expect((await getModel('crowd')).latest).toEqual({ Production: others + 1, Archived: others });
    const events = await archived('crowd');
    expect(new Set(events.map(({ data }) => data.version)).size).toBe(others);
    expect(events).toHaveLength(others);
    for (const number of [1, 7, others]) {
      const [activity] = await listActivities('crowd', number);
      expect(activity).toMatchObject({
        activity_type: 'SYSTEM_TRANSITION',
        from_stage: 'Production',
        to_stage: 'Archived',
        system_comment: `Archived as version ${version} moved to Production`,
      });
    }
  });

  it('are all archived by the same request when it was interrupted, none twice', async () => {
    const others = 70;
    const version = await aModel('killed', others);
    const input = { name: 'killed', version, stage: 'Production', archive_existing_versions: true };
    let calls = 0;
    for (; !(await inStage('killed', 'Production')).includes(others + 1); calls++) {
      // The newest goes with the move itself: the stage is never empty.
      expect((await getModel('killed')).latest.Production).toBe(others);
      await killAt(calls + 1, calls % 2 === 0, () => transitionStage(input, context));
    }
    expect(calls).toBeGreaterThan(3);
    expect(await inStage('killed', 'Production')).toEqual([others + 1]);
    const events = await archived('killed');
    expect(events.map(({ data }) => Number(data.version)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: others }, (_, i) => i + 1),
    );
  });
});
