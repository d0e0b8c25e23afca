import { describe, expect, it } from 'vitest';
import { moveAlias } from '../../../../functions/registry/aliases/move-alias.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { deleteRegisteredModel } from '../../../../functions/registry/models/delete-registered-model.ts';
import { renameRegisteredModel } from '../../../../functions/registry/models/rename-registered-model.ts';
import { createModelVersion } from '../../../../functions/registry/versions/create-model-version.ts';
import { describeLineage } from '../../../../functions/registry/versions/describe-lineage.ts';
import { servesKey } from '../../../../functions/serving/endpoints/endpoint-store.ts';
import { writeOne } from '../../../../functions/shared/dynamo/index.ts';
import { logInputs } from '../../../../functions/tracking/inputs/log-inputs.ts';
import { createRun } from '../../../../functions/tracking/runs/create-run.ts';
import { logModel } from '../../../../functions/tracking/runs/log-model.ts';
import { useArtifactServices } from '../../../support/aws/artifact-services.ts';
import { aContext } from '../../../support/context.ts';

const s3 = useArtifactServices();

const context = aContext();

describe('lineage', () => {
  it('names run, code, datasets, parent, features, pipeline and endpoints in one answer', async () => {
    const signature = { inputs: '[{"type": "double", "name": "distance", "required": true}]' };
    const tags = {
      'mlflow.source.git.commit': 'c0ffee',
      'mlflow.source.name': 'train.py',
      'mlflow.log-model.history': JSON.stringify([
        { artifact_path: 'other', signature: { inputs: '[]' } },
        { artifact_path: 'model', signature },
      ]),
      'slipway.execution_id': 'EXECUTION1',
    };
    const run = await createRun(
      { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) },
      context,
    );
    await logInputs({
      run_id: run.run_id,
      models: [],
      datasets: [
        {
          tags: [{ key: 'mlflow.data.context', value: 'training' }],
          dataset: {
            name: 'flights',
            digest: 'abc123',
            source_type: 's3',
            source: '{"uri":"s3://b/x"}',
          },
        },
      ],
    });
    const row = { pipeline: 'nightly', id: 'EXECUTION1', reason: 'schedule' };
    const table = process.env.PLATFORM_TABLE!;
    await writeOne({ table, put: { pk: 'EXECUTION#EXECUTION1', sk: 'META', pipeline: 'nightly' } });
    await writeOne({ table, put: { pk: 'PIPELINE#nightly', sk: 'EXECUTION#EXECUTION1', ...row } });
    await writeOne({ table, put: servesKey('traced', '1', 'delays') });
    await createRegisteredModel({ name: 'traced' }, context);
    await createModelVersion(
      { name: 'traced', source: `${run.artifact_uri}/model`, run_id: run.run_id },
      context,
    );
    await moveAlias({ model: 'traced', alias: 'champion', version: '1', cause: 'test' }, context);

    expect(await describeLineage({ name: 'traced', version: '1' }, context)).toMatchObject({
      model: 'traced',
      version: '1',
      aliases: ['champion'],
      run: { run_id: run.run_id, experiment_id: run.experiment_id },
      code: { git_commit: 'c0ffee', source: 'train.py', git_branch: null },
      datasets: [{ name: 'flights', digest: 'abc123', context: 'training' }],
      parent: null,
      features: [{ name: 'distance', type: 'double', required: true }],
      pipelines: [{ pipeline: 'nightly', execution_id: 'EXECUTION1', reason: 'schedule' }],
      endpoints: ['delays'],
    });

    await createRegisteredModel({ name: 'prod.ml.traced' }, context);
    const copy = { name: 'prod.ml.traced', source: 'models:/traced/1' };
    await createModelVersion(copy, context);
    expect(await describeLineage({ name: copy.name, version: '1' }, context)).toMatchObject({
      parent: { model: 'traced', version: '1' },
      location: `${run.artifact_uri}/model`,
    });
  });

  it('names the columns of the signature that was logged with the model of the version', async () => {
    const run = await createRun({ tags: [] }, context);
    const named = (name: string) => ({ inputs: JSON.stringify([{ type: 'double', name }]) });
    const common = { run_id: run.run_id, utc_time_created: 't', flavors: {} };
    for (const [artifact_path, name] of [
      ['other', 'a'],
      ['model', 'b'],
      ['model', 'c'],
    ] as const) {
      const model_json = JSON.stringify({ ...common, artifact_path, signature: named(name) });
      await logModel({ run_id: run.run_id, model_json }, context);
    }
    await createRegisteredModel({ name: 'signed' }, context);
    const source = `${run.artifact_uri}/model`;
    await createModelVersion({ name: 'signed', source, run_id: run.run_id }, context);
    expect(await describeLineage({ name: 'signed', version: '1' }, context)).toMatchObject({
      features: [{ name: 'c', type: 'double', required: true }],
    });
  });

  it('has the features of the model’s own signature, as clients of MLflow 3 tell nobody else', async () => {
    const inputs = '[{"type": "long", "name": "seats", "required": false}]';
    await s3.put('m3/MLmodel', `flavors: {}\nsignature:\n  inputs: '${inputs}'\n`);
    await s3.put('größe 1!(x)/MLmodel', `signature:\n  inputs: '${inputs}'\n`);
    await s3.put('odd/MLmodel', 'signature: [');
    await createRegisteredModel({ name: 'newer' }, context);
    for (const source of ['s3://b/m3', 's3://b/odd', 'models:/newer/1', 's3://b/größe 1!(x)']) {
      await createModelVersion({ name: 'newer', source }, context);
    }
    const featuresOf = async (version: string) =>
      (await describeLineage({ name: 'newer', version }, context)) as { features: unknown };
    const seats = [{ name: 'seats', type: 'long', required: false }];
    expect(await featuresOf('1')).toMatchObject({ features: seats });
    expect(await featuresOf('2')).toMatchObject({ features: [] });
    expect(await featuresOf('4')).toMatchObject({ features: seats });
    expect(await featuresOf('3')).toMatchObject({
      features: seats,
      parent: { model: 'newer', version: '1' },
    });
  });

  it('calls the parent by the name that it has now, not by that of a model made since', async () => {
    await createRegisteredModel({ name: 'early' }, context);
    await createModelVersion({ name: 'early', source: 's3://b/m' }, context);
    await createRegisteredModel({ name: 'child' }, context);
    await createModelVersion({ name: 'child', source: 'models:/early/1' }, context);
    const parent = async () =>
      ((await describeLineage({ name: 'child', version: '1' }, context)) as { parent: object })
        .parent;
    await renameRegisteredModel({ name: 'early', new_name: 'late' }, context);
    expect(await parent()).toEqual({ model: 'late', version: '1' });
    await createRegisteredModel({ name: 'early' }, context);
    expect(await parent()).toEqual({ model: 'late', version: '1' });
    await renameRegisteredModel({ name: 'child', new_name: 'grown' }, context);
    expect(await describeLineage({ name: 'grown', version: '1' }, context)).toMatchObject({
      parent: { model: 'late', version: '1' },
    });
    await deleteRegisteredModel({ name: 'late' }, context);
    expect(await describeLineage({ name: 'grown', version: '1' }, context)).toMatchObject({
      parent: { model: 'early', version: '1' },
    });
  });

  it('says null and nothing where nothing is known, and refuses what is not there', async () => {
    await createRegisteredModel({ name: 'plain' }, context);
    await createModelVersion({ name: 'plain', source: 's3://b/m' }, context);
    expect(await describeLineage({ name: 'plain', version: '1' }, context)).toMatchObject({
      run: null,
      code: null,
      parent: null,
      datasets: [],
      features: [],
      pipelines: [],
      endpoints: [],
    });
    await expect(describeLineage({ name: 'plain', version: '9' }, context)).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    });
  });
});
