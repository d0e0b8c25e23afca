/**
 * A program of its own, so that nothing is warm: loads the model of a flavor and lets it predict once.
 * Prints the milliseconds from the first read to the first answer, and the processor's for all threads.
 */
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadScorer } from '../../../functions/serving/invoke/load-scorer.ts';
import { toRequestTable } from '../../../functions/serving/invoke/request-table.ts';
import { DIST } from '../../../lib/build/paths.ts';
import { toOnnx } from '../../../lib/training/images/gbdt/model/onnx.ts';
import { gbdt, inputs, requestOf } from './model.ts';

/** The ONNX runtime as it is deployed, not the library. */
const DEPLOYED = 'functions/serving-invoke/node_modules/onnxruntime-web/index.mjs';
const runtime = pathToFileURL(join(DIST, DEPLOYED)).href;
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === 'onnxruntime-web' ? runtime : specifier, context),
});

const flavor = process.argv[2] ?? '';
const files: Readonly<Record<string, Buffer>> = {
  MLmodel: Buffer.from(
    `flavors:\n  ${flavor}:\n    data: model\nsignature:\n  inputs: '${inputs}'\n`,
  ),
  model: Buffer.from(flavor === 'onnx' ? toOnnx(JSON.parse(gbdt)) : gbdt),
};
const body = Buffer.from(requestOf(1));

const cpu = process.cpuUsage();
const started = performance.now();
const elsewhere = () => Promise.reject(new Error('Nothing here is scored elsewhere'));
const scorer = await loadScorer(
  { location: { bucket: '', key: '' } },
  async (path) => files[path],
  { python: elsewhere, sageMaker: elsewhere },
);
const table = () => toRequestTable(JSON.parse(body.toString('utf8')));
await scorer.score({ body, contentType: 'application/json', table });
const ms = performance.now() - started;
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000 }));
process.exit();
