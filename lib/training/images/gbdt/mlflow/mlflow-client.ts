import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TrainingError } from '../training-error.ts';
import { uploadInParts } from './upload-parts.ts';

/** An answer of the tracking server that is no success. */
export class MlflowError extends Error {
  override readonly name = 'MlflowError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Above this, a gateway with a function behind it may refuse a body (Lambda takes 6 MB in base64). */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const ATTEMPTS = 5;
/** Milliseconds for an attempt of a call with a small answer; files may take as long as they take. */
const CALL_TIMEOUT_MS = 30_000;
const FIRST_PAUSE_MS = 200;
const TRANSIENT = new Set([408, 429, 500, 502, 503, 504]);

interface Request {
  readonly body?: string | Buffer<ArrayBuffer>;
  readonly headers?: object;
  readonly timeoutMs?: number;
}

/**
 * The REST API of an MLflow tracking server with fetch. What fails for a moment (no connection, 429,
 * 5xx) is tried five times with doubling pauses.
 */
export class MlflowClient {
  private readonly base: string;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(trackingUri: string, env: NodeJS.ProcessEnv) {
    if (!/^https?:\/\//.test(trackingUri)) {
      throw new TrainingError(`MLFLOW_TRACKING_URI must be an http(s) address, not ${trackingUri}`);
    }
    this.base = trackingUri.replace(/\/$/, '');
    this.headers = authorization(env);
  }

  get<T>(path: string, query: Readonly<Record<string, string>>): Promise<T> {
    return this.json<T>('GET', `${path}?${new URLSearchParams(query)}`);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.json<T>('POST', path, JSON.stringify(body));
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    return this.json<T>('PATCH', path, JSON.stringify(body));
  }

  /** Uploads a file through the artifact proxy (`mlflow-artifacts:`), or writes it below a `file:` root. */
  async upload(root: string, path: string, content: Uint8Array): Promise<void> {
    if (/^file:/i.test(root)) {
      const file = join(fileURLToPath(root), path);
      await mkdir(dirname(file), { recursive: true });
      return writeFile(file, content);
    }
    const folder = /^mlflow-artifacts:\/*(.*)$/.exec(root)?.[1];
    if (folder === undefined) throw new TrainingError(`Artifacts under ${root} cannot be uploaded`);
    const names = `${folder}/${path}`.split('/');
    const key = names.map(encodeURIComponent).join('/');
    if (content.length > MAX_BODY_BYTES) {
      const [parent, name] = [key.slice(0, key.lastIndexOf('/')), names.at(-1) ?? ''];
      const post = async (to: string, body: object) => {
        const headers = { 'content-type': 'application/json' };
        return JSON.parse(await this.send('POST', to, { body: JSON.stringify(body), headers }));
      };
      try {
        return await uploadInParts(post, parent, name, content);
      } catch (error) {
        // A server that takes no parts takes the whole, whatever its size.
        const without = error instanceof MlflowError && [404, 501].includes(error.status);
        if (!without) throw error;
      }
    }
    await this.send('PUT', `/api/2.0/mlflow-artifacts/artifacts/${key}`, {
      body: Buffer.from(content),
      headers: { 'content-type': 'application/octet-stream' },
    });
  }

  private async json<T>(method: string, path: string, body?: string): Promise<T> {
    const text = await this.send(method, `/api/2.0/mlflow/${path}`, {
      timeoutMs: CALL_TIMEOUT_MS,
      ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
    });
    return JSON.parse(text) as T;
  }

  private async send(
    method: string,
    path: string,
    { timeoutMs, ...request }: Request,
  ): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      let failure: unknown;
      try {
        const headers = { ...this.headers, ...request.headers };
        const signal = timeoutMs === undefined ? null : AbortSignal.timeout(timeoutMs);
        const response = await fetch(this.base + path, { method, ...request, headers, signal });
        const text = await response.text();
        if (response.ok) return text;
        failure = toError(response.status, text);
        if (!TRANSIENT.has(response.status)) throw failure;
      } catch (error) {
        if (error === failure) throw error;
        failure = error;
      }
      if (attempt === ATTEMPTS) {
        const reason = failure instanceof Error ? failure.message : String(failure);
        throw new TrainingError(
          `${method} ${this.base}${path} failed ${ATTEMPTS} times: ${reason}`,
        );
      }
      await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }
}

function toError(status: number, text: string): MlflowError {
  try {
    const { error_code, message } = JSON.parse(text) as { error_code?: string; message?: string };
    return new MlflowError(status, error_code ?? '', message ?? text);
  } catch {
    return new MlflowError(status, '', text.slice(0, 500));
  }
}

function authorization(env: NodeJS.ProcessEnv): Record<string, string> {
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: user } = env;
  if (token) return { authorization: `Bearer ${token}` };
  if (!user) return {};
  const password = env.MLFLOW_TRACKING_PASSWORD ?? '';
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}
