import { readFileSync } from 'node:fs';

/**
 * `node count-tests.mjs REPORT STATUS` prints "<passed> <failed>" of a vitest JSON report, and on
 * stderr a line for each failure, "failed: <file>: <test>: <first line of its message>", and for each test
 * that was left out, "skipped: <file>: <test>". A run that left no report, a file that did not load, an
 * error outside a test and an exit status without a failed test each count as a failure.
 */
const [path = '', status = '1'] = process.argv.slice(2);

function count() {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  const { numPassedTests: passed, numFailedTests, testResults: files = [] } = report;
  if (!Number.isInteger(passed) || !Number.isInteger(numFailedTests)) throw new Error('no counts');
  const unloaded = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(isFailed),
  );
  for (const file of unloaded) tell(file, 'did not load', file.message);
  for (const file of files) {
    for (const test of file.assertionResults.filter(isFailed)) {
      tell(file, test.fullName, test.failureMessages?.[0]);
    }
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'skipped') console.error(`skipped: ${nameOf(file)}: ${fullName}`);
    }
  }
  const failed = numFailedTests + unloaded.length;
  const unexplained = failed === 0 && (status !== '0' || report.success !== true || passed === 0);
  if (unexplained) console.error(`failed: the test runner ended with status ${status}`);
  return [passed, failed + (unexplained ? 1 : 0)];
}

const isFailed = (test) => test.status === 'failed';

const nameOf = (file) => file.name.slice(file.name.lastIndexOf('/test/') + 1);

function tell(file, what, message = '') {
  console.error(`failed: ${nameOf(file)}: ${what}: ${message.split('\n', 1)[0]}`);
}

try {
  console.log(count().join(' '));
} catch (error) {
  console.error(`failed: no report of the test runner: ${error.message}`);
  console.log('0 1');
}
