import { invalid } from '../shared/errors.ts';
import { BLANKS } from '../shared/python-text.ts';

/** Filters longer than this are refused before they are read. */
export const MAX_LENGTH = 100_000;

/** Makes the error for a text that cannot be understood from `rest` on. */
export type Refusal = (rest: string) => Error;

/**
 * A token of a filter or an order as MLflow's reader of SQL parts them. A `name` is never a word of SQL: it stands
 * behind a dot or before one. Texts and names in quotes are what is between these: two quotes stay two. What is
 * `other` has no meaning.
 */
export interface SqlToken {
  readonly kind: (typeof KINDS)[number];
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const KINDS = [
  'backtick',
  'reserved',
  'name',
  'number',
  'string',
  'quoted',
  'bracket',
  'like',
  'word',
  'operator',
  'punctuation',
  'other',
] as const;

const INSIDE = String.raw`\p{L}\p{N}_`;
/** Letters that begin the words of SQL. */
const LETTERS = 'A-ZÀ-Ü';
const NO_LETTER = `(?![_${LETTERS}])`;
const DIGITS = String.raw`\p{Nd}+`;

const PATTERNS: Readonly<Record<SqlToken['kind'], string>> = {
  backtick: '`(?:``|[^`])*`|´(?:´´|[^´])*´',
  // Words of SQL wherever they stand.
  reserved: `(?:CASE|IN|VALUES|USING|FROM|AS)(?![${INSIDE}])`,
  name: [
    `(?:@|##?)[${LETTERS}][${INSIDE}]+`,
    String.raw`[${LETTERS}][${INSIDE}]*(?=[${BLANKS}]*\.(?!\p{Nd}))`,
    String.raw`(?<=\.)[${LETTERS}][${INSIDE}]*`,
    String.raw`[${LETTERS}][${INSIDE}]*(?=\()`,
  ].join('|'),
  number: String.raw`-?${DIGITS}(?:\.${DIGITS})?E-?${DIGITS}|-?(?:${DIGITS}\.\p{Nd}*|\.${DIGITS})${NO_LETTER}|-?${DIGITS}${NO_LETTER}`,
  string: String.raw`'(?:''|\\'|[^'])*'`,
  quoted: String.raw`"(?:""|\\"|[^"])*"`,
  bracket: String.raw`(?<![${INSIDE}\])])\[[^\]\[]+\]`,
  like: `(?:NOT[${BLANKS}]+)?(?:LIKE|ILIKE|RLIKE)(?![${INSIDE}])`,
  word: String.raw`(?!0x[\dA-F])[${INSIDE}][$#${INSIDE}]*`,
  operator: '[<>=~!]+',
  punctuation: String.raw`->>?|::|[(),.*\[\]]`,
  other: String.raw`[\s\S]`,
};

const TOKEN = new RegExp(
  [`[${BLANKS}]+`, ...KINDS.map((kind) => `(?<${kind}>${PATTERNS[kind]})`)].join('|'),
  'iuy',
);

const COMMENT = ['--', '# ', '/*'];

const ENCLOSED: readonly SqlToken['kind'][] = ['backtick', 'string', 'quoted'];

/** The tokens of a text; throws what `refuse` makes where it has a comment. */
export function tokenizeSql(text: string, refuse: Refusal): SqlToken[] {
  if (text.length > MAX_LENGTH) throw invalid(`A filter has at most ${MAX_LENGTH} characters`);
  const tokens: SqlToken[] = [];
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (!found || COMMENT.some((one) => text.startsWith(one, at))) {
      throw refuse(text.slice(at, at + 50));
    }
    const kind = KINDS.find((one) => found.groups?.[one] !== undefined);
    if (!kind) continue;
    const [written] = found;
    const inner = ENCLOSED.includes(kind) ? written.slice(1, -1) : written;
    tokens.push({ kind, text: inner, start: at, end: at + written.length });
  }
  return tokens;
}
