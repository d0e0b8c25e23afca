import { parseTensors, type TensorSpec } from './signature.ts';

/** A tensor as the Open Inference Protocol describes it. */
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  /** -1 is any length. */
  readonly shape: readonly number[];
}

/** What a model of tensors takes and answers; absent: its signature has columns, or it has none. */
export interface TensorSignature {
  readonly inputs?: readonly TensorMetadata[];
  readonly outputs?: readonly TensorMetadata[];
}

interface SignatureTexts {
  readonly inputs?: string | null;
  readonly outputs?: string | null;
}

/** Reads the tensors of a signature (JSON texts); what cannot be read is left out. */
export function tensorSignature(
  texts: SignatureTexts | null | undefined,
): TensorSignature | undefined {
  const inputs = tensorsOf(texts?.inputs)?.map((spec, i) => ({
    name: spec.name ?? `input-${i}`,
    datatype: inputType(spec.dtype),
    shape: spec.shape,
  }));
  const outputs = tensorsOf(texts?.outputs)?.map((spec) => ({
    name: spec.name ?? 'predictions',
    datatype: answeredType(spec.dtype),
    shape: spec.shape,
  }));
  if (!inputs && !outputs) return undefined;
  return { ...(inputs && { inputs }), ...(outputs && { outputs }) };
}

function tensorsOf(text: string | null | undefined): TensorSpec[] | undefined {
  try {
    return text ? parseTensors(text) : undefined;
  } catch {
    return undefined;
  }
}

const FLOATS: Readonly<Record<string, string>> = { float16: 'FP16', float32: 'FP32' };

/** Of numpy's names: `float32` is FP32, `uint8` UINT8, texts and objects BYTES. */
function inputType(dtype = ''): string {
  if (/^u?int(8|16|32|64)$/.test(dtype)) return dtype.toUpperCase();
  return FLOATS[dtype] ?? answeredType(dtype);
}

/** Numbers are answered as JSON has them: in double precision. */
function answeredType(dtype = ''): string {
  if (dtype === 'bool') return 'BOOL';
  return /^(u?int|float)/.test(dtype) ? 'FP64' : 'BYTES';
}
