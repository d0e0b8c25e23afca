import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { handler } from '../../../functions/artifacts/artifacts.lambda.ts';
import type { HttpEvent, HttpResult } from '../../../functions/shared/http/api.ts';
import { createRun } from '../../../functions/tracking/index.ts';
import { useArtifactServices } from '../../support/artifact-services.ts';
import { aContext } from '../../support/context.ts';

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
  ])('is refused for %j', async (query, message) => {
    const answer = await call('POST', UPLOAD + query);
    expect(answer).toMatchObject({ status: 400, json: { message } });
  });
});

describe('a presigned upload', () => {
  it('is not for runs whose artifacts are proxied', async () => {
    const { run_id } = await createRun({}, aContext());
    const body = { run_id, path: 'x' };
    const answer = await call('POST', '/api/2.0/mlflow/artifacts/presigned-upload-url', body);
    expect(answer.status).toBe(400);
    expect(answer.json.message).toContain('proxied artifact storage');
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
