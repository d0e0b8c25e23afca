import { jsonApi } from '../shared/http/json-api.ts';
import { getModelArtifact, listModelArtifacts } from './model-artifacts.ts';
import * as proxy from './proxy-artifacts.ts';
import { artifactsRoutes } from './routes.ts';
import { getRunArtifact, listRunArtifacts } from './run-artifacts.ts';

export const handler = jsonApi(artifactsRoutes, 'artifacts', {
  downloadArtifact: proxy.downloadArtifact,
  uploadArtifact: proxy.uploadArtifact,
  deleteArtifacts: proxy.deleteArtifacts,
  listProxiedArtifacts: proxy.listProxiedArtifacts,
  listRunArtifacts,
  listModelArtifacts,
  getModelArtifact,
  getRunArtifact,
});
