import { expect, it } from 'vitest';
import type { ModelVersion } from '../../../../functions/registry/index.ts';
import { checkArtifact } from '../../../../functions/validation/checks/check-artifact.ts';
import type { ModelFiles } from '../../../../functions/validation/model-files-store.ts';
import type { PythonScoring } from '../../../../functions/validation/python-model.ts';

const version = { name: 'm', version: 1, tags: {} } as unknown as ModelVersion;

/** The checks of an artefact that has these files, by name. */
async function check(
  policy: Parameters<typeof checkArtifact>[1],
  files: Readonly<Record<string, string>>,
  python?: PythonScoring,
) {
  const held: ModelFiles = {
    location: { bucket: 'b', key: 'models/m' },
    sizes: new Map(Object.entries(files).map(([name, text]) => [name, text.length])),
    read: async (name) => {
      const text = files[name];
      return text === undefined ? undefined : Buffer.from(text);
    },
  };
  const results = await checkArtifact({ version }, policy, async () => held, python);
  return Object.fromEntries(results.map((result) => [result.name, result]));
}

const policy = { mode: 'enabled', max_size_mb: 0.0001, require: { signature: true } } as const;

it('a model that cannot be loaded has failed its check; the others have nothing to look at', async () => {
  const { artifact_loads, size, signature } = await check(policy, {});
  expect(artifact_loads).toMatchObject({
    status: 'FAILED',
    message: 'The artefact has no file MLmodel',
  });
  for (const skipped of [size, signature]) {
    expect(skipped).toMatchObject({
      status: 'SKIPPED',
      message: 'the artefact could not be loaded',
    });
  }
});

it('one that nothing here scores is complete, and counts in megabytes of a million bytes', async () => {
  const described = 'flavors:\n  other:\n    data: weights\n';
  const exact = { MLmodel: described, weights: 'x'.repeat(100 - described.length) };
  const { artifact_loads, size, signature } = await check(policy, exact);
  expect(artifact_loads).toMatchObject({
    status: 'PASSED',
    message: 'other: complete; none of its flavors is loaded here',
  });
  expect(size).toMatchObject({ status: 'PASSED', measured: 0.0001, unit: 'MB' });
  expect(signature).toMatchObject({ status: 'FAILED', message: 'lacks a signature with inputs' });
  const { size: larger } = await check(policy, { ...exact, more: 'x' });
  expect(larger).toMatchObject({ status: 'FAILED', measured: 0.000101 });
});

it('one that Python scores is loaded in Python; what is wrong with it there is told', async () => {
  const files = { MLmodel: 'flavors:\n  python_function:\n    loader_module: m\n' };
  const asked: object[] = [];
  const load = (problem?: string) => async (location: object) => {
    asked.push(location);
    return problem;
  };
  expect(await check(policy, files, { unbuilt: '', load: load() })).toMatchObject({
    artifact_loads: { status: 'PASSED', message: 'python_function: loaded in Python' },
    size: { status: 'PASSED' },
  });
  const broken = load("ModuleNotFoundError: No module named 'm'");
  expect(await check(policy, files, { unbuilt: '', load: broken })).toMatchObject({
    artifact_loads: { status: 'FAILED', message: "ModuleNotFoundError: No module named 'm'" },
    // The other checks look at what is there.
    size: { status: 'PASSED' },
  });
  expect(asked).toEqual(Array(2).fill({ bucket: 'b', key: 'models/m' }));
  expect(await check(policy, files, { unbuilt: 'no such package', load: broken })).toMatchObject({
    artifact_loads: {
      status: 'FAILED',
      message: 'the environment cannot be built: no such package',
    },
  });
  expect(asked).toHaveLength(2);
});

it('the input example has to be there, and to be JSON', async () => {
  const described = `flavors:\n  other: {}\nsaved_input_example_info:\n  artifact_path: example.json\n`;
  const ask = async (files: Readonly<Record<string, string>>) => {
    const asked = { mode: 'enabled', require: { input_example: true } } as const;
    return (await check(asked, { MLmodel: described, ...files })).input_example;
  };
  expect(await ask({ 'example.json': '{"prompt": "any JSON"}' })).toMatchObject({
    status: 'PASSED',
    message: 'has an input example',
  });
  expect(await ask({ MLmodel: 'flavors:\n  other: {}\n' })).toMatchObject({
    status: 'FAILED',
    message: 'lacks an input example',
  });
  expect(await ask({})).toMatchObject({
    status: 'FAILED',
    message: 'example.json does not exist in the artefact',
  });
  expect(await ask({ 'example.json': '{"columns": [' })).toMatchObject({
    status: 'FAILED',
    message: expect.stringMatching(/^example\.json is not valid JSON: /),
  });
});
