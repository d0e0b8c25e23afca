import { randomBytes } from 'node:crypto';
import { API, type Bench, good, newRuns, type Shape } from './shape.ts';

/** Where a server that stands between clients and the store takes and gives files. */
const PROXY = '/api/2.0/mlflow-artifacts/artifacts';

const BINARY = { 'content-type': 'application/octet-stream' };

/** Files from this size on are sent by few users, and few times. */
const LARGE = 1 << 20;

const load = (bytes: number) =>
  bytes < LARGE ? { users: 20, maxRequests: 10_000 } : { users: 4, maxRequests: 60 };

/** Where files of a new run are, below the proxy; undefined for a server without one. */
async function folderOfRun(bench: Bench): Promise<string | undefined> {
  const [run_id = ''] = await newRuns(bench, 1);
  const folder = `${PROXY}/0/${run_id}/artifacts`;
  const { status } = await upload(bench, `${folder}/first.bin`, randomBytes(1));
  return status === 200 ? folder : undefined;
}

const upload = ({ client }: Bench, path: string, content: Buffer) =>
  client.send('PUT', path, content, BINARY);

/** Files of a run, each of a name of its own. */
export const uploadArtifact = (size: string, bytes: number): Shape => ({
  name: `UploadArtifact ${size}`,
  group: 'artifact',
  ...load(bytes),
  prepare: async (bench) => {
    const folder = await folderOfRun(bench);
    if (!folder) return undefined;
    const content = randomBytes(bytes);
    return async (i) => {
      const { status, text } = await upload(bench, `${folder}/file-${i}.bin`, content);
      if (status !== 200) throw new Error(`${status} ${text.slice(0, 200)}`);
    };
  },
});

/** One file again and again. */
export const downloadArtifact = (size: string, bytes: number): Shape => ({
  name: `DownloadArtifact ${size}`,
  group: 'artifact',
  ...load(bytes),
  prepare: async (bench) => {
    const folder = await folderOfRun(bench);
    if (!folder) return undefined;
    const path = `${folder}/file.bin`;
    // Letters: the length of the text is the length of the file.
    await upload(bench, path, Buffer.alloc(bytes, 'a'));
    return async () => {
      const { length } = await good(bench, 'GET', path);
      if (length !== bytes) throw new Error(`${length} bytes of ${bytes}`);
    };
  },
});

/** The files of a run's folder, as the run's page asks for them. */
export const listArtifacts = (files: number): Shape => ({
  name: `ListArtifacts ${files}`,
  group: 'artifact',
  users: 20,
  maxRequests: 10_000,
  prepare: async (bench) => {
    const folder = await folderOfRun(bench);
    if (!folder) return undefined;
    for (let i = 1; i < files; i++)
      await upload(bench, `${folder}/file-${i}.bin`, Buffer.from('1'));
    const [, run_id] = /([0-9a-f]{32})/.exec(folder) ?? [];
    return async () => {
      const text = await good(bench, 'GET', `${API}/artifacts/list?run_id=${run_id}`);
      const found = text.split('"path":').length - 1;
      if (found !== files) throw new Error(`${found} files of ${files}`);
    };
  },
});
