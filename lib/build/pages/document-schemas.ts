import * as z from 'zod/mini';
import { pipelineSchema } from '../../../functions/pipelines/pipeline.ts';
import { policyBody } from '../../../functions/policies/policy.ts';

/** JSON Schema of the documents that users put, by file name; editors complete and check them by it. */
export function documentSchemas(): Record<string, string> {
  return {
    'pipeline.schema.json': text(
      'Pipeline',
      'PUT /api/slipway/v1/pipelines/{name}',
      pipelineSchema,
    ),
    'policy.schema.json': text(
      'Policy of a model',
      'PUT /api/slipway/v1/models/{name}/policy',
      policyBody,
    ),
  };
}

function text(title: string, description: string, schema: z.ZodMiniType): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return `${JSON.stringify({ $schema, title, description, ...rest }, null, 2)}\n`;
}
