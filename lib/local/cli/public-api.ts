import { UsageError } from '../usage-error.ts';

/**
 * Calls the public API, with the token that MLflow's clients take from the environment. Rejects with a
 * `UsageError` for a refusal, with fetch's own error when nobody answers.
 */
export async function callApi<T>(url: string, method = 'GET', body?: object): Promise<T> {
  const token = process.env.MLFLOW_TRACKING_TOKEN;
  const response = await fetch(url, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as T;
  if (response.status === 401 || response.status === 403) {
    throw new UsageError("Access denied; put an admin's token into MLFLOW_TRACKING_TOKEN");
  }
  throw new UsageError(`${response.status} ${text.slice(0, 200)}`);
}
