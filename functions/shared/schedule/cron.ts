import { Cron } from 'croner';

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const FIELDS: readonly Field[] = [
  { name: 'minutes', min: 0, max: 59 },
  { name: 'hours', min: 0, max: 23 },
  { name: 'day-of-month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day-of-week', min: 1, max: 7, names: DAYS },
  { name: 'year', min: 1970, max: 2199 },
];

const DAY_OF_MONTH = 2;
const DAY_OF_WEEK = 4;

/**
 * Compiles the six fields of AWS's cron to croner's seven. AWS counts days of the week from 1 (Sunday),
 * wants one of the two day fields to be `?`, and has `a/b` for `a` to the end in steps of `b`. Times are those of a
 * clock without daylight saving.
 * Throws for anything that AWS refuses.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 */
export function compileCron(text: string): Cron {
  const parts = text.trim().toUpperCase().split(/\s+/);
  if (parts.length !== FIELDS.length) throw new Error(`cron(${text}) needs six fields`);
  const unspecified = [DAY_OF_MONTH, DAY_OF_WEEK].filter((at) => parts[at] === '?');
  if (unspecified.length !== 1) {
    throw new Error(`cron(${text}): one of day-of-month and day-of-week must be ?`);
  }
  const translated = FIELDS.map((field, at) => translate(field, parts[at] ?? '', at));
  return new Cron(['0', ...translated].join(' '), {
    timezone: 'UTC',
    mode: '7-part',
    paused: true,
  });
}

function translate(field: Field, part: string, at: number): string {
  if (part === '?' && (at === DAY_OF_MONTH || at === DAY_OF_WEEK)) return '*';
  const items = part.split(',').map((item) => translateItem(field, item, at));
  return items.join(',');
}

function translateItem(field: Field, item: string, at: number): string {
  const shift = at === DAY_OF_WEEK ? -1 : 0;
  const number = (text: string) => String(valueIn(field, text) + shift);
  if (item === '*') return item;
  if (at === DAY_OF_MONTH && /^(L|LW|\d{1,2}W)$/.test(item)) {
    if (item.length > 1 && item !== 'LW') valueIn(field, item.slice(0, -1));
    return item;
  }
  // The last day of a week is Saturday.
  if (at === DAY_OF_WEEK && item === 'L') return number('SAT');
  const special = /^(\w+?)(L|#[1-5])$/.exec(item);
  if (at === DAY_OF_WEEK && special?.[1] !== undefined) {
    return `${number(special[1])}${special[2] ?? ''}`;
  }
  const [, from = '', to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item) ?? [];
  if (from === '' || (from === '*' && to !== undefined)) throw invalid(field, item);
  if (step !== undefined && Number(step) < 1) throw invalid(field, item);
  const suffix = step === undefined ? '' : `/${step}`;
  if (from === '*') return `*${suffix}`;
  if (to !== undefined) return `${number(from)}-${number(to)}${suffix}`;
  return step === undefined ? number(from) : `${number(from)}-${field.max + shift}${suffix}`;
}

function valueIn(field: Field, text: string): number {
  const named = field.names?.indexOf(text) ?? -1;
  const value = named >= 0 ? named + 1 : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= field.min && value <= field.max) return value;
  throw invalid(field, text);
}

const invalid = (field: Field, text: string) => new Error(`cron: ${text} is no ${field.name}`);
