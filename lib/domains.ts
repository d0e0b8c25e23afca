import { approvalsFunctions } from '../functions/approvals/env.ts';
import { approvalsGateway, approvalsRoutes } from '../functions/approvals/routes.ts';
import { artifactsFunctions } from '../functions/artifacts/env.ts';
import { artifactsGateway, artifactsRoutes } from '../functions/artifacts/routes.ts';
import { authFunctions } from '../functions/auth/env.ts';
import { authGateway, authRoutes } from '../functions/auth/routes.ts';
import { authTable } from '../functions/auth/table.ts';
import { costsFunctions } from '../functions/costs/env.ts';
import { costsGateway, costsRoutes } from '../functions/costs/routes.ts';
import { evaluationFunctions } from '../functions/evaluation/env.ts';
import {
  databricksIssueRoutes,
  evaluationGateway,
  evaluationRoutes,
} from '../functions/evaluation/routes.ts';
import { eventsFunctions } from '../functions/events/env.ts';
import { eventsGateway, eventsRoutes } from '../functions/events/routes.ts';
import { graphqlFunctions } from '../functions/graphql/env.ts';
import { graphqlGateway, graphqlRoutes } from '../functions/graphql/routes.ts';
import { loggedModelsFunctions } from '../functions/logged-models/env.ts';
import { loggedModelsGateway, loggedModelsRoutes } from '../functions/logged-models/routes.ts';
import { monitoringFunctions } from '../functions/monitoring/env.ts';
import { monitoringGateway, monitoringRoutes } from '../functions/monitoring/routes.ts';
import { notificationsFunctions } from '../functions/notifications/env.ts';
import { pipelinesFunctions } from '../functions/pipelines/env.ts';
import { pipelinesGateway, pipelinesRoutes } from '../functions/pipelines/routes.ts';
import { policiesFunctions } from '../functions/policies/env.ts';
import { policiesGateway, policiesRoutes } from '../functions/policies/routes.ts';
import { promotionFunctions } from '../functions/promotion/env.ts';
import { promotionGateway, promotionRoutes } from '../functions/promotion/routes.ts';
import { registryFunctions } from '../functions/registry/env.ts';
import { registryGateway, registryRoutes } from '../functions/registry/routes.ts';
import { registryTable } from '../functions/registry/table.ts';
import { servingFunctions } from '../functions/serving/env.ts';
import { servingGateway, servingRoutes } from '../functions/serving/routes.ts';
import { platformTable } from '../functions/serving/table.ts';
import type {
  Functions,
  GatewayRoute,
  Route,
  TableDeclaration,
} from '../functions/shared/declare.ts';
import { tracesFunctions } from '../functions/traces/env.ts';
import { tracesGateway, tracesRoutes } from '../functions/traces/routes.ts';
import { tracesTable } from '../functions/traces/table.ts';
import { trackingFunctions } from '../functions/tracking/env.ts';
import { trackingGateway, trackingRoutes } from '../functions/tracking/routes.ts';
import { metricsTable, trackingTable } from '../functions/tracking/table.ts';
import { validationFunctions } from '../functions/validation/env.ts';
import { validationGateway, validationRoutes } from '../functions/validation/routes.ts';
import { webhooksFunctions } from '../functions/webhooks/env.ts';
import { deliveryRoutes, webhookRoutes, webhooksGateway } from '../functions/webhooks/routes.ts';

/** What all domains declare: the one list from which the template is made. */
export const allFunctions: Functions = {
  ...approvalsFunctions,
  ...artifactsFunctions,
  ...authFunctions,
  ...costsFunctions,
  ...evaluationFunctions,
  ...eventsFunctions,
  ...graphqlFunctions,
  ...loggedModelsFunctions,
  ...monitoringFunctions,
  ...notificationsFunctions,
  ...pipelinesFunctions,
  ...policiesFunctions,
  ...promotionFunctions,
  ...registryFunctions,
  ...servingFunctions,
  ...tracesFunctions,
  ...trackingFunctions,
  ...validationFunctions,
  ...webhooksFunctions,
};

export const allGatewayRoutes: readonly GatewayRoute[] = [
  ...approvalsGateway,
  ...artifactsGateway,
  ...authGateway,
  ...costsGateway,
  ...evaluationGateway,
  ...eventsGateway,
  ...graphqlGateway,
  ...loggedModelsGateway,
  ...monitoringGateway,
  ...pipelinesGateway,
  ...policiesGateway,
  ...promotionGateway,
  ...registryGateway,
  ...servingGateway,
  ...tracesGateway,
  ...trackingGateway,
  ...validationGateway,
  ...webhooksGateway,
];

/** What is behind the routes of the gateway, one operation each. */
export const allRoutes: readonly Route[] = [
  ...approvalsRoutes,
  ...artifactsRoutes,
  ...authRoutes,
  ...costsRoutes,
  ...evaluationRoutes,
  ...databricksIssueRoutes,
  ...eventsRoutes,
  ...graphqlRoutes,
  ...loggedModelsRoutes,
  ...monitoringRoutes,
  ...pipelinesRoutes,
  ...policiesRoutes,
  ...promotionRoutes,
  ...registryRoutes,
  ...servingRoutes,
  ...tracesRoutes,
  ...trackingRoutes,
  ...validationRoutes,
  ...webhookRoutes,
  ...deliveryRoutes,
];

export const allTables: Readonly<Record<string, TableDeclaration>> = {
  tracking: trackingTable,
  metrics: metricsTable,
  traces: tracesTable,
  registry: registryTable,
  platform: platformTable,
  auth: authTable,
};
