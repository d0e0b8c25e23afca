import * as z from 'zod';
import { AwsError } from '../../shared/aws-error.ts';
import { type AwsOperation, seconds } from '../../shared/aws-json.ts';
import type { ImageFolder } from '../../shared/dockerfile.ts';
import { parseInput } from '../../shared/parse-input.ts';
import { requireImage } from '../image.ts';
import { configArn, describeEndpoint, endpointArn, modelArn } from './endpoint.ts';
import type { EndpointStore } from './endpoint-store.ts';
import type { Endpoints } from './endpoints.ts';
import {
  configSchema,
  endpointSchema,
  modelSchema,
  updateSchema,
  weightsSchema,
} from './requests.ts';

const INVALID = 'ValidationException';
const name = z.string().min(1);
const endpointNamed = z.strictObject({ EndpointName: name });
const configNamed = z.strictObject({ EndpointConfigName: name });
const modelNamed = z.strictObject({ ModelName: name });

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html */
export function endpointOperations(
  endpoints: Endpoints,
  store: EndpointStore,
  imageFolder: ImageFolder,
): Record<string, AwsOperation> {
  const parse = <T>(schema: z.ZodType<T>, input: unknown) => parseInput(schema, input, INVALID);
  const model = (input: unknown) => store.requireModel(parse(modelNamed, input).ModelName);
  const config = (input: unknown) =>
    store.requireConfig(parse(configNamed, input).EndpointConfigName);
  const existing = (kind: string, arn: string) =>
    new AwsError(INVALID, `Cannot create already existing ${kind} "${arn}".`);

  return {
    CreateModel: (input) => {
      const request = parse(modelSchema, input);
      requireImage(imageFolder, request.PrimaryContainer.Image);
      const ModelArn = modelArn(request.ModelName);
      if (store.add('model', request.ModelName, request, Date.now())) return { ModelArn };
      throw existing('model', ModelArn);
    },
    DescribeModel: (input) => {
      const { request, created } = model(input);
      const { Tags: _, ...shown } = request;
      return { ...shown, ModelArn: modelArn(request.ModelName), CreationTime: seconds(created) };
    },
    DeleteModel: (input) => {
      store.removePart('model', model(input).request.ModelName);
    },
    CreateEndpointConfig: (input) => {
      const request = parse(configSchema, input);
      for (const { ModelName } of request.ProductionVariants) store.requireModel(ModelName);
      const EndpointConfigArn = configArn(request.EndpointConfigName);
      if (store.add('config', request.EndpointConfigName, request, Date.now())) {
        return { EndpointConfigArn };
      }
      throw existing('endpoint configuration', EndpointConfigArn);
    },
    DescribeEndpointConfig: (input) => {
      const { request, created } = config(input);
      const { Tags: _, ...shown } = request;
      const EndpointConfigArn = configArn(request.EndpointConfigName);
      return { ...shown, EndpointConfigArn, CreationTime: seconds(created) };
    },
    DeleteEndpointConfig: (input) => {
      store.removePart('config', config(input).request.EndpointConfigName);
    },
    CreateEndpoint: (input) => {
      const { EndpointName, EndpointConfigName } = parse(endpointSchema, input);
      endpoints.create(EndpointName, EndpointConfigName);
      return { EndpointArn: endpointArn(EndpointName) };
    },
    UpdateEndpoint: (input) => {
      const request = parse(updateSchema, input);
      endpoints.update(request);
      return { EndpointArn: endpointArn(request.EndpointName) };
    },
    UpdateEndpointWeightsAndCapacities: (input) => {
      const request = parse(weightsSchema, input);
      endpoints.reweight(request);
      return { EndpointArn: endpointArn(request.EndpointName) };
    },
    DescribeEndpoint: (input) =>
      describeEndpoint(endpoints.get(parse(endpointNamed, input).EndpointName), seconds),
    DeleteEndpoint: (input) => endpoints.delete(parse(endpointNamed, input).EndpointName),
  };
}
