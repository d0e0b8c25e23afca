import { expect } from 'vitest';
import { moveAlias } from '../../functions/registry/aliases/move-alias.ts';
import { createRegisteredModel } from '../../functions/registry/models/create-registered-model.ts';
import type { OperationContext } from '../../functions/shared/context.ts';
import type { Platform } from './platform.ts';
import { trainTiny } from './tiny-model.ts';

/** What differs from the plain endpoint; the configuration may name the model. */
interface ServedModel {
  readonly config?: (model: string) => object;
  readonly [field: string]: unknown;
}

let names = 0;

/** A model with versions by `x`, `z` and `n`, and an endpoint of its champion, version 1. */
export async function serveTinyModel(
  platform: Platform,
  context: OperationContext,
  { config, ...endpoint }: ServedModel = {},
): Promise<string> {
  const model = `m${++names}`;
  await createRegisteredModel({ name: model }, context);
  for (const column of ['x', 'z', 'n'] as const) await trainTiny(platform, model, column, context);
  await moveAlias({ model, alias: 'champion', version: '1', cause: 'request' }, context);
  const created = await platform.serving('POST', '/api/2.0/serving-endpoints', {
    name: model,
    config: {
      served_entities: [{ name: 'main', entity_name: model, entity_version: '@champion' }],
      ...config?.(model),
    },
    ...endpoint,
  });
  expect(created.status).toBe(200);
  await platform.settle();
  return model;
}
