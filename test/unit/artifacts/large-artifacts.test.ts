import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { handler } from '../../../functions/artifacts/artifacts.lambda.ts';
import type { HttpEvent, HttpResult } from '../../../functions/shared/http/api.ts';
import { setExperimentPermissions } from '../../../functions/tracking/experiments/experiment-permissions.ts';
import { createExperiment, createRun } from '../../../functions/tracking/index.ts';
import { useArtifactServices } from '../../support/aws/artifact-services.ts';
import { aContext } from '../../support/context.ts';
import { models } from '../logged-models/api.ts';

useArtifactServices();

const API = '/api/2.0/mlflow-artifacts';

/** One request as the gateway hands it over. */
async function call(
  method: string,
  path: string,
  body: object | string = '',
  headers: Record<string, string> = {},
) {
  const [rawPath = '', rawQueryString = ''] = path.split('?');
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const event = {
    rawPath,
    rawQueryString,
    queryStringParameters: Object.fromEntries(new URLSearchParams(rawQueryString)),
    headers: { 'content-type': 'application/json', ...headers },
    requestContext: {
      http: { method },
      authorizer: { lambda: { user: 'ana', groups: ['users'] } },
    },
    isBase64Encoded: false,
    ...(text && { body: text }),
  } as unknown as HttpEvent;
  const {
    statusCode = 200,
    headers: sent = {},
    body: answer = '',
  } = (await handler(event, {} as Context)) as HttpResult;
  const isJson = sent['content-type'] === 'application/json';
  return { status: statusCode, headers: sent, json: isJson ? JSON.parse(answer) : undefined };
}

const PART = 5 * 1024 * 1024;
const parts = [Buffer.alloc(PART, 1), Buffer.alloc(PART, 2), Buffer.from('the end')];

/** Sends the parts of a file to the addresses that `mpu/create` answered. */
async function startUpload(folder: string) {
  const path = 'local/path/of the client/model.bin';
  const created = await call('POST', `${API}/mpu/create/${folder}`, { path, num_parts: 3 });
  const { upload_id, credentials } = created.json;
  const uploaded = await Promise.all(
    parts.map(async (part, i) => {
      const { url, part_number } = credentials[i];
      const { headers } = await fetch(url, { method: 'PUT', body: new Uint8Array(part) });
      return { part_number, etag: headers.get('etag') ?? '', url };
    }),
  );
  return { path, upload_id, parts: uploaded };
}

describe('an upload in parts', () => {
  it('makes one file of what was sent to the bucket, under the name of the local file', async () => {
    const upload = await startUpload('mpu/model');
    expect((await call('GET', `${API}/artifacts/mpu/model/model.bin`)).status).toBe(404);
    const disordered = { ...upload, parts: upload.parts.toReversed() };
    expect((await call('POST', `${API}/mpu/complete/mpu/model`, disordered)).status).toBe(200);
    const { json } = await call('GET', `${API}/presigned/mpu/model/model.bin`);
    expect(json.file_size).toBe(2 * PART + 7);
    const range = await fetch(json.url, { headers: { range: `bytes=${2 * PART - 1}-` } });
    expect(range.status).toBe(206);
    expect(Buffer.from(await range.arrayBuffer()).toString('latin1')).toBe('\u0002the end');
  });

  it('leaves nothing when it is aborted, and cannot be completed then', async () => {
    const upload = await startUpload('mpu/aborted');
    expect((await call('POST', `${API}/mpu/abort/mpu/aborted`, upload)).status).toBe(200);
    expect((await call('POST', `${API}/mpu/complete/mpu/aborted`, upload)).status).toBe(404);
    expect((await call('GET', `${API}/artifacts/mpu/aborted/model.bin`)).status).toBe(404);
  });

  it('is refused with parts that were not sent', async () => {
    const upload = await startUpload('mpu/broken');
    const broken = { ...upload, parts: upload.parts.map((part) => ({ ...part, etag: '"no"' })) };
    expect(await call('POST', `${API}/mpu/complete/mpu/broken`, broken)).toMatchObject({
      status: 400,
      json: { error_code: 'INVALID_PARAMETER_VALUE' },
    });
    expect((await call('GET', `${API}/artifacts/mpu/broken/model.bin`)).status).toBe(404);
  });

  it.each([
    [{ path: 'm.bin', num_parts: 0 }, "parameter 'num_parts'"],
    [{ path: 'm.bin', num_parts: 3001 }, "parameter 'num_parts'"],
    [{ num_parts: 1 }, "Missing value for required parameter 'path'"],
    [{ path: 'a/..', num_parts: 1 }, 'Invalid path'],
  ])('is refused for %j', async (body, message) => {
    const answer = await call('POST', `${API}/mpu/create/mpu/x`, body);
    expect(answer.status).toBe(400);
    expect(answer.json.message).toContain(message);
  });
});

describe('the address of a download', () => {
  it('is answered for files that are there only', async () => {
    expect((await call('GET', `${API}/presigned/not/there`)).status).toBe(404);
    expect((await call('GET', `${API}/presigned/../x`)).json.message).toBe('Invalid path');
  });
});

describe('a body that waits behind the front door', () => {
  const put = (length: string) =>
    call('PUT', `${API}/artifacts/door/model.bin`, '', { 'slipway-upload-length': length });

  it('is sent to an address that takes just as many bytes', async () => {
    const body = new Uint8Array(Buffer.alloc(1000, 3));
    const { status, headers } = await put('1000');
    expect(status).toBe(307);
    const address = String(headers.location);
    const longer = await fetch(address, { method: 'PUT', body: new Uint8Array(1001) });
    expect(longer.status).toBe(403);
    expect((await call('GET', `${API}/artifacts/door/model.bin`)).status).toBe(404);
    const sent = await fetch(address, {
      method: 'PUT',
      body,
      headers: { 'content-type': 'application/x-model' },
    });
    expect(sent.status).toBe(200);
    expect((await call('GET', `${API}/presigned/door/model.bin`)).json.file_size).toBe(1000);
  });

  it.each([['5368709121'], ['-1'], ['many']])('of %s bytes is refused', async (length) => {
    expect((await put(length)).status).toBe(400);
  });
});

describe('a file from the web interface', () => {
  const UPLOAD = '/ajax-api/2.0/mlflow/upload-artifact';

  it('lies beside the run', async () => {
    const { run_id } = await createRun({}, aContext());
    const stored = await call('POST', `${UPLOAD}?run_uuid=${run_id}&path=notes/a.txt`, 'hello');
    expect(stored.status).toBe(200);
    const list = `/api/2.0/mlflow/artifacts/list?run_id=${run_id}&path=notes`;
    expect((await call('GET', list)).json.files).toEqual([
      { path: 'notes/a.txt', is_dir: false, file_size: 5 },
    ]);
  });

  it.each(['http://a/b', 'a//b/c', './a', 'a/./b', 'a/', '.'])(
    'is refused where MLflow’s server could not write it: %s',
    async (path) => {
      const { run_id } = await createRun({}, aContext());
      const query = new URLSearchParams({ run_uuid: run_id, path });
      expect(await call('POST', `${UPLOAD}?${query}`, 'hello')).toMatchObject({
        status: 400,
        json: { message: 'Invalid path' },
      });
      query.set('path', 'a//b');
      expect((await call('POST', `${UPLOAD}?${query}`, 'hello')).status).toBe(200);
      const list = `/api/2.0/mlflow/artifacts/list?run_id=${run_id}`;
      expect((await call('GET', list)).json.files).toMatchObject([{ path: 'a' }]);
    },
  );

  it.each([
    ['', 'Request must specify run_uuid.'],
    ['?run_uuid=r', 'Request must specify path.'],
    ['?run_uuid=r&path=../x', 'Invalid path'],
    ['?run_uuid=r&path=x', 'Request must specify data.'],
    ['?run_uuid=r&path=f/./x', 'Request must specify data.'],
  ])('is refused for %j', async (query, message) => {
    const answer = await call('POST', UPLOAD + query);
    expect(answer).toMatchObject({ status: 400, json: { message } });
  });
});

describe('a presigned address', () => {
  const ask = (what: 'upload' | 'download', body: object) =>
    call('POST', `/api/2.0/mlflow/artifacts/presigned-${what}-url`, body);
  const located = async (artifact_location: string) => {
    const name = artifact_location;
    return (await createExperiment({ name, artifact_location }, aContext())).experiment_id;
  };

  it.each(['upload', 'download'] as const)('of an %s is not for what is proxied', async (what) => {
    const { run_id } = await createRun({}, aContext());
    const { status, json } = await ask(what, { run_id, path: 'x' });
    expect([status, json.message]).toEqual([400, expect.stringContaining('proxied artifact')]);
    const experiment_id = await located(`file:///mnt/${what}`);
    const elsewhere = await createRun({ experiment_id }, aContext());
    expect((await ask(what, { run_id: elsewhere.run_id, path: 'x' })).status).toBe(501);
    for (const [body, message] of [
      [{ path: 'x' }, "required parameter 'run_id'"],
      [{ run_id }, "required parameter 'path'"],
      [{ run_id, path: '../x' }, 'Invalid path'],
      [{ run_id, path: 'x', expiration: 0 }, "parameter 'expiration'"],
      [{ run_id, path: 'x', expiration: 604_801 }, "parameter 'expiration'"],
    ] as const) {
      const refused = await ask(what, body);
      expect([refused.status, refused.json.message]).toEqual([
        400,
        expect.stringContaining(message),
      ]);
    }
    expect((await ask(what, { run_id: 'nobody', path: 'x' })).status).toBe(404);
    expect((await ask(what, { model_id: 'm-none', path: 'x' })).status).toBe(404);
  });

  it('leads to the bucket of a run or a logged model', async () => {
    const experiment_id = await located('s3://b/own');
    const { run_id } = await createRun({ experiment_id }, aContext());
    const { body } = await models('POST', '', { experiment_id });
    for (const owner of [
      { run_id },
      { run_uuid: run_id },
      { model_id: body.model.info.model_id },
    ]) {
      const file = { ...owner, path: `f/${Object.keys(owner)[0]} größe.txt` };
      expect((await ask('download', file)).status).toBe(404);
      const { presigned_url } = (await ask('upload', file)).json;
      const sent = await fetch(presigned_url, { method: 'PUT', body: 'hello' });
      expect(sent.status).toBe(200);
      const { json } = await ask('download', { ...file, expiration: '60' });
      expect(json.file_size).toBe(5);
      const received = await fetch(json.presigned_url);
      expect(received.headers.get('content-disposition')).toContain('attachment');
      expect(await received.text()).toBe('hello');
    }
  });

  it('of an upload is for who may edit the experiment, by whatever name the owner is told', async () => {
    const owner = aContext({ actor: { user: 'owner', groups: ['users'] } });
    const artifact_location = 's3://b/guarded';
    const { experiment_id } = await createExperiment({ name: 'g', artifact_location }, owner);
    const { run_id } = await createRun({ experiment_id }, owner);
    const { body } = await models('POST', '', { experiment_id });
    const reader = [{ user_name: 'ana', permission_level: 'CAN_READ' }] as const;
    await setExperimentPermissions(experiment_id, reader, { merge: false }, owner);
    const { model_id } = body.model.info;
    const free = (await createRun({}, owner)).run_id;
    for (const given of [
      { run_id },
      { run_uuid: run_id },
      { runUuid: run_id },
      { model_id },
      { run_id, model_id: 'm-none' },
      { run_id: '', model_id },
    ]) {
      expect([given, (await ask('upload', { ...given, path: 'x' })).status]).toEqual([given, 403]);
    }
    // The run counts, whose files are proxied.
    expect((await ask('upload', { run_id: free, model_id, path: 'x' })).status).toBe(400);
  });
});

describe('an artifact of a version', () => {
  it.each([
    ['name=m&version=1&path=../x', 400, 'Invalid path'],
    ['name=m&version=1', 400, "Missing value for required parameter 'path'"],
    ['name=m&version=1&path=', 404, 'not found'],
    ['name=m&version=1&path=x', 404, 'not found'],
  ])('asked for with %s is answered with %d', async (query, status, message) => {
    const answer = await call('GET', `/model-versions/get-artifact?${query}`);
    expect(answer.status).toBe(status);
    expect(answer.json.message).toContain(message);
  });
});

describe('a path with a slash too many', () => {
  it('leads to the one that was meant', async () => {
    const answer = await call('GET', '//get-artifact?run_id=r&path=a%20b');
    expect(answer.status).toBe(308);
    expect(answer.headers.location).toBe('/get-artifact?run_id=r&path=a%20b');
  });
});
