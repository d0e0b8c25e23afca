import { requiredEnv } from '../../shared/env.ts';
import type { PrepareEvent, PrepareResult } from '../invoke/prepare-model.ts';
import { invokeFunction } from './lambda-store.ts';

/** Names of errors by which Lambda says that the process died or timed out: loading this artefact did it. */
const KILLED = /^(Sandbox|Runtime)\./;

/**
 * Has the data path load a version and predict its input example. Returns where it is scored, or why it
 * cannot be served. Throws when the attempt failed for a reason that says nothing about the version.
 */
export async function prepareVersion(version: PrepareEvent['prepare']): Promise<PrepareResult> {
  const event: PrepareEvent = { prepare: version };
  const output = await invokeFunction(requiredEnv('SERVING_INVOKE_FUNCTION'), event);
  if (output.functionError === undefined) return JSON.parse(output.text) as PrepareResult;
  const error = JSON.parse(output.text) as { errorType?: string; errorMessage?: string };
  const message = `the scorer failed: ${error.errorMessage ?? output.functionError}`;
  if (KILLED.test(error.errorType ?? '')) return { problem: message };
  throw new Error(message);
}
