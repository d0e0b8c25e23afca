import { batchGet, key, queryAll, type Write } from '../shared/dynamo/index.ts';
import type { Pipeline } from './pipeline.ts';
import { pipelineKey, platformTableName } from './pipeline-store.ts';
import { ANY_DETAIL_TYPE, detailTypesOf } from './trigger.ts';

const rowKey = (detailType: string, pipeline: string) => ({
  pk: key('TRIGGERS', detailType),
  sk: pipeline,
});

const typesOf = (pipeline: Pipeline | undefined) =>
  new Set(pipeline?.document.triggers?.flatMap(detailTypesOf));

/** Changes where a pipeline is looked for: part of the transaction that changes its definition. */
export function triggerWrites(before: Pipeline | undefined, after: Pipeline | undefined): Write[] {
  const name = (after ?? before)?.name ?? '';
  const [had, has] = [typesOf(before), typesOf(after)];
  const table = platformTableName();
  return [
    ...[...had]
      .filter((type) => !has.has(type))
      .map((type): Write => ({ delete: rowKey(type, name), table })),
    ...[...has]
      .filter((type) => !had.has(type))
      .map((type): Write => ({ put: { ...rowKey(type, name), type: 'trigger' }, table })),
  ];
}

/** Pipelines with a trigger that may match events of this detail type, as they are defined now. */
export async function pipelinesTriggeredBy(detailType: string): Promise<Pipeline[]> {
  const names = new Set<string>();
  for (const type of [detailType, ANY_DETAIL_TYPE]) {
    const rows = queryAll<{ sk: string }>({
      table: platformTableName(),
      condition: 'pk = :pk',
      values: { ':pk': key('TRIGGERS', type) },
    });
    for await (const { sk } of rows) names.add(sk);
  }
  return batchGet<Pipeline>(platformTableName(), [...names].map(pipelineKey));
}
