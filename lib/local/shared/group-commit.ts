import type { DatabaseSync } from 'node:sqlite';
import { transaction } from './database.ts';

interface Waiting {
  readonly work: () => void;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Writes that are asked for in one turn of the event loop share a commit, which costs several times what
 * a write in it does. Each promise resolves when its write is durable.
 */
export class GroupCommit {
  private readonly database: DatabaseSync;
  private waiting: Waiting[] = [];

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  /** `work` may be done twice, the first time undone: it changes nothing but the database. */
  run<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: T;
      this.waiting.push({
        work: () => {
          result = work();
        },
        done: () => resolve(result),
        failed: reject,
      });
      if (this.waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  /** Commits what waits now; to be called before the database is closed. */
  flush(): void {
    const { waiting } = this;
    this.waiting = [];
    if (waiting.length > 0) this.commit(waiting);
  }

  /** What cannot be written keeps no other from it. */
  private commit(group: readonly Waiting[]): void {
    try {
      transaction(this.database, () => {
        for (const { work } of group) work();
      });
    } catch (error) {
      if (group.length === 1) group[0]?.failed(error);
      else for (const one of group) this.commit([one]);
      return;
    }
    for (const { done } of group) done();
  }
}
