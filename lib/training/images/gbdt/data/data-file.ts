/** A file of rows whose columns are read one at a time. */
export interface DataFile {
  /** For messages: its path below the channel. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** All values of a column: numbers, booleans, texts, times, or what the builder refuses. */
  read(column: string): Promise<ArrayLike<unknown>>;
}
