import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of `/proc/<pid>/stat` a second: fixed on Linux. */
const TICKS_PER_SECOND = 100;

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** CPU ticks of the process and of its ended children. */
  readonly ticks: number;
  readonly rssPages: number;
}

export interface TreeUsage {
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** CPU time and resident memory of a process with all its descendants (Linux only). */
export function usageOfTree(root: number): TreeUsage {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)));
  const wanted = new Set([root]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of all) {
      if (wanted.has(pid) || !wanted.has(parent)) continue;
      wanted.add(pid);
      grown = true;
    }
  }
  const tree = all.filter(({ pid }) => wanted.has(pid));
  const ticks = tree.reduce((sum, one) => sum + one.ticks, 0);
  const pages = tree.reduce((sum, one) => sum + one.rssPages, 0);
  return { cpuMs: (ticks * 1000) / TICKS_PER_SECOND, rssMb: (pages * 4096) / 2 ** 20 };
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the name may hold blanks and brackets. */
function statOf(pid: number): Process[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return [];
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  const ticks = field(14) + field(15) + field(16) + field(17);
  return [{ pid, parent: field(4), ticks, rssPages: field(24) }];
}
