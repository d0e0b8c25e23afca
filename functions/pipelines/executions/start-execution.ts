import * as z from 'zod/mini';
import type { OperationContext } from '../../shared/context.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { existingPipeline } from '../get-pipeline.ts';
import { withParameters } from '../pipeline.ts';
import { requireEditor } from '../require-editor.ts';
import { describeExecution } from './execution.ts';
import { requestInTurn } from './request-in-turn.ts';

const startSchema = z.strictObject({
  parameters: z._default(z.record(z.string(), z.unknown()), {}),
  reason: z._default(z.string().check(z.minLength(1), z.maxLength(1000)), 'requested'),
});

/** Requests an execution; what it will run with is fixed now. */
export async function startExecution(name: string, body: unknown, context: OperationContext) {
  const { parameters, reason } = parseValue(body, startSchema);
  const pipeline = await existingPipeline(name);
  const document = withParameters(pipeline.document, parameters);
  // A parameter may name another model.
  for (const one of [pipeline.document, document]) await requireEditor(one, context);
  return describeExecution(
    await requestInTurn(pipeline, { parameters, reason, document }, context),
  );
}
