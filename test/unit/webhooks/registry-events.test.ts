import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalogue } from '../../../functions/events/catalogue.ts';
import type { EventEnvelope } from '../../../functions/events/define.ts';
import { setTag } from '../../../functions/registry/change-tags.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { createModelVersion } from '../../../functions/registry/versions/create-model-version.ts';
import { transitionStage } from '../../../functions/registry/versions/transition-stage.ts';
import { createComment } from '../../../functions/registry/workspace/comments.ts';
import { createTransitionRequest } from '../../../functions/registry/workspace/transition-requests.ts';
import { drainLane } from '../../../functions/webhooks/deliveries/drain-lane.ts';
import { toPlatformEvent } from '../../../functions/webhooks/notices/notice.ts';
import { outboxRows } from '../../support/outbox.ts';
import { call, context, deliver, ports, REGISTRY, state, useWebhooks } from './api.ts';

useWebhooks();

const NAME = 'told-of';
const of = { name: NAME, version: '1' };

/** Everything that Databricks' registry tells of, done once; its events as the bus has them. */
let events: ReturnType<typeof toPlatformEvent>[] = [];
beforeAll(async () => {
  state.now = Date.parse('2026-11-21T10:00:00Z');
  await createRegisteredModel({ name: NAME, tags: [{ key: 'k', value: 'v' }] }, context);
  await createModelVersion({ name: NAME, source: 'mlflow-artifacts:/1/abc/artifacts/m' }, context);
  await setTag({ name: NAME, key: 'of the model', value: 'no event' }, context);
  await setTag({ ...of, key: 'owner', value: 'ana' }, context);
  await createComment({ ...of, comment: 'better on weekends' }, context);
  for (const stage of ['Staging', 'Production', 'Archived', 'None']) {
    await createTransitionRequest({ ...of, stage, comment: `${stage}, please` }, context);
    await transitionStage({ ...of, stage, archive_existing_versions: false }, context);
  }
  const rows = await outboxRows('registry');
  events = rows.flatMap(({ detailType, detail }) => {
    const definition = catalogue.find(({ type }) => type === detailType);
    return definition ? [toPlatformEvent(definition, JSON.parse(detail) as EventEnvelope)] : [];
  });
});

let id = '';
/** What the receiver of a webhook for these events was sent. */
async function sentFor(names: readonly string[], model?: string): Promise<object[]> {
  const made = await call('POST', `${REGISTRY}/create`, {
    events: names,
    ...(model && { model_name: model }),
    http_url_spec: { url: `${state.receiver.url}/hook` },
  });
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  id = made.body.webhook.id;
  await deliver(...events);
  await drainLane(id, ports, context);
  return state.receiver
    .at('/hook')
    .map(({ body }) => JSON.parse(body))
    .sort((a, b) => (a.text < b.text ? -1 : 1));
}

const at = Date.parse('2026-11-21T10:00:00Z');
const about = (event: string, text: string) => ({
  event,
  webhook_id: id,
  event_timestamp: at,
  model_name: NAME,
  version: '1',
  text,
});
const asked = (event: string, from_stage: string, to_stage: string) => ({
  ...about(event, `stage ${to_stage} was asked for version 1 of ${NAME}`),
  from_stage,
  to_stage,
  comment: `${to_stage}, please`,
});
const moved = (event: string, from_stage: string, to_stage: string) => ({
  ...about(event, `version 1 of ${NAME} moved from stage ${from_stage} to ${to_stage}`),
  from_stage,
  to_stage,
});

const MOVES = [
  ['None', 'Staging'],
  ['Staging', 'Production'],
  ['Production', 'Archived'],
] as const;

describe('a webhook of Databricks’ registry', () => {
  beforeEach(() => {
    id = '';
  });

  it('is told of a new model', async () => {
    const sent = await sentFor(['REGISTERED_MODEL_CREATED']);
    const { version: _, ...body } = about('REGISTERED_MODEL_CREATED', `model ${NAME} was created`);
    expect(sent).toEqual([body]);
  });

  it('is told of a new version', async () => {
    expect(await sentFor(['MODEL_VERSION_CREATED'], NAME)).toEqual([
      about('MODEL_VERSION_CREATED', `version 1 of ${NAME} was registered`),
    ]);
  });

  it('is told of a tag of a version, not of one of the model', async () => {
    expect(await sentFor(['MODEL_VERSION_TAG_SET'], NAME)).toEqual([
      {
        ...about('MODEL_VERSION_TAG_SET', `tag owner of version 1 of ${NAME} was set to ana`),
        tags: [{ key: 'owner', value: 'ana' }],
      },
    ]);
  });

  it('is told of a comment', async () => {
    expect(await sentFor(['COMMENT_CREATED'], NAME)).toEqual([
      {
        ...about('COMMENT_CREATED', `a comment on version 1 of ${NAME}: better on weekends`),
        comment: 'better on weekends',
      },
    ]);
  });

  it.each(MOVES)('is told of a move from %s to %s by its own name', async (from, to) => {
    const event = `MODEL_VERSION_TRANSITIONED_TO_${to.toUpperCase()}`;
    expect(await sentFor([event], NAME)).toEqual([moved(event, from, to)]);
  });

  it.each(MOVES)('is told of a request to move from %s to %s by its own name', async (from, to) => {
    const event = `TRANSITION_REQUEST_TO_${to.toUpperCase()}_CREATED`;
    expect(await sentFor([event], NAME)).toEqual([asked(event, from, to)]);
  });

  it('is told of moves, and of requests, to whatever stage by their common names', async () => {
    const event = 'MODEL_VERSION_TRANSITIONED_STAGE';
    const request = 'TRANSITION_REQUEST_CREATED';
    const all = [...MOVES, ['Archived', 'None'] as const];
    const byText = (a: { text: string }, b: { text: string }) => (a.text < b.text ? -1 : 1);
    expect(await sentFor([event, request])).toEqual(
      [
        ...all.map(([from, to]) => asked(request, from, to)),
        ...all.map(([from, to]) => moved(event, from, to)),
      ].sort(byText),
    );
  });
});
