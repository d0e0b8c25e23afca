import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedPages } from '../../lib/build/docs.ts';
import { endpointRows } from '../../lib/build/pages/endpoints-page.ts';
import { ROOT } from '../../lib/build/paths.ts';

describe('a generated page', () => {
  it.each(Object.entries(generatedPages()))('%s is what the declarations say', (name, text) => {
    expect(readFileSync(join(ROOT, 'docs', name), 'utf8')).toBe(text);
  });
});

describe('the page of endpoints', () => {
  it('leads to the file that does the work, whatever the operation is called', () => {
    const files = new Map(endpointRows().map(([endpoint, , file]) => [endpoint, file]));
    expect(files.get('`GET /{api}/2.0/mlflow/runs/get`')).toBe(
      '`functions/tracking/runs/describe-run.ts`',
    );
    const bound = {
      'POST /api/slipway/v1/approvals/{id}/deny': 'approvals/answer-approval.ts',
      'POST /{api}/2.0/mlflow/runs/delete': 'tracking/runs/run-lifecycle.ts',
      'POST /{api}/2.0/mlflow/runs/log-metric': 'tracking/runs/log-batch.ts',
      'POST /{api}/2.0/mlflow/model-versions/set-tag': 'registry/change-tags.ts',
      'PUT /api/2.1/unity-catalog/models/{full_name}/aliases/{alias}':
        'registry/aliases/move-alias.ts',
      // What is all there is to it.
      'GET /health': 'tracking/operations.ts',
    };
    for (const [endpoint, file] of Object.entries(bound)) {
      expect(files.get(`\`${endpoint}\``), endpoint).toBe(`\`functions/${file}\``);
    }
  });
});
