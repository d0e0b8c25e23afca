import { batchGet, key, queryAll, type Write } from '../../shared/dynamo/index.ts';
import type { Pipeline } from '../pipeline.ts';
import { pipelineKey, platformTableName } from '../pipeline-store.ts';
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

/** Finds pipelines with a trigger that may match events of a detail type, as they are defined now. */
export type TriggerLookup = (detailType: string) => Promise<Pipeline[]>;

/** A lookup for a batch of events, which has few types: each is looked up once. */
export function triggerLookup(): TriggerLookup {
  const listeners = once(pipelinesTriggeredBy);
  return once(async (detailType) => {
    const names = await Promise.all([detailType, ANY_DETAIL_TYPE].map(listeners));
    const keys = [...new Set(names.flat())].map(pipelineKey);
    return batchGet<Pipeline>(platformTableName(), keys);
  });
}

/** Asks once for each text, and again after a failure. */
function once<T>(ask: (text: string) => Promise<T>): (text: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (text) => {
    const answer = known.get(text) ?? ask(text);
    known.set(text, answer);
    answer.catch(() => known.delete(text));
    return answer;
  };
}

async function pipelinesTriggeredBy(type: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { sk } of queryAll<{ sk: string }>({
    table: platformTableName(),
    condition: 'pk = :pk',
    values: { ':pk': key('TRIGGERS', type) },
  })) {
    names.push(sk);
  }
  return names;
}
