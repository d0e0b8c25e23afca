import { describe, expect, it } from 'vitest';
import { anExperiment } from '../../tracking/api.ts';
import { aTrace, found, infoOf, traces, useTraces } from '../api.ts';

useTraces();

const HUMAN = { source_type: 'HUMAN', source_id: 'ana' };

async function create(id: string, assessment: object) {
  const { status, body } = await traces('POST', `/${id}/assessments`, { assessment });
  if (status !== 200) throw new Error(body.message);
  return body.assessment;
}

describe('assessments', () => {
  it('are made, read, changed and deleted', async () => {
    const id = await aTrace(await anExperiment());
    const before = Date.now();
    const made = await create(id, {
      assessment_name: 'quality',
      feedback: { value: { rating: 4, notes: [], none: null } },
      source: HUMAN,
      rationale: 'accurate',
      metadata: { model: 'gpt' },
      span_id: 'abc',
    });
    expect(made).toMatchObject({
      assessment_id: expect.stringMatching(/^a-[0-9a-f]{32}$/),
      assessment_name: 'quality',
      trace_id: id,
      span_id: 'abc',
      source: HUMAN,
      feedback: { value: { rating: 4, notes: [], none: null } },
      rationale: 'accurate',
      metadata: { model: 'gpt' },
      valid: true,
    });
    expect(Date.parse(made.create_time)).toBeGreaterThanOrEqual(before);
    const path = `/${id}/assessments/${made.assessment_id}`;
    expect((await traces('GET', path)).body).toEqual({ assessment: made });
    expect((await infoOf(id)).assessments).toEqual([made]);
    const changed = await traces('PATCH', path, {
      assessment: {
        assessment_name: 'better',
        feedback: { value: 5 },
        rationale: 'ignored',
        metadata: { version: '2' },
      },
      update_mask: 'assessmentName,feedback,metadata',
    });
    expect(changed.body.assessment).toMatchObject({
      assessment_name: 'better',
      feedback: { value: 5 },
      rationale: 'accurate',
      metadata: { model: 'gpt', version: '2' },
      source: HUMAN,
      create_time: made.create_time,
    });
    expect((await traces('DELETE', path)).body).toEqual({});
    expect((await traces('DELETE', path)).status).toBe(200);
    const gone = await traces('GET', path);
    expect([gone.status, gone.body.message]).toEqual([
      404,
      `Assessment with ID '${made.assessment_id}' not found for trace '${id}'`,
    ]);
  });

  it('override each other, until the one that does is deleted', async () => {
    const experiment = await anExperiment();
    const id = await aTrace(experiment);
    const first = await create(id, {
      assessment_name: 'q',
      feedback: { value: 'no' },
      source: HUMAN,
    });
    const second = await create(id, {
      assessment_name: 'q',
      feedback: { value: 'yes' },
      source: HUMAN,
      overrides: first.assessment_id,
    });
    const valid = async () => (await infoOf(id)).assessments.map((one) => one.valid);
    expect(await valid()).toEqual([false, true]);
    // Only what is valid is found.
    expect(await found(experiment, { filter: "feedback.q = 'no'" })).toEqual([]);
    await traces('DELETE', `/${id}/assessments/${second.assessment_id}`);
    expect(await valid()).toEqual([true]);
    await expect(
      create(id, { assessment_name: 'q', feedback: { value: 1 }, source: HUMAN, overrides: 'a-0' }),
    ).rejects.toThrow("Assessment with ID 'a-0' not found");
  });

  it('of expectations and issues have values of their own', async () => {
    const id = await aTrace(await anExperiment());
    const plain = await create(id, { assessment_name: 'e', expectation: { value: 3 }, source: {} });
    expect(plain.expectation).toEqual({ value: 3 });
    const rich = await create(id, {
      assessment_name: 'e',
      expectation: { value: { a: [1] } },
      source: {},
    });
    expect(rich.expectation).toEqual({
      serialized_value: { serialization_format: 'JSON_FORMAT', value: '{"a": [1.0]}' },
    });
    const exact = { serialization_format: 'JSON_FORMAT', value: '{"ä":[1.0,90071992547409931]}' };
    const kept = await create(id, {
      assessment_name: 'e',
      expectation: { serialized_value: exact },
      rationale: 'MLflow has none of an expectation',
      source: {},
    });
    expect(kept.rationale).toBeUndefined();
    expect(kept.expectation.serialized_value?.value).toBe('{"\\u00e4": [1.0, 90071992547409931]}');
    const again = await create(id, {
      assessment_name: 'e',
      expectation: rich.expectation,
      source: {},
    });
    expect(again.expectation).toEqual(rich.expectation);
    const issue = await create(id, {
      assessment_name: 'i-1',
      issue: { issue_name: 'slow' },
      source: {},
    });
    expect(issue.issue).toEqual({ issue_name: 'slow' });
    const update = (mask: string, assessment: object) =>
      traces('PATCH', `/${id}/assessments/${plain.assessment_id}`, {
        assessment,
        update_mask: mask,
      });
    expect((await update('feedback', { feedback: { value: 1 } })).body.message).toBe(
      'Cannot update feedback value on an Expectation assessment.',
    );
    expect(
      (await update('expectation', { expectation: { value: 4 } })).body.assessment.expectation,
    ).toEqual({ value: 4 });
  });

  it.each([
    [{ assessment_name: 'x', source: HUMAN }, 'Unknown assessment type'],
    [{ assessment_name: 'x', expectation: {}, source: HUMAN }, 'must be specified'],
    [
      { assessment_name: 'x', expectation: { serialized_value: { serialization_format: 'XML' } } },
      'Unknown serialization format: XML',
    ],
  ])('like %j are refused', async (assessment, message) => {
    const id = await aTrace(await anExperiment());
    await expect(create(id, assessment)).rejects.toThrow(message);
  });

  it('may be feedback of nothing, as scorers give it that have no opinion', async () => {
    const id = await aTrace(await anExperiment());
    for (const feedback of [{}, { value: null }]) {
      const made = await create(id, { assessment_name: 'x', feedback, source: HUMAN });
      expect(made).toMatchObject({ feedback: { value: null } });
    }
    expect((await infoOf(id)).assessments).toHaveLength(2);
  });

  it('have a source of no type when they name one that is none', async () => {
    const id = await aTrace(await anExperiment());
    for (const source_type of ['GOD', 'human', 0, false, -(2 ** 63)]) {
      const source = { source_type, source_id: 'x' };
      const made = await create(id, { assessment_name: 'x', feedback: { value: 1 }, source });
      expect(made.source).toEqual({ source_type: 'SOURCE_TYPE_UNSPECIFIED', source_id: 'x' });
    }
  });

  it('made at once are all kept', async () => {
    const id = await aTrace(await anExperiment());
    await Promise.all(
      Array.from({ length: 10 }, (_, value) =>
        create(id, { assessment_name: 'n', feedback: { value }, source: HUMAN }),
      ),
    );
    expect((await infoOf(id)).assessments).toHaveLength(10);
  });

  it('need a trace', async () => {
    await expect(
      create('tr-none', { assessment_name: 'x', feedback: { value: 1 } }),
    ).rejects.toThrow("Trace with request_id 'tr-none' not found");
    expect((await traces('DELETE', '/tr-none/assessments/a-1')).status).toBe(200);
    expect((await traces('GET', '/tr-none/assessments/a-1')).status).toBe(404);
    const changed = (assessment: object, update_mask: string) =>
      traces('PATCH', '/tr-none/assessments/a-1', { assessment, update_mask });
    expect((await changed({ rationale: 'r' }, 'rationale')).body).toEqual({
      error_code: 'RESOURCE_DOES_NOT_EXIST',
      message: "Trace with request_id 'tr-none' not found",
    });
    // What is wrong with the value is said before the trace is looked for.
    expect((await changed({}, 'expectation')).body.message).toBe(
      'The `value` field must be specified.',
    );
  });
});
