import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

/** A log file is set aside at this size; one older file is kept, so that a function's logs are bounded. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Appends lines to a function's log file. */
export class LogFile {
  private readonly file: string;
  private stream: WriteStream;
  private size: number;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.file = file;
    this.size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    this.stream = createWriteStream(file, { flags: 'a' });
  }

  write(line: string): void {
    this.stream.write(`${line}\n`);
    this.size += line.length + 1;
    if (this.size < MAX_BYTES) return;
    this.stream.end();
    renameSync(this.file, `${this.file}.1`);
    this.stream = createWriteStream(this.file, { flags: 'a' });
    this.size = 0;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.stream.end(() => resolve()));
  }
}
