import { TrainingError } from '../training-error.ts';

/** Bytes of a part; S3 takes 5 MB to 5 GB, and MLflow's own client sends 10 MB. */
const PART_BYTES = 10 * 1024 * 1024;
const ATTEMPTS = 5;

/** Posts JSON to the tracking server and answers its JSON. */
type Post = (path: string, body: object) => Promise<unknown>;

interface Upload {
  readonly upload_id: string;
  readonly credentials: readonly {
    readonly url: string;
    readonly part_number: number;
    readonly headers?: Readonly<Record<string, string>>;
  }[];
}

/**
 * Sends a file in parts to addresses that the server gives out, past a gateway that takes no large
 * body. `folder` is the encoded path of the file's folder, `name` the file's name.
 * https://mlflow.org/docs/latest/self-hosting/architecture/artifact-store/#multipart-upload
 */
export async function uploadInParts(
  post: Post,
  folder: string,
  name: string,
  content: Uint8Array,
): Promise<void> {
  const mpu = (call: string) => `/api/2.0/mlflow-artifacts/mpu/${call}/${folder}`;
  const num_parts = Math.ceil(content.length / PART_BYTES);
  const created = (await post(mpu('create'), { path: name, num_parts })) as Upload;
  const parts: object[] = [];
  for (const { url, part_number, headers = {} } of created.credentials) {
    const body = content.slice((part_number - 1) * PART_BYTES, part_number * PART_BYTES);
    parts.push({ part_number, url, etag: await putPart(url, body, headers) });
  }
  await post(mpu('complete'), { path: name, upload_id: created.upload_id, parts });
}

async function putPart(
  url: string,
  body: Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  let reason = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const response = await fetch(url, { method: 'PUT', body, headers });
      const text = await response.text();
      if (response.ok) return response.headers.get('etag') ?? '';
      reason = text.slice(0, 500);
    } catch (error) {
      reason = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** (attempt - 1)));
  }
  throw new TrainingError(`A part was refused ${ATTEMPTS} times: ${reason}`);
}
