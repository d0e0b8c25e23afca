import { invalid } from '../../shared/errors.ts';
import { checkTraceId, MAX_ID } from '../trace.ts';
import { putLinks } from './link-store.ts';

const MAX_LINKS = 100;

/** Links traces to a run. They may be on their way still: clients log them in the background. */
export async function linkTracesToRun(input: {
  readonly trace_ids: readonly string[];
  readonly run_id: string;
}): Promise<undefined> {
  const { trace_ids, run_id } = input;
  if (trace_ids.length > MAX_LINKS) {
    throw invalid(
      `Cannot link more than ${MAX_LINKS} traces to a run in a single request. ` +
        `Provided ${trace_ids.length} traces.`,
    );
  }
  for (const id of trace_ids) checkTraceId(id);
  // An empty id is no trace's: nothing would ever look for the link.
  await putLinks(
    trace_ids.filter((id) => id !== ''),
    { kind: 'RUN', id: run_id },
  );
}

/** Links versions of prompts to a trace. */
export async function linkPromptsToTrace(input: {
  readonly trace_id: string;
  readonly prompt_versions: readonly { readonly name?: string; readonly version?: string }[];
}): Promise<undefined> {
  const { trace_id, prompt_versions } = input;
  if (prompt_versions.length > MAX_LINKS) {
    throw invalid(`Cannot link more than ${MAX_LINKS} prompt versions to a trace at once`);
  }
  const ids = prompt_versions.map(({ name = '', version = '' }) => {
    if (!/^\d+$/.test(version)) throw invalid(`Invalid prompt version '${version}'`);
    return `${name}/${Number(version)}`;
  });
  // No trace has such an id: nothing would ever look for the link.
  if (trace_id.length > MAX_ID) return;
  await Promise.all(ids.map((id) => putLinks([trace_id], { kind: 'PROMPT', id })));
}
