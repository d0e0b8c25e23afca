import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Content types of what a web build holds. */
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.eot': 'application/vnd.ms-fontobject',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/** Seconds that a browser keeps a file whose name changes with its content, as MLflow's server has it. */
const MAX_AGE = 2_419_200;

/** A content hash in the name, such as `main.9479d285.js`. */
const HASHED = /\.[0-9a-f]{8,}\./;

interface StaticFile {
  readonly path: string;
  readonly size: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The files of a web build, by their path below its folder. */
export class StaticFiles {
  private readonly files = new Map<string, StaticFile>();

  constructor(folder: string) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      this.files.set(relative(folder, path).replaceAll(sep, '/'), describe(path));
    }
  }

  /** Answers with a file; false when there is none of that name. */
  async serve(name: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const file = this.files.get(name);
    if (!file) return false;
    if (request.headers['if-none-match'] === file.headers.etag) {
      response.writeHead(304, file.headers).end();
      return true;
    }
    response.writeHead(200, { ...file.headers, 'content-length': file.size });
    if (request.method === 'HEAD') response.end();
    // A browser that goes away ends the answer early.
    else await pipeline(createReadStream(file.path), response).catch(() => {});
    return true;
  }
}

export const isWebBuild = (folder: string): boolean => existsSync(join(folder, 'index.html'));

function describe(path: string): StaticFile {
  const { size, mtimeMs } = statSync(path);
  return {
    path,
    size,
    headers: {
      'content-type': TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream',
      'cache-control': HASHED.test(path) ? `public, max-age=${MAX_AGE}` : 'no-cache',
      etag: `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
    },
  };
}
