import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

/** A log file is set aside at this size; one older file is kept, so that a function's logs are bounded. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Lines are gathered for so many milliseconds: a write to the file for each would cost more than the line. */
const GATHER_MS = 50;

/** A function's log file, `<file>`, and its predecessor, `<file>.1`. */
export class LogFile {
  private readonly file: string;
  private stream: WriteStream;
  private size: number;
  private closed = false;
  private gathered = '';

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.file = file;
    this.size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    this.stream = this.open();
  }

  /** Appends text; what an environment says after the end is dropped. */
  write(text: string): void {
    if (this.closed) return;
    if (this.gathered === '') setTimeout(() => this.flush(), GATHER_MS);
    this.gathered += text;
  }

  close(): Promise<void> {
    this.flush();
    this.closed = true;
    return new Promise((resolve) => this.stream.end(() => resolve()));
  }

  private flush(): void {
    if (this.closed || this.gathered === '') return;
    this.stream.write(this.gathered);
    this.size += this.gathered.length;
    this.gathered = '';
    if (this.size < MAX_BYTES) return;
    this.stream.end();
    renameSync(this.file, `${this.file}.1`);
    this.stream = this.open();
    this.size = 0;
  }

  /** A log that cannot be written (a full disk) must not end the host. */
  private open(): WriteStream {
    return createWriteStream(this.file, { flags: 'a' }).on('error', (error) =>
      console.error(`${this.file}: ${error.message}`),
    );
  }
}
