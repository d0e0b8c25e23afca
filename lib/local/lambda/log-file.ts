import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

/** A log file is set aside at this size; one older file is kept, so that a function's logs are bounded. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A function's log file, `<file>`, and its predecessor, `<file>.1`. */
export class LogFile {
  private readonly file: string;
  private stream: WriteStream;
  private size: number;
  private closed = false;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.file = file;
    this.size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    this.stream = this.open();
  }

  /** Appends text; what an environment says after the end is dropped. */
  write(text: string): void {
    if (this.closed) return;
    this.stream.write(text);
    this.size += text.length;
    if (this.size < MAX_BYTES) return;
    this.stream.end();
    renameSync(this.file, `${this.file}.1`);
    this.stream = this.open();
    this.size = 0;
  }

  close(): Promise<void> {
    this.closed = true;
    return new Promise((resolve) => this.stream.end(() => resolve()));
  }

  /** A log that cannot be written (a full disk) must not end the host. */
  private open(): WriteStream {
    return createWriteStream(this.file, { flags: 'a' }).on('error', (error) =>
      console.error(`${this.file}: ${error.message}`),
    );
  }
}
