// The process of one contender. `make` of its bench file gives a function: one that runs `n` operations when it has a
// parameter (it is timed here), or one that measures by itself and gives the result.

const [module, contender, args] = process.argv.slice(2);
const { contenders } = await import(module);
const run = await contenders[contender](...JSON.parse(args));
let batch = 1000;

function timed(n) {
  const before = performance.now();
  run(n);
  return performance.now() - before;
}

/** Runs long enough to be compiled, and finds how many operations fill a round. */
async function warmUp({ warmUpMillis, roundMillis }) {
  const until = performance.now() + warmUpMillis;
  do {
    const millis = timed(batch);
    if (millis < roundMillis / 2) batch *= 2;
    else batch = Math.max(1000, Math.round((batch * roundMillis) / millis / 1000) * 1000);
    await new Promise(setImmediate);
  } while (performance.now() < until);
}

async function answer(request) {
  if (run.length === 0) return run(request);
  if (request.warmUpMillis !== undefined) await warmUp(request);
  return (timed(batch) * 1e6) / batch;
}

// Timers of a contender must not outlive the bench.
process.on("disconnect", () => process.exit());
process.on("message", async (request) => process.send(await answer(request)));
