import { describe, expect, it } from 'vitest';
import { MODEL_FIELDS } from '../../../functions/registry/search/search-fields.ts';
import { checkComparison, parseFilter, parseOrderBy } from '../../../functions/search/index.ts';
import { EXPERIMENT_FIELDS, RUN_FIELDS } from '../../../functions/tracking/search/search-fields.ts';

const parse = (filter: string, fields = RUN_FIELDS) =>
  parseFilter(filter).map((one) => checkComparison(one, fields));

const invalid = expect.objectContaining({ code: 'INVALID_PARAMETER_VALUE' });

describe("a key as MLflow's reader of SQL parts it", () => {
  it.each([
    ['`a``b`', 'a``b'],
    ['"a""b"', 'a""b'],
    ["'a b'", 'a b'],
    ['"`a`"', 'a'],
    ['`a`.b', '`a`.b'],
    ['`a`.`b`', 'a`.`b'],
    ['a.1b', 'a.1b'],
    ['.a', '.a'],
    [' a', ' a'],
    ['a . b', 'a . b'],
    ['*', '*'],
    ['[a b]', '[a b]'],
    ['a[0]', 'a[0]'],
    ['a()', 'a()'],
    ['@ab', '@ab'],
    ['_a$b', '_a$b'],
    ['select', 'select'],
    ['end', 'end'],
    ['in_x', 'in_x'],
    ['a DESC', 'a DESC'],
    ['´a b´', '´a b´'],
    ['a->b', 'a->b'],
    ["a ->> 'b c'->`d`", "a ->> 'b c'->`d`"],
    ['->', '->'],
    ['a::text', 'a::text'],
    ['a :: varchar(5)', 'a :: varchar(5)'],
    ['a->b::c.d', 'a->b::c.d'],
  ])('is, of tags.%s, %s', (written, key) => {
    expect(parse(`tags.${written} = 'x'`)).toEqual([expect.objectContaining({ key, value: 'x' })]);
  });

  it.each([
    'a-b',
    'a/b',
    'a:b',
    'a+b',
    'a#b',
    'a$b',
    'a b',
    '1',
    'a.1',
    '12a',
    '$a',
    '@a',
    '😀',
    'e\u0301',
    '`a`b',
    'in',
    'from',
    'case.x',
    'a.as',
    'x-1',
    '0x1F',
    'a->1',
    'a::',
    'a#>b',
    'a||b',
  ])('is none where tags.%s is written', (written) => {
    expect(() => parse(`tags.${written} = 'x'`)).toThrow(invalid);
  });

  it('has no blank before its first dot, and no quotes around its entity', () => {
    expect(() => parse("tags .a = 'x'")).toThrow(invalid);
    expect(() => parse('"tags".a = \'x\'')).toThrow(invalid);
    expect(parse("`tags`.a = 'x'")).toMatchObject([{ entity: 'tag', key: 'a' }]);
  });

  it('may stand in backticks where the search allows it', () => {
    expect(parse("`name` = 'x'", EXPERIMENT_FIELDS)).toMatchObject([{ key: 'name' }]);
    expect(() => parse("`name` = 'x'", MODEL_FIELDS)).toThrow(invalid);
    expect(() => parse("`tags`.a = 'x'", EXPERIMENT_FIELDS)).toThrow(invalid);
    expect(parse("tags.`a` = 'x'", MODEL_FIELDS)).toMatchObject([{ key: 'a' }]);
  });
});

describe('a value', () => {
  it.each([
    ["'it''s'", "it''s"],
    ["''''", "''"],
    ["'it\\'s'", "it\\'s"],
    ["'back\\'", 'back\\'],
    ['"a""b"', 'a""b'],
    ['"a\\"b"', 'a\\"b'],
    ["'-- no comment /* */'", '-- no comment /* */'],
    ['"a"."b"', 'a"."b'],
    ['"a"->`b`::"c"', 'a"->`b`::"c'],
  ])('is what stands between the quotes of %s', (written, value) => {
    expect(parse(`tags.a = ${written}`)).toMatchObject([{ value }]);
  });

  it.each(['"a".b', '"a"::text', 'a::text', "'a'.'b'", "'a'::text"])(
    'is none where %s is written',
    (written) => {
      expect(() => parse(`tags.a = ${written}`)).toThrow(invalid);
    },
  );

  it.each(['1e+5', '+1', '1.e3', '.5e3', '- 1', '--1', '1_000', '0x1', '(1)', '1 + 1', '1e'])(
    'is no number: %s',
    (written) => {
      expect(() => parse(`metrics.a > ${written}`)).toThrow(invalid);
    },
  );

  it.each([
    ["('a' 'b')", ['ab']],
    ["('a''b', 'c')", ['ab', 'c']],
    ["('\\x61\\n\\'')", ["a\n'"]],
    ["(r'a\\x', u'b',)", ['a\\x', 'b']],
    ["(('a', 'b'))", ['a', 'b']],
    ["('''a''')", ['a']],
  ])('is a list that is read as Python reads %s', (written, value) => {
    expect(parse(`run_id IN ${written}`)).toMatchObject([{ value }]);
  });

  it.each(["(b'a')", "('a', ('b', 'c'))", "('\\x4')", "('a' -- b\n)", '(a)', "('a'"])(
    'is no list: %j',
    (written) => {
      expect(() => parse(`run_id IN ${written}`)).toThrow(invalid);
    },
  );
});

describe('what stands between', () => {
  it.each(['\x1c', '\x85', '\u3000', '\n'])('may be the blank %j', (blank) => {
    expect(parse(`tags.a${blank}=${blank}'x'${blank}AND tags.b = 'y'`)).toHaveLength(2);
  });

  it.each(["tags.a = 'x' -- c", "tags.a = 'x' # c", "tags.a = /* c */ 'x'", "\ufefftags.a = 'x'"])(
    'is neither a comment nor a mark of byte order: %j',
    (filter) => {
      expect(() => parse(filter)).toThrow(invalid);
    },
  );

  it('is one space in NOT NULL', () => {
    expect(parse('tags.a is  not null')).toHaveLength(1);
    expect(() => parse('tags.a IS NOT  NULL')).toThrow(invalid);
  });

  it.each(['<=>', '!~', '==', '=!', '<>'])('is no operator: %s', (operator) => {
    expect(() => parse(`tags.a ${operator} 'x'`)).toThrow(invalid);
  });
});

describe('an order', () => {
  const order = (clause: string) => parseOrderBy([clause], RUN_FIELDS);

  it.each([
    ["metrics.'a b' DESC", 'a b', true],
    ['metrics.`a`.b', '`a`.b', false],
    ['metrics.`a`.b DESC', 'a.b', true],
    ['metrics.`say "x"` DESC', 'say x', true],
    ['metrics.5 DESC', '5', true],
    ['metrics.*', '*', false],
    ['metrics.`a``b` DESC', 'ab', true],
    ['metrics.`back\\slash` DESC', 'back\\slash', true],
    ['metrics.a\u3000DESC', 'a\u3000DESC', false],
  ])('by %s has the key %s', (clause, key, descending) => {
    expect(order(clause)).toMatchObject([{ key, descending }]);
  });

  it.each([
    'start_time DESC ',
    ' start_time',
    'start_time\n',
    'metrics.5',
    'metrics.a-b',
    'metrics. a',
    'metrics.a .b',
    'metrics.in',
    'metrics.a DESC NULLS LAST',
    'metrics.a -- c',
    "metrics.`it's DESC",
  ])('is none: %j', (clause) => {
    expect(() => order(clause)).toThrow(invalid);
  });
});
