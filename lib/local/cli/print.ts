/** Lines of a table: columns as wide as their widest cell, two spaces between. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** Prints what a program reads, or what a person does. */
export function print(asJson: boolean, value: unknown, lines: () => readonly string[]): void {
  if (asJson) console.log(JSON.stringify(value));
  else for (const line of lines()) console.log(line);
}

/** `1.4 MB` */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
