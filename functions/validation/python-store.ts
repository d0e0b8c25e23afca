import type { ScoreInPython } from '../serving/index.ts';
import { callAws } from '../shared/aws-call.ts';
import { requiredEnv } from '../shared/env.ts';
import { invalid } from '../shared/errors.ts';
import type { Location } from './python-model.ts';

/** A little longer than the function that scores may take. */
const TIMEOUT_MS = 130_000;
const MAX_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 100;

/**
 * Calls the function of Python models, as endpoints do. By Lambda's own protocol: its client
 * would be more than what is left of the bundles of these functions.
 */
async function callPython(event: object): Promise<unknown> {
  const body = JSON.stringify(event);
  for (let attempt = 1; ; attempt++) {
    const answer = await invoke(body);
    const text = await answer.text();
    if (answer.ok && !answer.headers.has('x-amz-function-error')) return JSON.parse(text);
    const busy = answer.status === 429 || answer.status >= 500;
    if (!busy || attempt === MAX_ATTEMPTS) throw invalid(`the Python scorer failed: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt));
  }
}

export const scoreInPython: ScoreInPython = async (event) =>
  (await callPython(event)) as Awaited<ReturnType<ScoreInPython>>;

/** Has a model loaded, and its input example predicted if it has one. Why it cannot be, if so. */
export async function loadInPython(location: Location): Promise<string | undefined> {
  const { problem } = (await callPython({ warm: { location } })) as { readonly problem?: string };
  return problem;
}

const invoke = (body: string): Promise<Response> =>
  callAws({
    service: 'lambda',
    method: 'POST',
    path: `/2015-03-31/functions/${requiredEnv('SERVING_PYTHON_FUNCTION')}/invocations`,
    headers: { 'content-type': 'application/json' },
    body,
    timeoutMs: TIMEOUT_MS,
  });
