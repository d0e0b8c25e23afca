import { getConfig, getEndpoint, listEndpointRows } from './endpoint-store.ts';

/**
 * An endpoint whose configuration names the model, if there is one: the configuration that answers
 * requests or the one that is wanted, by version or by alias, whether or not it could be brought up.
 */
export async function endpointOfModel(model: string): Promise<string | undefined> {
  for await (const page of listEndpointRows()) {
    const names = await Promise.all(
      page.map(async ({ name }) => ((await isOfModel(name, model)) ? [name] : [])),
    );
    const [found] = names.flat();
    if (found !== undefined) return found;
  }
  return undefined;
}

async function isOfModel(name: string, model: string): Promise<boolean> {
  // The index may be a moment behind.
  const endpoint = await getEndpoint(name);
  if (!endpoint) return false;
  const { target, served = target } = endpoint;
  const numbers = [...new Set([target, served])];
  const configs = await Promise.all(numbers.map((number) => getConfig(endpoint, number)));
  return configs.some((found) =>
    found?.config.served_entities.some(({ entity_name }) => entity_name === model),
  );
}
