import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../../shared/database.ts';
import type { Frame } from '../engine/frame.ts';
import type { HistoryEvent, Journal } from '../engine/journal.ts';
import { JournalFailed } from '../engine/run.ts';
import type { Statements } from './statements.ts';

/** The journal of one Standard execution: a commit survives the death of the process. */
export class SqliteJournal implements Journal {
  private readonly database: DatabaseSync;
  private readonly statements: Statements;
  private readonly execution: number;
  private readonly frames = new Set<Frame>();
  private writes: (() => void)[] = [];
  private lastId: number;

  constructor(database: DatabaseSync, statements: Statements, execution: number) {
    this.database = database;
    this.statements = statements;
    this.execution = execution;
    this.lastId = Number(statements.lastEvent.get(execution)?.id ?? 0);
  }

  event(
    type: string,
    previous: number,
    timestamp: number,
    details: HistoryEvent['details'] = {},
  ): number {
    this.lastId += 1;
    const id = this.lastId;
    const text = JSON.stringify(details);
    this.writes.push(() =>
      this.statements.insertEvent.run(this.execution, id, type, timestamp, previous, text),
    );
    return id;
  }

  save(frame: Frame): void {
    this.frames.add(frame);
  }

  removeChildren(path: string): void {
    for (const frame of this.frames) {
      if (frame.path.startsWith(`${path}/`)) this.frames.delete(frame);
    }
    this.writes.push(() =>
      this.statements.deleteFramesBelow.run(this.execution, `${path}/`, `${path}0`),
    );
  }

  children(path: string): Frame[] {
    const depth = path.split('/').length + 1;
    return this.statements.framesBelow
      .all(this.execution, `${path}/`, `${path}0`)
      .map(({ frame }) => JSON.parse(String(frame)) as Frame)
      .filter((frame) => frame.path.split('/').length === depth);
  }

  openToken(token: string, time: number): void {
    this.writes.push(() => this.statements.openToken.run(token, this.execution, time));
  }

  closeToken(token: string): void {
    this.writes.push(() => this.statements.closeToken.run(token));
  }

  /**
   * `also` is written in the same transaction. Throws `JournalFailed`, after which the execution must
   * go on with another journal: what was buffered here is lost.
   */
  commit(also: () => void = () => undefined): void {
    const writes = this.writes;
    this.writes = [];
    try {
      transaction(this.database, () => {
        for (const write of writes) write();
        for (const frame of this.frames) {
          this.statements.saveFrame.run(this.execution, frame.path, JSON.stringify(frame));
        }
        also();
      });
    } catch (cause) {
      throw new JournalFailed('The journal cannot be written', { cause });
    }
    this.frames.clear();
  }

  get length(): number {
    return this.lastId;
  }
}
