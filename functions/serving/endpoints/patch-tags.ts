import * as z from 'zod/mini';
import type { OperationContext } from '../../shared/context.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { changeSettings } from './change-settings.ts';
import type { Endpoint } from './endpoint.ts';
import { tagsSchema } from './endpoint-settings.ts';

const schema = z.object({
  add_tags: z.optional(tagsSchema),
  delete_tags: z.optional(z.array(z.string())),
});

/** Adds or replaces tags, and takes tags away. Answers with all that are left. */
export async function patchTags(
  name: string,
  body: unknown,
  context: OperationContext,
): Promise<{ tags: Endpoint['tags'] }> {
  const { add_tags = [], delete_tags = [] } = parseValue(body, schema);
  const { tags } = await changeSettings(
    name,
    (endpoint) => {
      const left = new Map(endpoint.tags.map((tag) => [tag.key, tag]));
      for (const key of delete_tags) left.delete(key);
      for (const { key, value } of add_tags) {
        left.set(key, value === undefined ? { key } : { key, value });
      }
      return { tags: [...left.values()] };
    },
    context,
  );
  return { tags };
}
