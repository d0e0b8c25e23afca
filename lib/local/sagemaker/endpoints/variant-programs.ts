import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageFolder } from '../../shared/dockerfile.ts';
import { type Endpoint, keyOf, type Variant } from './endpoint.ts';
import { ServingProgram } from './serving-program.ts';

/** What a program has until `/ping` answers, when its variant does not say. */
const STARTUP_MS = 10 * 60_000;

export interface VariantProgramsOptions {
  readonly dataDir: string;
  /** Copies all objects below the prefix into a folder. */
  readonly download: (uri: string, folder: string) => Promise<void>;
  /** Of serving images. */
  readonly imageFolder: ImageFolder;
  /** The longest that any program has until `/ping` answers, in milliseconds. */
  readonly startupMs?: number;
}

/** The programs of variants that are in service or on their way there, each with a folder of its own. */
export class VariantPrograms {
  private readonly options: VariantProgramsOptions;
  /** By `keyOf` the endpoint, then by `idOf` the variant. */
  private readonly programs = new Map<string, Map<string, ServingProgram>>();
  private suspended = false;

  constructor(options: VariantProgramsOptions) {
    this.options = options;
  }

  find(endpoint: Endpoint, variant: Variant): ServingProgram | undefined {
    return this.programs.get(keyOf(endpoint))?.get(idOf(variant));
  }

  /** The program of a variant, started when there is none. */
  start(endpoint: Endpoint, variant: Variant, persistent: boolean): ServingProgram {
    const [key, id] = [keyOf(endpoint), idOf(variant)];
    const programs = this.programs.get(key) ?? new Map<string, ServingProgram>();
    this.programs.set(key, programs);
    const known = programs.get(id);
    if (known) return known;
    const { dataDir, download, imageFolder, startupMs = Number.POSITIVE_INFINITY } = this.options;
    const asked = variant.startupSeconds === undefined ? STARTUP_MS : variant.startupSeconds * 1000;
    const program = new ServingProgram({
      endpoint: endpoint.name,
      variant: variant.name,
      container: variant.container,
      root: this.folder(key, id),
      log: join(dataDir, 'logs/endpoints', `${key}.${id}.log`),
      // That of image functions: what one has built serves the other.
      cache: join(dataDir, 'images'),
      startupMs: Math.min(startupMs, asked),
      image: imageFolder,
      download,
      persistent,
    });
    programs.set(id, program);
    return program;
  }

  /** Ends the programs of an endpoint but those of the variants that are kept. */
  async end(endpoint: Endpoint, kept: readonly Variant[], drainMs: number): Promise<void> {
    await this.endOthers(keyOf(endpoint), new Set(kept.map(idOf)), drainMs);
  }

  /** Forgets what a host that was killed had not quite forgotten. */
  sweep(): void {
    rmSync(this.ended, { recursive: true, force: true });
  }

  /** Ends all; each is there again, in its folder, when it is started next. */
  async suspend(): Promise<void> {
    this.suspended = true;
    await Promise.all([...this.programs.keys()].map((key) => this.endOthers(key, new Set(), 0)));
  }

  /** Forgets what the programs had in their folders. */
  async reset(): Promise<void> {
    this.suspended = false;
    await rm(join(this.options.dataDir, 'endpoints'), { recursive: true, force: true });
  }

  private async endOthers(key: string, kept: ReadonlySet<string>, drainMs: number): Promise<void> {
    const programs = this.programs.get(key);
    const ending = [...(programs ?? [])].filter(([id]) => !kept.has(id));
    for (const [id] of ending) programs?.delete(id);
    if (programs?.size === 0) this.programs.delete(key);
    const suspended = this.suspended;
    await Promise.all(
      ending.map(async ([id, program]) => {
        await program.stop(drainMs);
        // An equal one may run already.
        if (!suspended && !this.programs.get(key)?.has(id)) await this.forget(key, id);
      }),
    );
  }

  /** The folder goes at once, as an equal program may begin to fill it anew; what was in it goes in its time. */
  private async forget(key: string, id: string): Promise<void> {
    const folder = this.folder(key, id);
    if (!existsSync(folder)) return;
    const ended = join(this.ended, randomUUID());
    mkdirSync(this.ended, { recursive: true });
    renameSync(folder, ended);
    const all = this.folder(key, '');
    if (!this.programs.has(key) && readdirSync(all).length === 0) rmdirSync(all);
    await rm(ended, { recursive: true, force: true });
  }

  private get ended(): string {
    return join(this.options.dataDir, 'ended-endpoints');
  }

  private folder(key: string, id: string): string {
    return join(this.options.dataDir, 'endpoints', key, id);
  }
}

/** Equal for what one program can answer: the variant's name and its container. */
function idOf({ name, container }: Variant): string {
  const digest = createHash('sha256').update(JSON.stringify(container)).digest('hex');
  return `${name}-${digest.slice(0, 12)}`;
}
