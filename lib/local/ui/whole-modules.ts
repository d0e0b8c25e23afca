/**
 * The release's viewer of PDF files imports a helper by its path on the machine that built it, which no host
 * has: without it no PDF is shown.
 */
const IMPORT_OF_BUILDER =
  /^import (\w+) from"\/[^"]*\/@babel\/runtime\/helpers\/esm\/defineProperty\.js";/m;

const DEFINE_PROPERTY =
  '(object,key,value)=>Object.defineProperty(object,key,{value,enumerable:true,configurable:true,writable:true})';

/** A file of the interface with what it imports from the machine that built it put in its place. */
export function wholeModule(name: string, content: Uint8Array): Uint8Array {
  if (!name.endsWith('.mjs')) return content;
  const text = new TextDecoder().decode(content);
  const whole = text.replace(IMPORT_OF_BUILDER, `const $1=${DEFINE_PROPERTY};`);
  return whole === text ? content : new TextEncoder().encode(whole);
}
