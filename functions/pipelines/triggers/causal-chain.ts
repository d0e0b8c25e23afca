import { getModelVersion } from '../../registry/index.ts';
import { findRun } from '../../tracking/index.ts';
import type { Execution } from '../executions/execution.ts';
import { EXECUTION_TAG } from '../executions/execution-tag.ts';
import { getExecution } from '../pipeline-store.ts';
import type { TriggeringEvent } from './trigger.ts';

/** Requests and labels come from outside: what is found in them nobody's pipeline has caused. */
const OUTSIDE = new Set(['slipway.monitoring']);

/**
 * The pipelines whose executions led to an event, the nearest first: the execution that the event
 * tells of, or that made the run or the version it tells of, and what had triggered that one.
 */
export async function chainOf(event: TriggeringEvent): Promise<readonly string[]> {
  const origin = await originOf(event);
  return origin ? [origin.pipeline, ...(origin.startedBy?.pipelines ?? [])] : [];
}

async function originOf({ source, detail }: TriggeringEvent): Promise<Execution | undefined> {
  if (!source.startsWith('slipway.') || OUTSIDE.has(source)) return undefined;
  const data = (detail.data ?? {}) as Readonly<Record<string, unknown>>;
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : undefined);
  const id = text('execution_id') ?? (await executionOfRun(text('run_id') ?? (await runOf(text))));
  return id === undefined ? undefined : getExecution(id);
}

/** The run of the version that an event tells of: every such event names it so. */
async function runOf(text: (name: string) => string | undefined): Promise<string | undefined> {
  const model = text('model') ?? text('name');
  const version = text('version') ?? text('challenger') ?? text('to');
  if (model === undefined || version === undefined || !/^[1-9]\d*$/.test(version)) return undefined;
  return (await getModelVersion(model, version))?.run_id;
}

async function executionOfRun(run: string | undefined): Promise<string | undefined> {
  return run === undefined ? undefined : (await findRun(run))?.tags[EXECUTION_TAG];
}
