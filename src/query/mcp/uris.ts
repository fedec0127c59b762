// The names of operations among the resources of an MCP server.

export const OPERATIONS = "progress://operations";
export const OPERATION_TEMPLATE = "progress://operations/{id}";
export const REPORT_TEMPLATE = "progress://reports/{id}";

const OPERATION = "progress://operations/";
const REPORT = "progress://reports/";

export const operationUri = (id: string): string => OPERATION + escaped(id);
export const reportUri = (id: string): string => REPORT + escaped(id);

/** The id in the URI of an operation or its report; undefined when there is none. */
export function idOf(uri: string): string | undefined {
  const before = [OPERATION, REPORT].find((prefix) => uri.startsWith(prefix));
  if (before === undefined || uri.length === before.length) return undefined;
  try {
    return decodeURIComponent(uri.slice(before.length));
  } catch {
    return undefined;
  }
}

/** Also half of a character of two places, which no URI can hold. */
function escaped(id: string): string {
  return encodeURIComponent(id.replaceAll(/\p{Surrogate}/gu, "\uFFFD"));
}
