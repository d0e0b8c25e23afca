import { readFileSync } from 'node:fs';

/**
 * `node count-tests.mjs REPORT STATUS` prints "<passed> <failed>" of a vitest JSON report. A run
 * that left no report, a file that did not load, an error outside a test and an exit status
 * without a failed test each count as a failure.
 */
const [path = '', status = '1'] = process.argv.slice(2);

function count() {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  const passed = report.numPassedTests;
  const failedTests = report.numFailedTests;
  if (!Number.isInteger(passed) || !Number.isInteger(failedTests)) throw new Error('no counts');
  const unloaded = (report.testResults ?? []).filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(isFailed),
  ).length;
  const failed = failedTests + unloaded;
  const unexplained = failed === 0 && (status !== '0' || report.success !== true || passed === 0);
  return [passed, failed + (unexplained ? 1 : 0)];
}

const isFailed = (test) => test.status === 'failed';

try {
  console.log(count().join(' '));
} catch (error) {
  console.error(`no report of the test runner: ${error.message}`);
  console.log('0 1');
}
