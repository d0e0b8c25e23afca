import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createS3 } from '../../../lib/local/s3/index.ts';

/** Program of a test: an S3 with the bucket `b` on a data directory; tells its parent its port. */
const s3 = createS3({ dataDir: String(process.argv[2]), notify: () => {} });
const nowhere = { region: '', accountId: '', assetPath: () => '' };
await s3.providers[0]?.create('B', {}, nowhere);
await s3.start();
const server = createServer((request, response) => void s3.handle(request, response));
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
