// When a function's result is there: at once, or when its promise settles. Any thenable becomes one real Promise.

/** Told once how it went; `returned` also gets whatever came back. */
export interface Settling {
  returned(value: unknown): void;
  threw(error: unknown): void;
}

/** Runs `fn`; tells `settling`; gives back what `fn` gave, a thenable as a real Promise, and rethrows unchanged. */
export function settleWith(settling: Settling, fn: () => unknown): unknown {
  let result: unknown;
  try {
    result = promised(fn());
  } catch (error) {
    settling.threw(error);
    throw error;
  }
  if (!(result instanceof Promise)) {
    settling.returned(result);
    return result;
  }
  return result.then(
    (value: unknown) => {
      settling.returned(value);
      return value;
    },
    (error: unknown) => {
      settling.threw(error);
      throw error;
    },
  );
}

/** Lazy thenables (query builders, subclasses of Promise) start their work when subscribed: do it once, inside the scope they belong to. */
export function promised(value: unknown): unknown {
  if (!isThenable(value) || isPlainPromise(value)) return value;
  return new Promise((resolve, reject) => {
    value.then(resolve, reject);
  });
}

/** A promise whose work is under way; that of a subclass may begin when it is subscribed. */
function isPlainPromise(value: object): boolean {
  return value instanceof Promise && Object.getPrototypeOf(value) === Promise.prototype;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

/** The object a generator function returns: its work has not begun when the call is over. */
export function isGenerator(value: unknown): boolean {
  const tag = Object.prototype.toString.call(value);
  return tag === "[object Generator]" || tag === "[object AsyncGenerator]";
}

/** What is no collection is not asynchronous: it fails where it is looped over. */
export function isAsync<T>(items: Iterable<T> | AsyncIterable<T>): items is AsyncIterable<T> {
  return items != null && Symbol.asyncIterator in Object(items);
}
