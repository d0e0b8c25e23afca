import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents, on } from '../events/consume.ts';
import { startExecution } from '../events/execution-store.ts';
import { requiredEnv } from '../shared/env.ts';
import type { HttpEvent } from '../shared/http/api.ts';
import { jsonApi, parseJson } from '../shared/http/json-api.ts';
import { createRollout } from './rollout/create-rollout.ts';
import { RolloutStarted } from './rollout/events.ts';
import { endRollout, getRolloutDescription, listRollouts } from './rollout/get-rollout.ts';
import { servingRoutes } from './routes.ts';

const http = jsonApi(servingRoutes, 'serving-rollouts', {
  createRollout: ({ params, body }, context) =>
    createRollout(params.name ?? '', parseJson(body), context),
  listRollouts: ({ params, query }, context) => listRollouts(params.name ?? '', query, context),
  getRollout: ({ params }, context) =>
    getRolloutDescription(params.name ?? '', params.id ?? '', context),
  abortRollout: ({ params: { name = '', id = '' }, body }, context) =>
    endRollout({ name, id, promote: false }, parseJson(body), context),
  promoteRollout: ({ params: { name = '', id = '' }, body }, context) =>
    endRollout({ name, id, promote: true }, parseJson(body), context),
});

const events = consumeEvents([
  on(RolloutStarted, ({ endpoint, rollout_id }, { correlationId }) =>
    startExecution(requiredEnv('STATE_MACHINE_ROLLOUT'), rollout_id, {
      endpoint,
      rollout_id,
      correlation_id: correlationId,
    }),
  ),
]);

export const handler = (event: HttpEvent | SQSEvent, context: Context) =>
  'Records' in event ? events(event, context) : http(event, context);
