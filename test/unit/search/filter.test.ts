import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkComparison, parseFilter } from '../../../functions/search/index.ts';
import { RUN_FIELDS } from '../../../functions/tracking/search/search-fields.ts';

const parse = (filter: string) =>
  parseFilter(filter).map((one) => checkComparison(one, RUN_FIELDS));

describe('a filter over runs', () => {
  it.each([
    ['metric.acc >= 0.94', 'metric', 'acc', '>=', 0.94],
    ['metric.acc>=100', 'metric', 'acc', '>=', 100],
    ['metrics.loss < -1.5e-3', 'metric', 'loss', '<', -0.0015],
    ['metrics.loss<.5', 'metric', 'loss', '<', 0.5],
    ['metrics.loss>-1E-5', 'metric', 'loss', '>', -1e-5],
    ['metrics.loss = 5.', 'metric', 'loss', '=', 5],
    ['metrics.loss = ٣.１', 'metric', 'loss', '=', 3.1],
    ["params.m!='tf'", 'parameter', 'm', '!=', 'tf'],
    ['params."m"!="tf"', 'parameter', 'm', '!=', 'tf'],
    ['metric."legit name" >= 0.243', 'metric', 'legit name', '>=', 0.243],
    ['metrics."X//Y#$$@&Z" = 3', 'metric', 'X//Y#$$@&Z', '=', 3],
    ['metrics."accuracy.2.0" > 5', 'metric', 'accuracy.2.0', '>', 5],
    ['metrics.accuracy.2a > 5', 'metric', 'accuracy.2a', '>', 5],
    ['metrics.`spacey name` > 5', 'metric', 'spacey name', '>', 5],
    ['`metric`.a >= 0.1', 'metric', 'a', '>=', 0.1],
    ["tags.`group` = 'a AND b'", 'tag', 'group', '=', 'a AND b'],
    ["tags.größe = 'x'", 'tag', 'größe', '=', 'x'],
    ['params.m = "L\'Hosp"', 'parameter', 'm', '=', "L'Hosp"],
    ["attribute.artifact_uri = '1/23/4'", 'attribute', 'artifact_uri', '=', '1/23/4'],
    ["run.status = 'RUNNING'", 'attribute', 'status', '=', 'RUNNING'],
    ["status = 'RUNNING'", 'attribute', 'status', '=', 'RUNNING'],
    ['attributes.Created > 12', 'attribute', 'start_time', '>', 12],
    ["attributes.`Run name` = 'x'", 'attribute', 'run_name', '=', 'x'],
    ["datasets.name = 'd'", 'dataset', 'name', '=', 'd'],
    ['tags.version is  not null', 'tag', 'version', 'IS NOT NULL', null],
    ['params.lr IS NULL', 'parameter', 'lr', 'IS NULL', null],
    ["run_id IN ('a', 'b')", 'attribute', 'run_id', 'IN', ['a', 'b']],
    ["attribute.run_id NOT IN ('a')", 'attribute', 'run_id', 'NOT IN', ['a']],
    [
      "run_id IN ('a', 'B', 'ä', 'cD', '1', '', 'e1')",
      'attribute',
      'run_id',
      'IN',
      ['a', 'ä', 'e1'],
    ],
    ["attribute.run_id NOT IN ('A')", 'attribute', 'run_id', 'NOT IN', []],
    ["attribute.run_id IN ('a',)", 'attribute', 'run_id', 'IN', ['a']],
    ["tags.x ilike '%Y%'", 'tag', 'x', 'ILIKE', '%Y%'],
  ])('reads %s', (filter, entity, key, operator, value) => {
    expect(parse(filter)).toEqual([expect.objectContaining({ entity, key, operator, value })]);
  });

  it('joins conditions by AND in any case', () => {
    const parsed = parse("metrics.rmse < 1 and params.model_class = 'LR' AND tags.a IS NULL");
    expect(parsed.map(({ key }) => key)).toEqual(['rmse', 'model_class', 'a']);
  });

  it('may lack an AND, but where the next field would be an alias in SQL', () => {
    expect(parse("metrics.m < 1 tags.a = 'x' params.b LIKE 'y'")).toHaveLength(3);
    expect(parse("tags.a IS NULL tags.b IS NOT NULL run_id NOT IN ('a')")).toHaveLength(3);
    expect(parse("run_id IN ('a') tags.b = 'x'")).toHaveLength(2);
    expect(parse('metrics.m < 1 AND tags.b IS NULL')).toHaveLength(2);
    expect(parse("tags.a = 'x' tags.b IS NULL")).toMatchObject([
      { entity: 'tag', key: "a = 'x' tags.b", operator: 'IS NULL' },
    ]);
  });

  it.each([undefined, ''])('has no conditions when it is %j', (filter) => {
    expect(parseFilter(filter)).toEqual([]);
  });

  it('keeps the dots at the end of a key', () => {
    expect(parse("params.a. = 'b' AND metrics.m.. > 0")).toMatchObject([
      { key: 'a.' },
      { key: 'm..' },
    ]);
  });

  it.each([
    ['   ', "Invalid filter '   '. Could not be parsed."],
    ['metrics .m > 0', 'Invalid entity type'],
    ['m.acc >= 0.94', 'Invalid entity type'],
    ['acc >= 0.94', 'Invalid attribute key'],
    ["constructor = 'x'", 'Invalid attribute key'],
    ["__proto__.x = 'x'", 'Invalid entity type'],
    ["metrics.A > 0.1 OR params.B = 'LR'", 'Invalid clause(s) in filter string'],
    ["metrics.A > 0.1 AND (params.B = 'LR')", 'Invalid clause(s) in filter string'],
    ['`metrics.A > 0.1', 'Invalid clause(s) in filter string'],
    ["dataset.profile = 'num_rows: 10'", 'Invalid dataset key'],
    ['metrics.acc = true', "Invalid clause(s) in filter string: 'true'"],
    ['metrics.acc IS NULL', 'IS NULL / IS NOT NULL is only supported for tags and params'],
    ['attribute.status IS NULL', 'IS NULL / IS NOT NULL is only supported for tags and params'],
    ["metric.model = 'LR'", 'Expected numeric value type for metric'],
    ["attribute.start_time = '1'", 'Expected numeric value type for numeric attribute: start_time'],
    ['params.acc = 5', 'Expected a quoted string value for param'],
    ['tags.acc = 5', 'Expected a quoted string value for tag'],
    ['attribute.status = 1', 'Expected a quoted string value for attributes'],
    ['run_id IN (1, 2)', 'but got different type in list: (1, 2)'],
    ["run_id IN ('a', 2)", "but got different type in list: ('a', 2)"],
    ['run_id IN ()', 'a non-empty list of string values, but got empty list'],
    ['run_id IN (,)', 'a non-empty list of string values, but got ill-formed list.'],
    ["run_id IN ('a',,'b')", 'a non-empty list of string values, but got ill-formed list.'],
    ["run_id IN ('a') run_id IN ('b')", 'Invalid clause(s) in filter string'],
    ["run_id NOT IN ('a') tags.b IS NULL", 'Invalid clause(s) in filter string'],
    ["status = 'x' run_id IN ('b')", 'Invalid attribute key'],
    ["status = 'x' tags.b IS NULL", 'Invalid entity type'],
    ["params.a = 'x' run_id IN ('b')", 'Invalid comparator'],
    ['run_id IN (', 'Invalid clause(s) in filter string'],
    ['1.0 > metrics.acc', "Expected 'Identifier' found"],
    ['params.acc = LR', 'value is either not quoted or unidentified quote types'],
    ['params.acc = `LR`', 'value is either not quoted or unidentified quote types'],
    ["params.acc = 'LR", 'Invalid clause(s) in filter string'],
    ["params.acc = LR'", 'Invalid clause(s) in filter string'],
    ["tags.acc = = 'LR'", 'Invalid clause(s) in filter string'],
    ["attribute.status IS 'RUNNING'", 'Invalid clause(s) in filter string'],
    ['metric.acc !=', 'Invalid clause(s) in filter string'],
    ["params.abc > 'x'", 'Invalid comparator'],
    ["tags.abc NOT LIKE 'x'", 'Invalid comparator'],
    ["tags.abc IN ('x')", 'Invalid comparator'],
    ['attributes.start_time LIKE 12', 'Invalid comparator'],
    ['x'.repeat(100_001), 'A filter has at most 100000 characters'],
  ])('is refused: %.40s', (filter, message) => {
    expect(() => parse(filter)).toThrow(message);
    expect(() => parse(filter)).toThrow(
      expect.objectContaining({ code: 'INVALID_PARAMETER_VALUE' }),
    );
  });

  it('keeps any key in backticks and any text in quotes', () => {
    const key = fc.string({ minLength: 1 }).filter((text) => !text.includes('`'));
    fc.assert(
      fc.property(key, fc.string(), (name, text) => {
        const value = text.replaceAll("'", '');
        const [found] = parse(`tags.\`${name}\` = '${value}'`);
        expect(found).toMatchObject({ key: name, value });
      }),
    );
  });
});
