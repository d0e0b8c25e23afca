import { createHash } from 'node:crypto';
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it } from 'vitest';
import { handler } from '../../../functions/artifacts/artifacts.lambda.ts';
import { artifactLocation, readArtifact } from '../../../functions/artifacts/index.ts';
import type { HttpEvent, HttpResult } from '../../../functions/shared/http/api.ts';
import { setExperimentPermissions } from '../../../functions/tracking/experiments/experiment-permissions.ts';
import { createExperiment, createRun } from '../../../functions/tracking/index.ts';
import { useArtifactServices } from '../../support/aws/artifact-services.ts';
import { aContext } from '../../support/context.ts';
import { models } from '../logged-models/api.ts';

const s3 = useArtifactServices();

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
  /** Of whatever was asked for; `{}` for what is no JSON. */
  readonly json: {
    readonly files?: readonly unknown[];
    readonly error_code?: string;
    readonly message?: string;
  };
}

async function call(
  method: string,
  path: string,
  body?: string | Buffer,
  more: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const [rawPath = '', rawQueryString = ''] = path.split('?');
  const event = {
    // As the gateway hands it over: decoded.
    rawPath: decodeURIComponent(rawPath),
    rawQueryString,
    queryStringParameters: Object.fromEntries(new URLSearchParams(rawQueryString)),
    headers: { 'content-type': 'application/octet-stream', ...more },
    requestContext: {
      http: { method },
      authorizer: { lambda: { user: 'ana', groups: ['users'] } },
    },
    isBase64Encoded: body !== undefined,
    ...(body !== undefined && { body: Buffer.from(body).toString('base64') }),
  } as unknown as HttpEvent;
  const result = (await handler(event, {} as Context)) as HttpResult;
  const bytes = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
  const isJson = result.headers?.['content-type'] === 'application/json';
  return {
    status: result.statusCode ?? 200,
    headers: result.headers ?? {},
    bytes,
    json: isJson ? JSON.parse(bytes.toString()) : {},
  };
}

const PROXY = '/api/2.0/mlflow-artifacts/artifacts';

const invalidPath = {
  status: 400,
  json: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' },
};

describe('the artifact proxy', () => {
  it('gives back the bytes that were put, as a download', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    expect((await call('PUT', `${PROXY}/1/r/artifacts/model.bin`, bytes)).json).toEqual({});
    for (const prefix of [PROXY, `/ajax-api/2.0/mlflow-artifacts/artifacts`]) {
      const answer = await call('GET', `${prefix}/1/r/artifacts/model.bin`);
      expect(answer.bytes).toEqual(bytes);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment; filename=model.bin',
        'x-content-type-options': 'nosniff',
      });
    }
  });

  it('refuses a file with another digest than its client announces, and stores nothing of it', async () => {
    const md5 = (text: string) => createHash('md5').update(text).digest('base64');
    const put = (digest: string) =>
      call('PUT', `${PROXY}/digest/x`, 'content', { 'content-md5': digest });
    for (const wrong of [md5('other'), 'nonsense', '']) {
      expect(await put(wrong)).toMatchObject({
        status: 400,
        json: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining('digest') },
      });
    }
    expect((await call('GET', `${PROXY}/digest/x`)).status).toBe(404);
    expect((await put(md5('content'))).status).toBe(200);
    expect((await call('GET', `${PROXY}/digest/x`)).bytes.toString()).toBe('content');
  });

  it('keeps an empty file', async () => {
    await call('PUT', `${PROXY}/empty/x`, '');
    const answer = await call('GET', `${PROXY}/empty/x`);
    expect([answer.status, answer.bytes.length]).toEqual([200, 0]);
  });

  it('knows a file by one path, however often its slashes are written', async () => {
    await call('PUT', `${PROXY}/one//path/./x`, 'x');
    expect((await call('GET', `${PROXY}/one/path/x`)).status).toBe(200);
    const files = [{ path: 'path', is_dir: true }];
    expect((await call('GET', `${PROXY}?path=one`)).json).toEqual({ files });
    expect((await call('GET', `${PROXY}?path=one/none`)).json).toEqual({});
    for (const folder of ['one/', '.']) {
      expect(await call('PUT', `${PROXY}/${folder}`, 'x'), folder).toMatchObject(invalidPath);
    }
  });

  it.each([
    ['MLmodel', 'text/plain', 'attachment; filename=MLmodel'],
    ['traces.json', 'text/plain', 'attachment; filename=traces.json'],
    ['page.html', 'text/html', 'attachment; filename=page.html'],
    ['plot.png', 'image/png', 'attachment; filename=plot.png'],
    [
      'größe 1.csv',
      'text/plain',
      `attachment; filename="groe 1.csv"; filename*=UTF-8''gr%C3%B6%C3%9Fe%201.csv`,
    ],
    ['a"b.txt', 'text/plain', 'attachment; filename="a\\"b.txt"'],
  ])('names and types %s', async (name, type, disposition) => {
    const path = `${PROXY}/names/${encodeURIComponent(name)}`;
    await call('PUT', path, 'x');
    const { status, headers } = await call('GET', path);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': type, 'content-disposition': disposition });
  });

  it.each([
    ['x%2520y', 'x y', 'x%20y'],
    ['a%00b', 'a%00b', 'a%2500b'],
    ['%01a%7F', '%01a%7f', '%2501a%257f'],
    ['a%09b', 'ab', 'ab'],
    ['%25FF', '\ufffd', '%EF%BF%BD'],
    ['50%25', '50%', '50%2525'],
    ['x%3Fy', 'x?y', 'x%253Fy'],
    ['end%3F', 'end', 'end'],
    ['end%3B', 'end', 'end%23'],
  ])('knows the file %j as %s and finds it as %s, as MLflow does', async (path, name, other) => {
    const folder = `decoded/${Buffer.from(path).toString('hex')}`;
    await call('PUT', `${PROXY}/${folder}/${path}`, 'x');
    const listed = await call('GET', `${PROXY}?path=${folder}`);
    expect(listed.json.files).toEqual([{ path: name, is_dir: false, file_size: 1 }]);
    expect((await call('GET', `${PROXY}/${folder}/${other}`)).bytes.toString()).toBe('x');
    await call('DELETE', `${PROXY}/${folder}/${other}`);
    expect((await call('GET', `${PROXY}/${folder}/${path}`)).status).toBe(404);
  });

  it('sends who wants a large file to the bucket', async () => {
    const large = Buffer.alloc(4 * 1024 * 1024 + 1, 7);
    await s3.put('mlflow-artifacts/large/model file.bin', large);
    const answer = await call('GET', `${PROXY}/large/model%20file.bin`);
    expect(answer.status).toBe(307);
    const fetched = await fetch(String(answer.headers.location));
    expect(fetched.status).toBe(200);
    expect(fetched.headers.get('content-disposition')).toContain('attachment');
    expect(Buffer.from(await fetched.arrayBuffer()).equals(large)).toBe(true);
  });

  it('lists names below a folder, files with sizes', async () => {
    await call('PUT', `${PROXY}/list/b.txt`, 'four');
    await call('PUT', `${PROXY}/list/a/deep/c.txt`, 'x');
    await call('PUT', `${PROXY}/list-other/d.txt`, 'x');
    const files = [
      { path: 'a', is_dir: true },
      { path: 'b.txt', is_dir: false, file_size: 4 },
    ];
    expect((await call('GET', `${PROXY}?path=list`)).json).toEqual({ files });
    expect((await call('GET', `${PROXY}?path=list/`)).json).toEqual({ files });
    expect((await call('GET', `${PROXY}?path=nothing`)).json.files ?? []).toEqual([]);
  });

  it('deletes a file or a folder and no neighbour whose name begins alike', async () => {
    for (const path of ['del/x', 'del/sub/y', 'del-2/z', 'del.txt', 'file', 'file-2']) {
      await call('PUT', `${PROXY}/${path}`, 'x');
    }
    await call('DELETE', `${PROXY}/del`);
    await call('DELETE', `${PROXY}/file`);
    await call('DELETE', `${PROXY}/never-there`);
    const status = async (path: string) => (await call('GET', `${PROXY}/${path}`)).status;
    expect(await Promise.all(['del/x', 'del/sub/y', 'file'].map(status))).toEqual([404, 404, 404]);
    expect(await Promise.all(['del-2/z', 'del.txt', 'file-2'].map(status))).toEqual([
      200, 200, 200,
    ]);
  });

  it('deletes a folder of more files than one page lists, behind many neighbours', async () => {
    const names = Array.from({ length: 1005 }, (_, i) => i);
    await Promise.all(names.map((i) => s3.put(`mlflow-artifacts/big-${i}`)));
    await Promise.all(names.map((i) => s3.put(`mlflow-artifacts/big/${i}`)));
    expect((await call('GET', `${PROXY}?path=big`)).json.files).toHaveLength(1005);
    await call('DELETE', `${PROXY}/big`);
    expect((await call('GET', `${PROXY}?path=big`)).json.files ?? []).toEqual([]);
    expect((await call('GET', `${PROXY}/big-7`)).status).toBe(200);
  });

  it('answers 404 for a file that is not there', async () => {
    expect(await call('GET', `${PROXY}/nothing/here`)).toMatchObject({
      status: 404,
      json: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    });
  });

  it.each([
    '../x',
    'a/../../x',
    '%2e%2e/x',
    '%252e%252e/x',
    'a/%2e%2e%2fx',
    '%2Fetc/passwd',
    'C:%2Fx',
    'a%5Cb',
    'a%23b',
  ])('refuses the path %s, whatever is asked of it', async (path) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      expect(await call(method, `${PROXY}/${path}`, 'x')).toMatchObject(invalidPath);
    }
    expect(await call('GET', `${PROXY}?path=${path}`)).toMatchObject(invalidPath);
  });
});

describe('artifacts of a run', () => {
  it('are listed relative to its root and downloaded by run and path', async () => {
    const { run_id, artifact_uri } = await createRun({}, aContext());
    const folder = artifact_uri.replace('mlflow-artifacts:/', '');
    await call('PUT', `${PROXY}/${folder}/model/MLmodel`, 'flavors: {}');
    await call('PUT', `${PROXY}/${folder}/plot.png`, 'png');
    const list = async (query: string) =>
      (await call('GET', `/api/2.0/mlflow/artifacts/list?run_id=${run_id}${query}`)).json;
    expect(await list('')).toEqual({
      root_uri: artifact_uri,
      files: [
        { path: 'model', is_dir: true },
        { path: 'plot.png', is_dir: false, file_size: 3 },
      ],
    });
    expect((await list('&path=model')).files).toEqual([
      { path: 'model/MLmodel', is_dir: false, file_size: 11 },
    ]);
    expect(await list('&path=nothing')).toEqual({ root_uri: artifact_uri });
    for (const name of ['run_id', 'run_uuid']) {
      const { bytes } = await call('GET', `/get-artifact?${name}=${run_id}&path=model/MLmodel`);
      expect(bytes.toString()).toBe('flavors: {}');
    }
    expect((await readArtifact(`runs:/${run_id}/model/MLmodel`)).toString()).toBe('flavors: {}');
    expect((await readArtifact(`${artifact_uri}/plot.png`)).toString()).toBe('png');
  });

  it('may lie in a bucket of the experiment’s choice', async () => {
    await s3.put('elsewhere/model.txt', 'x');
    expect((await readArtifact('s3://b/elsewhere/model.txt')).toString()).toBe('x');
  });

  it.each([
    ['NoSuchBucket', 404, 'RESOURCE_DOES_NOT_EXIST', 'No bucket theirs'],
    ['AccessDenied', 403, 'PERMISSION_DENIED', 'Bucket theirs may not be read from here'],
    ['SlowDown', 500, 'INTERNAL_ERROR', 'An internal error occurred'],
  ])('of a bucket that S3 refuses with %s are %i', async (name, status, error_code, message) => {
    const artifact_location = 's3://theirs/root';
    const input = { name: `in their bucket: ${name}`, artifact_location };
    const { experiment_id } = await createExperiment(input, aContext());
    const { run_id } = await createRun({ experiment_id }, aContext());
    const refusal = { name, message: name, $fault: 'client', $metadata: {} } as const;
    const mock = mockClient(S3Client).rejects(new S3ServiceException(refusal));
    try {
      for (const path of [
        `/get-artifact?run_id=${run_id}&path=x`,
        `/api/2.0/mlflow/artifacts/list?run_id=${run_id}`,
      ]) {
        expect(await call('GET', path)).toMatchObject({ status, json: { error_code, message } });
      }
    } finally {
      mock.restore();
    }
  });

  it.each([
    ['/get-artifact?path=x', 404, 'Run with id=None not found'],
    ['/get-artifact?path=%23', 404, 'Run with id=None not found'],
    ['/get-artifact?run_id=r', 400, "Missing value for required parameter 'path'"],
    ['/get-artifact?run_id=r&path=../x', 400, 'Invalid path'],
    ['/api/2.0/mlflow/artifacts/list?run_id=r&path=../x', 400, 'Invalid path'],
    ['/get-artifact?run_id=nothing&path=x', 404, 'Run with id=nothing not found'],
    ['/api/2.0/mlflow/artifacts/list', 400, "Missing value for required parameter 'run_id'"],
  ])('%s is answered with %d', async (path, status, message) => {
    const answer = await call('GET', path);
    expect(answer.status).toBe(status);
    expect(answer.json.message).toContain(message);
  });
});

describe('an artifact address', () => {
  it.each([
    ['mlflow-artifacts:/1/r/artifacts/m', 'b', 'mlflow-artifacts/1/r/artifacts/m'],
    ['mlflow-artifacts://host:80/1/r', 'b', 'mlflow-artifacts/1/r'],
    ['s3://other/some/key', 'other', 'some/key'],
    // Files are those of the bucket's part `files/`; those of the machine are out of reach.
    ['file:///mnt/a%20b/0/r/artifacts', 'b', 'files/mnt/a b/0/r/artifacts'],
    ['file://localhost/mnt/x', 'b', 'files/mnt/x'],
    ['file:/etc/passwd', 'b', 'files/etc/passwd'],
  ])('%s lies in %s under %s', async (uri, bucket, key) => {
    expect(await artifactLocation(uri)).toEqual({ bucket, key });
  });

  it.each(['file://host/mnt/x', '/etc/passwd', 'https://example.com/x', 'dbfs:/x', ''])(
    'cannot be %j',
    async (uri) => {
      await expect(artifactLocation(uri)).rejects.toMatchObject({
        code: 'INVALID_PARAMETER_VALUE',
      });
    },
  );

  it('of a file of this machine finds none', async () => {
    await expect(readArtifact('file:///etc/passwd')).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    });
  });

  it('of a run that is not there is an error', async () => {
    await expect(readArtifact('runs:/nothing/x')).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    });
  });
});

describe('artifacts of a logged model', () => {
  it('are listed relative to its root, downloaded by path and found by its address', async () => {
    const { body } = await models('POST', '', { experiment_id: '0' });
    const { model_id, artifact_uri } = body.model.info;
    const folder = artifact_uri.replace('mlflow-artifacts:/', '');
    await call('PUT', `${PROXY}/${folder}/MLmodel`, 'flavors: {}');
    await call('PUT', `${PROXY}/${folder}/code/a.py`, 'pass');
    const of = `/ajax-api/2.0/mlflow/logged-models/${model_id}/artifacts`;
    expect((await call('GET', `${of}/directories`)).json).toEqual({
      root_uri: artifact_uri,
      files: [
        { path: 'MLmodel', is_dir: false, file_size: 11 },
        { path: 'code', is_dir: true },
      ],
    });
    const { json } = await call('GET', `${of}/directories?artifact_directory_path=code`);
    expect(json.files).toEqual([{ path: 'code/a.py', is_dir: false, file_size: 4 }]);
    const file = await call('GET', `${of}/files?artifact_file_path=code/a.py`);
    expect(file.bytes.toString()).toBe('pass');
    expect((await readArtifact(`models:/${model_id}/code/a.py`)).toString()).toBe('pass');
  });

  it('are refused without a path, outside the root and for a model that is not there', async () => {
    const { body } = await models('POST', '', { experiment_id: '0' });
    const of = (id: string) => `/api/2.0/mlflow/logged-models/${id}/artifacts`;
    const mine = of(body.model.info.model_id);
    expect((await call('GET', `${mine}/files`)).json.error_code).toBe('BAD_REQUEST');
    expect(await call('GET', `${mine}/files?artifact_file_path=../x`)).toMatchObject(invalidPath);
    expect(await call('GET', `${mine}/directories?artifact_directory_path=../x`)).toMatchObject(
      invalidPath,
    );
    expect((await call('GET', `${of('m-none')}/directories`)).status).toBe(404);
  });
});

describe('an experiment with a list of permissions', () => {
  it('refuses files of an experiment to who may not edit it, however the path is written', async () => {
    const owner = aContext({ actor: { user: 'owner', groups: ['users'] } });
    const { experiment_id } = await createExperiment({ name: 'guarded' }, owner);
    const reader = [{ user_name: 'ana', permission_level: 'CAN_READ' }] as const;
    await setExperimentPermissions(experiment_id, reader, { merge: false }, owner);
    const refused = { status: 403, json: { error_code: 'PERMISSION_DENIED' } };
    for (const folder of [experiment_id, `.//${experiment_id}`, `%253${experiment_id}`]) {
      expect(await call('PUT', `${PROXY}/${folder}/run/artifacts/x`, 'mine')).toMatchObject(
        refused,
      );
    }
    expect(await call('DELETE', `${PROXY}/${experiment_id}`)).toMatchObject(refused);
    expect(await call('PUT', `${PROXY}/team/x`, 'mine')).toMatchObject({ status: 200 });
  });
});
