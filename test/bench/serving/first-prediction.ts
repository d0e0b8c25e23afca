/**
 * A program of its own, so that nothing is warm: loads the model of a flavor and lets it predict once.
 * Prints the milliseconds from the first read to the first answer, and the processor's for all threads.
 */
import { loadScorer } from '../../../functions/serving/invoke/load-scorer.ts';
import { toRequestTable } from '../../../functions/serving/invoke/request-table.ts';
import { toOnnx } from '../../../lib/training/images/gbdt/onnx.ts';
import { gbdt, inputs, requestOf } from './model.ts';

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
