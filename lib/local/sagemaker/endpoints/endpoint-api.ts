import * as z from 'zod';
import { AwsError } from '../../shared/aws-error.ts';
import type { AwsOperation } from '../../shared/aws-json.ts';
import { parseInput } from '../../shared/parse-input.ts';
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
import { messageOf } from '../../shared/message-of.ts';

const INVALID = 'ValidationException';
const name = z.string().min(1);
const endpointNamed = z.strictObject({ EndpointName: name });
const configNamed = z.strictObject({ EndpointConfigName: name });
const modelNamed = z.strictObject({ ModelName: name });

/** AWS JSON's timestamps are seconds. */
const seconds = (milliseconds: number) => milliseconds / 1000;

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html */
export function endpointOperations(
  endpoints: Endpoints,
  store: EndpointStore,
  imageFolder: (uri: string) => string,
): Record<string, AwsOperation> {
  const parse = <T>(schema: z.ZodType<T>, input: unknown) => parseInput(schema, input, INVALID);
  const model = (input: unknown) => {
    const { ModelName } = parse(modelNamed, input);
    const found = store.part('model', ModelName);
    if (found) return found;
    throw new AwsError(INVALID, `Could not find model "${modelArn(ModelName)}".`);
  };
  const config = (input: unknown) => {
    const { EndpointConfigName } = parse(configNamed, input);
    const found = store.part('config', EndpointConfigName);
    if (found) return found;
    const wanted = configArn(EndpointConfigName);
    throw new AwsError(INVALID, `Could not find endpoint configuration "${wanted}".`);
  };
  const existing = (kind: string, arn: string) =>
    new AwsError(INVALID, `Cannot create already existing ${kind} "${arn}".`);

  return {
    CreateModel: (input) => {
      const request = parse(modelSchema, input);
      const { Image } = request.PrimaryContainer;
      try {
        imageFolder(Image);
      } catch (error) {
        throw new AwsError(INVALID, `Cannot find image ${Image}: ${messageOf(error)}`);
      }
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
      const unknown = request.ProductionVariants.find(
        ({ ModelName }) => !store.part('model', ModelName),
      );
      if (unknown) {
        throw new AwsError(INVALID, `Could not find model "${modelArn(unknown.ModelName)}".`);
      }
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
