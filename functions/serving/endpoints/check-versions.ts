import { getModelVersion } from '../../registry/index.ts';
import { notFound } from '../../shared/errors.ts';
import type { EndpointConfig } from './endpoint-config.ts';
import { aliasOf } from './entity-version.ts';

/**
 * Refuses a configuration that names a version which does not exist. An alias may appear later:
 * the endpoint then waits for it.
 */
export async function checkVersionsExist(config: EndpointConfig): Promise<void> {
  for (const { entity_name, entity_version } of config.served_entities) {
    if (aliasOf(entity_version) !== undefined) continue;
    if (!(await getModelVersion(entity_name, entity_version))) {
      throw notFound(`Model '${entity_name}' has no version ${entity_version}`);
    }
  }
}
