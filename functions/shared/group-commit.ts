interface Waiting<T> {
  readonly item: T;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * A writer of single items by group commit: those that come while a write is under way go together with the
 * next one, so a burst costs few writes. Each promise settles as the write that its item was in does.
 */
export function groupCommit<T>(write: (items: readonly T[]) => Promise<void>) {
  let waiting: Waiting<T>[] = [];
  let writing = false;
  const writeAll = async () => {
    writing = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        await write(group.map(({ item }) => item));
        for (const { done } of group) done();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    writing = false;
  };
  return (item: T): Promise<void> =>
    new Promise((done, failed) => {
      waiting.push({ item, done, failed });
      if (!writing) void writeAll();
    });
}
