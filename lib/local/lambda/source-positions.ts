import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';

/** A place in a bundle, as stack traces name it: `file:///…/index.mjs:1:2345`. */
const IN_BUNDLE = /(?:file:\/\/)?(\/[^\s()"\\]*\/index\.mjs):(\d+):(\d+)/g;

/**
 * Puts file and line of the source where a text names a place in a bundle. Maps lie apart from the
 * bundles, by the bundle's digest, so that nothing is read before something went wrong.
 */
export class SourcePositions {
  private readonly folder: string;
  private readonly maps = new Map<string, SourceMap | undefined>();

  /** `folder` holds `<sha256 of the bundle>.map`. */
  constructor(folder: string) {
    this.folder = folder;
  }

  translate(text: string): string {
    if (!text.includes('/index.mjs:')) return text;
    return text.replace(IN_BUNDLE, (place, bundle: string, line: string, column: string) => {
      const origin = this.mapOf(bundle)?.findOrigin(Number(line), Number(column));
      if (!origin || !('fileName' in origin)) return place;
      return `${sourceName(origin.fileName)}:${origin.lineNumber}:${origin.columnNumber}`;
    });
  }

  private mapOf(bundle: string): SourceMap | undefined {
    if (!this.maps.has(bundle)) this.maps.set(bundle, this.read(bundle));
    return this.maps.get(bundle);
  }

  private read(bundle: string): SourceMap | undefined {
    if (!existsSync(bundle)) return undefined;
    const digest = createHash('sha256').update(readFileSync(bundle)).digest('hex');
    const file = join(this.folder, `${digest}.map`);
    return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
  }
}

/** Maps name sources relative to the bundle; the repository's own path is what a person knows. */
const sourceName = (path: string) => path.replace(/^(\.\.\/)+/, '');
