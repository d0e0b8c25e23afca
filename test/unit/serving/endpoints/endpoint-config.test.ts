import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toEndpointConfig } from '../../../../functions/serving/endpoints/endpoint-config.ts';

const entity = (name: string, version = '1') => ({
  name,
  entity_name: 'm',
  entity_version: version,
});
const route = (name: string, traffic_percentage: number) => ({
  served_model_name: name,
  traffic_percentage,
});

describe('toEndpointConfig', () => {
  it('names an entity after its model and version, and gives a single one all the traffic', () => {
    const config = toEndpointConfig({
      served_entities: [{ entity_name: 'a.b.m', entity_version: '@champion' }],
    });
    expect(config.served_entities[0]).toMatchObject({ name: 'a.b.m-champion' });
    expect(config.routes).toEqual({ 'a.b.m-champion': 100 });
  });

  it('reads the deprecated names served_models, model_name and model_version', () => {
    const config = toEndpointConfig({
      served_models: [{ model_name: 'm', model_version: 3, workload_size: 'Small' }],
    });
    expect(config.served_entities).toEqual([
      { name: 'm-3', entity_name: 'm', entity_version: '3', workload_size: 'Small' },
    ]);
  });

  it('monitors by default in days, as told, or not at all for null', () => {
    const served_entities = [entity('a')];
    expect(toEndpointConfig({ served_entities }).monitor).toEqual({
      granularity: 'P1D',
      lateness: 'PT0S',
      label_lateness: 'P1D',
    });
    const monitor = { timestamp_column: 'at', granularity: 'PT1H', lateness: 'PT5M' };
    expect(toEndpointConfig({ served_entities, monitor }).monitor).toEqual({
      ...monitor,
      label_lateness: 'P1D',
    });
    expect(toEndpointConfig({ served_entities, monitor: null }).monitor).toBeUndefined();
  });

  it.each([
    ['no entity', {}, 'at least one entity'],
    [
      'more than ten entities',
      { served_entities: Array.from({ length: 11 }, (_, i) => entity(`e${i}`)) },
      'at most 10 entities',
    ],
    ['two of one name', { served_entities: [entity('a'), entity('a')] }, "named 'a'"],
    [
      'a route to nobody',
      { served_entities: [entity('a')], traffic_config: { routes: [route('b', 100)] } },
      "No served entity is named 'b'; the names are 'a'",
    ],
    [
      'a mirror to nobody',
      {
        served_entities: [entity('a')],
        traffic_config: { mirror: [{ served_entity_name: 'b', percentage: 5 }] },
      },
      "the names are 'a'",
    ],
    [
      'two routes to one',
      {
        served_entities: [entity('a')],
        traffic_config: { routes: [route('a', 50), route('a', 50)] },
      },
      "Two routes lead to 'a'",
    ],
    ['several entities without routes', { served_entities: [entity('a'), entity('b')] }, 'routes'],
    ['an entity without a model', { served_entities: [{ entity_version: '1' }] }, 'entity_name'],
    ['no version', { served_entities: [{ entity_name: 'm' }] }, 'entity_version'],
    ['version 0', { served_entities: [entity('a', '0')] }, 'entity_version'],
    ['an empty alias', { served_entities: [entity('a', '@')] }, 'entity_version'],
    [
      'an unknown field of the monitor, by its path',
      { served_entities: [entity('a')], monitor: { timestamp: 'at' } },
      'monitor',
    ],
    [
      'a length that windows cannot have',
      { served_entities: [entity('a')], monitor: { granularity: 'PT7M' } },
      'monitor.granularity',
    ],
    [
      'a GPU that no instance has',
      { served_entities: [{ ...entity('a'), workload_type: 'GPU_HUGE' }] },
      'known are CPU, GPU_SMALL',
    ],
    [
      'instances in a number that nobody named',
      { served_entities: [{ ...entity('a'), workload_type: 'GPU_SMALL', workload_size: 'XXL' }] },
      'known are Small, Medium, Large',
    ],
    [
      'two numbers of instances',
      {
        served_entities: [
          {
            ...entity('a'),
            workload_type: 'GPU_SMALL',
            workload_size: 'Small',
            max_provisioned_concurrency: 8,
          },
        ],
      },
      'cannot both be given',
    ],
    [
      'more instances at least than at most',
      {
        served_entities: [
          {
            ...entity('a'),
            workload_type: 'GPU_SMALL',
            min_provisioned_concurrency: 8,
            max_provisioned_concurrency: 4,
          },
        ],
      },
      'no less than the minimum',
    ],
    [
      'an instance type of another service',
      { served_entities: [{ ...entity('a'), instance_type: 'm5.large' }] },
      'ml.m5.xlarge',
    ],
  ])('refuses %s', (_name, body, message) => {
    expect(() => toEndpointConfig(body)).toThrow(
      expect.objectContaining({
        code: 'INVALID_PARAMETER_VALUE',
        message: expect.stringContaining(message),
      }),
    );
  });

  it('keeps the names that clients have for their inference table', () => {
    const auto_capture_config = {
      catalog_name: 'main',
      schema_name: 'logs',
      table_name_prefix: 'flights',
      enabled: true,
    };
    const body = { served_entities: [entity('a')], auto_capture_config };
    expect(toEndpointConfig(body)).toMatchObject({ auto_capture_config });
    expect(toEndpointConfig({ ...body, auto_capture_config: null })).not.toHaveProperty(
      'auto_capture_config',
    );
  });

  it('takes fields that clients send without a value', () => {
    const empty = { environment_vars: {}, external_model: null, burst_scaling_enabled: false };
    const { served_entities } = toEndpointConfig({
      served_entities: [{ ...entity('a'), ...empty }],
    });
    expect(served_entities).toEqual([entity('a')]);
  });

  it.each([
    [{ name: 'a', external_model: { name: 'x', provider: 'openai' } }],
    [{ ...entity('a'), instance_profile_arn: 'arn:aws:iam::1:instance-profile/x' }],
    [{ ...entity('a'), provisioned_model_units: 50 }],
    [{ ...entity('a'), max_provisioned_throughput: 100 }],
  ])('says that no scorer here serves %j', (served) => {
    expect(() => toEndpointConfig({ served_entities: [served] })).toThrow(
      expect.objectContaining({ code: 'NOT_IMPLEMENTED' }),
    );
  });

  it('keeps environment variables as they are given', () => {
    const served = { ...entity('a'), environment_vars: { THRESHOLD: '0.5', _empty: '' } };
    expect(toEndpointConfig({ served_entities: [served] }).served_entities).toEqual([served]);
    const none = { ...entity('a'), environment_vars: null };
    expect(toEndpointConfig({ served_entities: [none] }).served_entities).toEqual([entity('a')]);
  });

  it.each([
    [{ '1ST': 'x' }, "'1ST' is no name"],
    [{ 'A-B': 'x' }, "'A-B' is no name"],
    [{ PATH: 'x' }, "'PATH' is reserved"],
    [{ LD_PRELOAD: 'x' }, "'LD_PRELOAD' is reserved"],
    [{ PYTHONPATH: 'x' }, "'PYTHONPATH' is reserved"],
    [{ PYTHONHOME: 'x' }, "'PYTHONHOME' is reserved"],
    [{ AWS_REGION: 'x' }, "'AWS_REGION' is reserved"],
    [{ SAGEMAKER_BIND_TO_PORT: '1' }, "'SAGEMAKER_BIND_TO_PORT' is reserved"],
    [{ SLIPWAY_ML_ROOT: 'x' }, "'SLIPWAY_ML_ROOT' is reserved"],
    [{ KEY: '{{secrets/s/k}}' }, "'KEY' refers to a secret, and secrets are not resolved here"],
    [{ LONG: 'x'.repeat(1025) }, "'LONG' has more than 1024 characters"],
    [{ NULL: 'a\0b' }, "'NULL' holds a null character"],
    [{ NUMBER: 1 }, 'NUMBER'],
    [Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`V${i}`, ''])), 'at most 16'],
  ])('refuses the environment variables %j', (environment_vars, message) => {
    const served = { ...entity('a'), environment_vars };
    expect(() => toEndpointConfig({ served_entities: [served] })).toThrow(
      expect.objectContaining({
        code: 'INVALID_PARAMETER_VALUE',
        message: expect.stringContaining(message),
      }),
    );
  });

  it('takes shares exactly when they add up to 100', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 10 }),
        (shares) => {
          const body = {
            served_entities: shares.map((_, i) => entity(`e${i}`)),
            traffic_config: { routes: shares.map((share, i) => route(`e${i}`, share)) },
          };
          const sum = shares.reduce((total, share) => total + share, 0);
          if (sum === 100) {
            expect(Object.values(toEndpointConfig(body).routes)).toEqual(shares);
          } else {
            expect(() => toEndpointConfig(body)).toThrow(`add up to 100, not ${sum}`);
          }
        },
      ),
    );
  });
});
