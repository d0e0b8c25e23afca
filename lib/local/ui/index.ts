import { join } from 'node:path';
import { FILES, LANDING, PAGE, webHeaders } from '../../front/web-files.ts';
import type { Mount } from '../s3/mounted-index.ts';

/**
 * Puts a build of the web interface where a deployment puts it: into the bucket behind `/`, here by letting
 * its folder stand for the objects.
 */
export function mountWebInterface(
  s3: { mount(mount: Mount): void },
  bucket: string | undefined,
  folder = LANDING,
): void {
  if (bucket === undefined) return;
  const common = { bucket, headers: webHeaders };
  s3.mount({ ...common, prefix: FILES, folder });
  s3.mount({ ...common, prefix: PAGE, folder: join(folder, PAGE) });
}
