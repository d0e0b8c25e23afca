import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { ModelAliasMoved } from '../../../functions/registry/events.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { deleteRegisteredModel } from '../../../functions/registry/models/delete-registered-model.ts';
import { renameRegisteredModel } from '../../../functions/registry/models/rename-registered-model.ts';
import { writeOne } from '../../../functions/shared/dynamo/index.ts';
import type { HttpEvent } from '../../../functions/shared/http/api.ts';
import { newId } from '../../../functions/shared/ids.ts';
import { drainLane } from '../../../functions/webhooks/deliveries/drain-lane.ts';
import { handler } from '../../../functions/webhooks/webhooks.lambda.ts';
import { callApi } from '../../support/call-api.ts';
import { announced, outboxRows } from '../../support/outbox.ts';
import { anEvent, call, context, deliver, ports, REGISTRY, state, useWebhooks } from './api.ts';

useWebhooks();

/** Calls the API as somebody who is no admin. */
async function callAs(user: string, method: string, path: string, body?: object) {
  const authorizer = { lambda: { user, groups: ['users'] } };
  const own = (event: HttpEvent, lambda: Context) =>
    (handler as (event: HttpEvent, context: Context) => unknown)(
      { ...event, requestContext: { ...event.requestContext, authorizer } } as HttpEvent,
      lambda,
    );
  type Body = { webhook: { id: string }; webhooks?: object[] };
  return callApi<Body>(own, method, path, body);
}

/** A webhook for aliases of a model; answers its id. */
async function hookOf(model: string, user = 'ana'): Promise<string> {
  const made = await callAs(user, 'POST', `${REGISTRY}/create`, {
    events: ['MODEL_ALIAS_MOVED'],
    model_name: model,
    http_url_spec: { url: `${state.receiver.url}/${model}` },
  });
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  return made.body.webhook.id;
}

/** Events of the registry as the rule hands them to the consumer, once each, in any order. */
const seen = new Set<string>();
async function relay(order: (rows: string[]) => string[] = (rows) => rows) {
  const rows = await outboxRows('registry', seen);
  for (const { pk } of rows) seen.add(pk);
  const bodies = rows
    .filter(({ detailType }) => /^RegisteredModel(Renamed|Deleted)$/.test(detailType))
    .map(({ detailType, detail }) =>
      JSON.stringify({ 'detail-type': detailType, detail: JSON.parse(detail) }),
    );
  const Records = order(bodies).map((body, i) => ({ messageId: String(i), body }));
  const answer = await (handler as (event: SQSEvent, context: Context) => Promise<unknown>)(
    { Records } as SQSEvent,
    {} as Context,
  );
  expect((answer as SQSBatchResponse).batchItemFailures).toEqual([]);
}

const aliasMoved = (model: string) =>
  anEvent(ModelAliasMoved, { ...ModelAliasMoved.sample, model });

/** Models whose events the webhook's receiver got. */
async function toldOf(id: string, first: string): Promise<unknown[]> {
  await drainLane(id, ports, context);
  return state.receiver.at(`/${first}`).map(({ body }) => JSON.parse(body).model_name);
}

const list = async (query: string) => (await call('GET', `${REGISTRY}/list${query}`)).body;

const names = () => [`a-${newId()}`, `b-${newId()}`, `c-${newId()}`] as const;

describe('the webhooks of a model that is renamed', () => {
  it('go with it: they get its events, are listed, changed and removed under its new name', async () => {
    const [former, name] = names();
    await createRegisteredModel({ name: former }, context);
    const id = await hookOf(former);
    await renameRegisteredModel({ name: former, new_name: name }, context);
    await relay();
    await deliver(aliasMoved(name));
    expect(await toldOf(id, former)).toEqual([name]);
    const { webhooks } = await list(`?model_name=${name}`);
    expect(webhooks).toMatchObject([{ id, model_name: name, status: 'ACTIVE' }]);
    const changed = await call('PATCH', `${REGISTRY}/update`, { id, description: 'd' });
    expect(changed).toMatchObject({ status: 200, body: { webhook: { model_name: name } } });
    expect((await call('POST', `${REGISTRY}/test`, { id })).body.status_code).toBe(200);
    expect((await call('DELETE', `${REGISTRY}/delete?id=${id}`)).status).toBe(200);
  });

  it('get its events also before they have followed, and late ones of its former name', async () => {
    const [former, name] = names();
    await createRegisteredModel({ name: former }, context);
    const id = await hookOf(former);
    const late = aliasMoved(former);
    state.now += 1000;
    await renameRegisteredModel({ name: former, new_name: name }, context);
    state.now += 1000;
    await deliver(aliasMoved(name));
    await relay();
    await deliver(late);
    expect((await toldOf(id, former)).sort()).toEqual([former, name]);
  });

  it('get no events of who takes its former name', async () => {
    const [former, name] = names();
    await createRegisteredModel({ name: former }, context);
    const id = await hookOf(former);
    await renameRegisteredModel({ name: former, new_name: name }, context);
    state.now += 1000;
    await createRegisteredModel({ name: former }, context);
    await deliver(aliasMoved(former));
    await relay();
    await deliver(aliasMoved(former));
    expect(await toldOf(id, former)).toEqual([]);
    expect(await list(`?model_name=${former}`)).toEqual({});
  });

  it('end at its last name when it is renamed twice and the events come in any order', async () => {
    const [former, between, name] = names();
    await createRegisteredModel({ name: former }, context);
    const id = await hookOf(former);
    await renameRegisteredModel({ name: former, new_name: between }, context);
    await renameRegisteredModel({ name: between, new_name: name }, context);
    await relay((bodies) => [...bodies.toReversed(), ...bodies]);
    expect((await list(`?model_name=${name}`)).webhooks).toMatchObject([{ id }]);
  });

  it('go with it as well when they were made by a release that kept no ids', async () => {
    const [former, name, other] = names();
    await createRegisteredModel({ name: former }, context);
    const id = await hookOf(former);
    await writeOne({
      table: 'registry',
      key: { pk: 'WEBHOOKS', sk: id },
      update: 'REMOVE model_id',
    });
    state.now += 5000;
    await renameRegisteredModel({ name: former, new_name: name }, context);
    await relay();
    expect((await list(`?model_name=${name}`)).webhooks).toMatchObject([{ id }]);
    await renameRegisteredModel({ name, new_name: other }, context);
    await deleteRegisteredModel({ name: other }, context);
    await relay();
    expect(await list('')).toEqual({});
  });
});

describe('the webhooks of a model that is deleted', () => {
  it('are removed with it, with an event that names what caused it', async () => {
    const [name] = names();
    await createRegisteredModel({ name }, context);
    const id = await hookOf(name);
    await deleteRegisteredModel({ name }, context);
    await relay();
    expect(await list('')).toEqual({});
    const events = await outboxRows('registry');
    const caused = events.find(
      ({ detailType, subject }) => detailType === 'WebhookDeleted' && subject === `webhook:${id}`,
    );
    const cause = (await announced('registry')).findLast(
      ({ type }) => type === 'RegisteredModelDeleted',
    );
    expect(JSON.parse(caused?.detail ?? '{}').metadata).toMatchObject({
      actor: 'slipway',
      causationId: cause?.id,
    });
  });

  it('get no events of a new model of the name, and are no webhooks of it', async () => {
    const [name] = names();
    await createRegisteredModel({ name }, context);
    const id = await hookOf(name);
    await deleteRegisteredModel({ name }, context);
    state.now += 1000;
    await createRegisteredModel({ name }, context);
    const own = await hookOf(name);
    await deliver(aliasMoved(name));
    await drainLane(own, ports, context);
    expect(await toldOf(id, name)).toEqual([name]);
    expect((await list(`?model_name=${name}`)).webhooks).toMatchObject([{ id: own }]);
    await relay();
    expect((await list('')).webhooks).toMatchObject([{ id: own }]);
  });

  it('can be listed, changed and removed until then by admins and who made them, not by others', async () => {
    const [name] = names();
    await createRegisteredModel({ name }, context);
    const id = await hookOf(name, 'ben');
    await deleteRegisteredModel({ name }, context);
    const path = `${REGISTRY}/list?model_name=${name}`;
    expect((await list(`?model_name=${name}`)).webhooks).toMatchObject([{ id }]);
    expect((await callAs('ben', 'GET', path)).body.webhooks).toMatchObject([{ id }]);
    const update = { id, status: 'DISABLED' };
    expect((await callAs('ben', 'PATCH', `${REGISTRY}/update`, update)).status).toBe(200);
    expect((await callAs('eve', 'GET', path)).status).toBe(404);
    expect((await callAs('eve', 'PATCH', `${REGISTRY}/update`, update)).status).toBe(403);
    expect((await callAs('eve', 'DELETE', `${REGISTRY}/delete?id=${id}`)).status).toBe(403);
    expect((await call('POST', `${REGISTRY}/test`, { id })).status).toBe(200);
    expect((await call('GET', `${REGISTRY}/list?model_name=never-was`)).status).toBe(404);
    expect((await call('DELETE', `${REGISTRY}/delete?id=${id}`)).status).toBe(200);
  });
});
