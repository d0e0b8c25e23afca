import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../usage-error.ts';
import { follow } from './follow.ts';
import { count, operatorOptions } from './operator-options.ts';
import { megabytes, print, tableLines } from './print.ts';

/** `slipway logs [function]`: the last lines of a function, or which functions have logs. */
export async function logs(args: readonly string[]): Promise<number> {
  const own = {
    lines: { type: 'string', default: '50' },
    follow: { type: 'boolean', default: false },
  } as const;
  const { values, positionals } = operatorOptions(args, own, 1);
  const folder = resolve(values['data-dir'], 'logs');
  if (!existsSync(folder)) throw new UsageError(`${folder} does not exist: nothing has run yet`);
  const [name] = positionals;
  if (!name) {
    const found = list(folder);
    print(values.json, { functions: found }, () =>
      tableLines([
        ['function', 'last line', 'size'],
        ...found.map((one) => [one.function, one.last_write, megabytes(one.bytes)]),
      ]),
    );
    return 0;
  }
  const file = join(folder, `${chosen(folder, name)}.log`);
  const last = lastLines(file, count(values.lines, '--lines'));
  print(values.json, { function: chosen(folder, name), lines: last }, () => last);
  if (values.follow) {
    follow(file, (bytes) => process.stdout.write(bytes));
    await new Promise<never>(() => {});
  }
  return 0;
}

function list(folder: string) {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.log'))
    .map((file) => ({ file, facts: statSync(join(folder, file)) }))
    .sort((a, b) => b.facts.mtimeMs - a.facts.mtimeMs)
    .map(({ file, facts }) => ({
      function: file.slice(0, -'.log'.length),
      last_write: facts.mtime.toISOString(),
      bytes: facts.size,
    }));
}

/** A function by its whole name, or by the end of it: `tracking` for `slipway-dev-tracking`. */
function chosen(folder: string, name: string): string {
  const names = list(folder).map((one) => one.function);
  const found = names.find((one) => one === name) ?? names.find((one) => one.endsWith(`-${name}`));
  if (found) return found;
  throw new UsageError(`No function is called '${name}': there are ${names.sort().join(', ')}`);
}

function lastLines(file: string, wanted: number): string[] {
  const older = existsSync(`${file}.1`) ? readFileSync(`${file}.1`, 'utf8') : '';
  const newer = readFileSync(file, 'utf8');
  return (older + newer).trimEnd().split('\n').slice(-wanted);
}
