import { mapInChunks } from '../../shared/chunks.ts';
import type { OperationContext } from '../../shared/context.ts';
import { type HttpResult, json } from '../../shared/http/api.ts';
import {
  createExperiment,
  experimentIdByName,
  loadExperiment,
  requireLevelOn,
  setExperimentLifecycle,
} from '../../tracking/index.ts';
import { deleteTraces } from '../delete-traces.ts';
import { logSpans } from '../spans/log-spans.ts';
import { changeTrace, findTraces } from '../trace-store.ts';
import { type DemoTrace, demoTraces } from './demo-trace.ts';

/** The experiment in which MLflow's servers keep the data of their demo. */
const NAME = 'MLflow Demo';

/** Opens the experiment among those of applications of language models. */
const KIND = { key: 'mlflow.experimentKind', value: 'genai_development' };

/** Traces that are written at the same time. */
const CONCURRENCY = 4;

/** Makes the demo data that the home page offers to users without data. A second call adds only what is missing. */
export async function generateDemo(_input: object, context: OperationContext): Promise<HttpResult> {
  const experiment_id = await activeExperiment(context);
  const traces = demoTraces(experiment_id, context.clock());
  const known = new Set((await findTraces(traces.map((one) => one.trace_id))).map(idOf));
  const missing = traces.filter((one) => !known.has(one.trace_id));
  await mapInChunks(missing, CONCURRENCY, (trace) => store(experiment_id, trace));
  const isNew = missing.length > 0;
  return json(200, {
    status: isNew ? 'created' : 'exists',
    experiment_id,
    features_generated: isNew ? ['traces'] : [],
    navigation_url: `/experiments/${experiment_id}`,
  });
}

const idOf = ({ trace_id }: { readonly trace_id: string }) => trace_id;

/** The demo's experiment, made or restored where that is needed. */
async function activeExperiment(context: OperationContext): Promise<string> {
  const known = await experimentIdByName(NAME);
  if (known === undefined) {
    return (await createExperiment({ name: NAME, tags: [KIND] }, context)).experiment_id;
  }
  await requireLevelOn(known, 'CAN_MANAGE', context);
  const { lifecycle_stage } = await loadExperiment(known);
  if (lifecycle_stage === 'deleted') await setExperimentLifecycle(known, 'active', context);
  return known;
}

async function store(experimentId: string, { trace_id, spans, told }: DemoTrace): Promise<void> {
  await logSpans(experimentId, new Map([[trace_id, spans]]));
  await changeTrace(trace_id, (before) => {
    if (!before) return undefined;
    const { trace } = before;
    const trace_metadata = { ...trace.trace_metadata, ...told.trace_metadata };
    const tags = { ...trace.tags, ...told.tags };
    return { ...before, trace: { ...trace, trace_metadata, tags, assessments: told.assessments } };
  });
}

/** Takes the demo's data away; the experiment is deleted like any other, and comes back with the next demo. */
export async function deleteDemo(_input: object, context: OperationContext): Promise<HttpResult> {
  const id = await experimentIdByName(NAME);
  if (id === undefined) return deleted([]);
  await requireLevelOn(id, 'CAN_MANAGE', context);
  const request_ids = demoTraces(id, context.clock()).map(idOf);
  const { traces_deleted } = await deleteTraces({ experiment_id: id, request_ids });
  const { lifecycle_stage } = await loadExperiment(id);
  if (lifecycle_stage === 'active') await setExperimentLifecycle(id, 'deleted', context);
  return deleted(traces_deleted > 0 ? ['traces'] : []);
}

const deleted = (features_deleted: readonly string[]) =>
  json(200, { status: 'deleted', features_deleted });
