import { closeSync, type FSWatcher, fstatSync, openSync, readSync, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

const CHUNK_BYTES = 64 * 1024;

/**
 * Hands on what is appended to a log from now on, until the watcher is closed. A log that is set aside is
 * read to its end, then the one in its place from its beginning; that one counts once there is a line in it.
 */
export function follow(file: string, print: (bytes: Uint8Array) => void): FSWatcher {
  let descriptor = openSync(file, 'r');
  let position = fstatSync(descriptor).size;
  const printNew = () => {
    for (;;) {
      const buffer = Buffer.alloc(CHUNK_BYTES);
      const read = readSync(descriptor, buffer, 0, CHUNK_BYTES, position);
      if (read === 0) return;
      position += read;
      print(buffer.subarray(0, read));
    }
  };
  // The folder: a watcher of the file would go with it when it is renamed.
  return watch(dirname(file), (_event, name) => {
    if (name !== basename(file)) return;
    printNew();
    const present = statSync(file, { throwIfNoEntry: false });
    if (!present || present.size === 0 || present.ino === fstatSync(descriptor).ino) return;
    closeSync(descriptor);
    descriptor = openSync(file, 'r');
    position = 0;
    printNew();
  });
}
