import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { requestApproval } from '../../../functions/approvals/index.ts';
import { skipExecution } from '../../../functions/pipelines/executions/request-execution.ts';
import { existingPipeline } from '../../../functions/pipelines/get-pipeline.ts';
import { putPipeline } from '../../../functions/pipelines/put-pipeline.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { createModelVersion } from '../../../functions/registry/versions/create-model-version.ts';
import { createComment } from '../../../functions/registry/workspace/comments.ts';
import { setModelPermissions } from '../../../functions/registry/workspace/model-permissions.ts';
import { createTransitionRequest } from '../../../functions/registry/workspace/transition-requests.ts';
import type { Actor } from '../../../functions/shared/actor.ts';
import type { Route } from '../../../functions/shared/declare.ts';
import { writeOne } from '../../../functions/shared/dynamo/index.ts';
import type { HttpEvent, HttpResult } from '../../../functions/shared/http/api.ts';
import { createWebhook } from '../../../functions/webhooks/create-webhook.ts';
import { ROOT } from '../../../lib/build/paths.ts';
import { aContext } from '../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';
import { declaredFunctions, declaredRoutes } from '../../support/repository/declarations.ts';
import { DECISIONS, type Decision, ELSEWHERE, ON_ONE_EXPERIMENT } from './decisions.ts';
import { furtherInput, guardedExperiment, OF_EXPERIMENTS } from './guarded-experiment.ts';

const LEVELS = [
  'CAN_READ',
  'CAN_EDIT',
  'CAN_MANAGE_STAGING_VERSIONS',
  'CAN_MANAGE_PRODUCTION_VERSIONS',
  'CAN_MANAGE',
] as const;
type Level = (typeof LEVELS)[number];

const inGroups = (user: string, ...groups: string[]): Actor => ({ user, groups });

/** Everybody there is, with the level that they have on the model (-1: none). */
const ROLES: readonly (Actor & { readonly level: number })[] = [
  { ...inGroups('stranger', 'users'), level: -1 },
  { ...inGroups('approver', 'users', 'approvers'), level: -1 },
  ...LEVELS.map((level, i) => ({ ...inGroups(level, 'users'), level: i })),
  { ...inGroups('owner', 'users'), level: LEVELS.length - 1 },
  // Its list gives it everything; a program edits at most.
  { ...inGroups('program', 'users', 'programs', 'approvers'), level: 1 },
  { ...inGroups('strange program', 'users', 'programs'), level: -1 },
  { ...inGroups('admin', 'admins', 'users'), level: LEVELS.length - 1 },
];
type Role = (typeof ROLES)[number];

function isAllowed(decision: Decision, { user, groups, level }: Role): boolean {
  const admin = groups.includes('admins');
  const [needed = '', ofProgram] = decision.split(' or a program with ');
  const least = (ofProgram && groups.includes('programs') ? ofProgram : needed) as Level;
  switch (decision) {
    case 'anyone':
    case 'open':
      return true;
    case 'admins':
      return admin;
    case 'author':
      return admin || user === 'owner';
    case 'approvers':
      return groups.includes('approvers');
    case 'approvers who are people':
      return groups.includes('approvers') && !groups.includes('programs');
    default:
      return level >= LEVELS.indexOf(least);
  }
}

let dynamo: TestDynamo;
const entries = new Map<string, string>();
beforeAll(async () => {
  dynamo = await startDynamo();
  vi.stubEnv('WEBHOOK_SECRETS_KEY', randomBytes(32).toString('base64'));
  vi.stubEnv('ALLOW_PRIVATE_WEBHOOKS', 'true');
  process.env.ARTIFACT_ROOT = 'mlflow-artifacts:/';
  // Nobody answers there: lineages do without what files say.
  process.env.AWS_ENDPOINT_URL_S3 = 'http://127.0.0.1:1';
  vi.spyOn(console, 'error').mockReturnValue();
  for (const { name, value } of await declaredFunctions()) entries.set(name, value.entry);
});
afterAll(() => dynamo.stop());

const owner = aContext({ actor: inGroups('owner', 'users') });

/** A model of the owner's with a list, and one of everything that hangs on it. */
async function guardedModel(name: string): Promise<Readonly<Record<string, string>>> {
  const source = 's3://bucket/model';
  const { id = name } = await createRegisteredModel({ name }, owner);
  for (let i = 0; i < 2; i++) await createModelVersion({ name, source }, owner);
  const list = [
    ...LEVELS.map((level) => [level, level] as const),
    ['program', 'CAN_MANAGE'] as const,
  ];
  const entriesOfList = list.map(([user_name, permission_level]) => ({
    user_name,
    permission_level,
  }));
  await setModelPermissions(id, entriesOfList, { merge: false }, owner);
  const version = { name, version: '1' };
  await createTransitionRequest({ ...version, stage: 'Staging', comment: '' }, owner);
  const comment = await createComment({ ...version, comment: 'mine' }, owner);
  const hook = { url: 'https://example.com/', status: 'ACTIVE', verify_certificate: true } as const;
  const mlflow = {
    ...hook,
    dialect: 'mlflow',
    name,
    events: ['registered_model.created'],
  } as const;
  const webhook = await createWebhook(mlflow, owner);
  const databricks = {
    ...hook,
    dialect: 'databricks',
    model_name: name,
    events: ['COMMENT_CREATED'],
  };
  const registryWebhook = await createWebhook(
    databricks as Parameters<typeof createWebhook>[0],
    owner,
  );
  await waitingPromotion(name);
  await pipelineOf(name);
  return {
    name,
    full_name: name,
    registered_model_id: id,
    comment_id: comment.id,
    webhook_id: webhook.id,
    registry_webhook_id: registryWebhook.id,
  };
}

/** A promotion that was decided, and one that waits for its approvers. */
async function waitingPromotion(model: string): Promise<void> {
  const decided = { status: 'DECIDED', verdict: 'promoted', challenger: '2', champion: '1' };
  const put = {
    pk: `PROMOTION#${model}`,
    sk: 'META',
    id: model,
    model,
    ...decided,
    reverted: null,
  };
  await writeOne({ table: 'registry', put });
  await requestApproval(
    {
      id: model,
      kind: 'promotion',
      model,
      version: '2',
      champion: '1',
      requested_by: 'owner',
      approvers: ['group:approvers'],
      quorum: 2,
      self_approval: false,
      comment_required: false,
      expires_at: '2099-01-01T00:00:00.000Z',
      evidence: '',
      token: 'token',
    },
    owner,
  );
}

const definitionOf = (model: string) => ({
  model,
  data: { train: 's3://bucket/rows', label: 'late' },
});

/** A pipeline that trains the model, and an execution of it that has ended. */
async function pipelineOf(model: string): Promise<void> {
  await putPipeline(model, definitionOf(model), owner);
  const { document } = await existingPipeline(model);
  const request = { id: model, parameters: {}, reason: 'requested', document };
  await skipExecution(model, request, { error: 'Skipped', cause: 'another runs' }, owner);
}

/** What a request of any route may have to say about the model. */
const inputOf = (model: Readonly<Record<string, string>>, { operation }: Route) => ({
  ...model,
  id: /Comment/.test(operation) ? model.comment_id : (model.registry_webhook_id ?? ''),
  model_name: model.name,
  version: '1',
  stage: 'Staging',
  creator: 'owner',
  alias: 'chosen',
  version_num: '1',
  key: 'k',
  value: 'v',
  comment: 'c',
  url: 'https://example.com/',
  description: 'd',
  source: 's3://bucket/model',
  new_name: `${model.name}-2`,
  ...furtherInput(operation, model),
});

const inQuery = ({ method, operation }: Route) =>
  method === 'GET' || method === 'DELETE' || operation === 'uploadRunArtifact';

async function ask(route: Route, model: Readonly<Record<string, string>>, role: Role) {
  const input: Record<string, string | undefined> = inputOf(model, route);
  const path = route.path.replace(/\{(\w+)\+?\}/g, (_, key: string) => {
    const own = /^\/api\/slipway/.test(route.path) && key === 'id';
    return encodeURIComponent((own ? model.name : input[key]) ?? 'none');
  });
  const own = route.path.startsWith('/api/slipway/');
  const query = inQuery(route) && !own ? new URLSearchParams(input as never) : '';
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: decodeURI(path),
    rawQueryString: String(query),
    queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
    headers: {
      'content-type': 'application/json',
      'x-mlflow-experiment-id': model.experiment_id ?? 'none',
    },
    requestContext: {
      http: { method: route.method, path },
      authorizer: { lambda: { user: role.user, groups: role.groups } },
    },
    isBase64Encoded: false,
    body: own
      ? bodyOf(route, model.name ?? '')
      : inQuery(route)
        ? undefined
        : JSON.stringify(input),
  } as unknown as HttpEvent;
  const { handler } = await import(join(ROOT, entries.get(route.fn) ?? ''));
  const answer = (await handler(event, {} as Context)) as HttpResult;
  return { status: answer.statusCode ?? 200, body: answer.body ?? '' };
}

function bodyOf({ operation }: Route, model: string): string {
  if (operation === 'putPolicy') return '{"validation":{"mode":"enabled"}}';
  return operation === 'putPipeline' ? JSON.stringify(definitionOf(model)) : '{}';
}

const declared = await declaredRoutes();
const paths = new Set<string>(declared.map(({ value }) => value.path));
/** Without the web interface's names for what clients ask for. */
const routes = declared.filter(
  ({ value }) =>
    !paths.has(value.path.replace(/^\/ajax-api\//, '/api/')) ||
    !value.path.startsWith('/ajax-api/'),
);

describe('every route', () => {
  it('has a decision about who may use it', () => {
    const undecided = routes.filter(
      ({ domain, value }) => !DECISIONS[domain]?.[value.operation] && !(domain in ELSEWHERE),
    );
    expect(undecided.map(({ domain, value }) => `${domain}: ${value.operation}`)).toEqual([]);
  });

  it('is there for every decision', () => {
    const operations = new Set(routes.map(({ domain, value }) => `${domain}: ${value.operation}`));
    for (const [domain, decisions] of Object.entries(DECISIONS)) {
      for (const operation of Object.keys(decisions)) {
        expect(operations).toContain(`${domain}: ${operation}`);
      }
    }
  });
});

const decided = routes.filter(
  ({ domain, value }) => domain in DECISIONS && !ON_ONE_EXPERIMENT.has(value.operation),
);

describe.each(decided)('$domain: $value.operation', ({ domain, value: route }) => {
  const decision = DECISIONS[domain]?.[route.operation] ?? 'admins';
  const refused = ROLES.filter((role) => !isAllowed(decision, role));
  const allowed = ROLES.filter((role) => isAllowed(decision, role));
  const guardedThing = (i: number) => {
    const name = `main.${domain}.${route.operation}-${route.method}-${i}`;
    return OF_EXPERIMENTS.has(domain) ? guardedExperiment(name, domain, owner) : guardedModel(name);
  };

  it(`is for: ${decision}`, async () => {
    const guarded = await guardedThing(0);
    for (const role of refused) {
      const { status, body } = await ask(route, guarded, role);
      expect([role.user, status, body]).toEqual([
        role.user,
        403,
        expect.stringContaining('PERMISSION_DENIED'),
      ]);
    }
    for (const [i, role] of allowed.entries()) {
      const { status, body } = await ask(route, await guardedThing(i + 1), role);
      expect([role.user, status === 403 ? body : 'allowed']).toEqual([role.user, 'allowed']);
    }
  });
});
