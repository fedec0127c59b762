// The last chance to show the final state: exporters that finish inside of `export` are driven once more when the process
// exits, also by process.exit().

const tasks = new Set<() => void>();

function run(): void {
  for (const task of tasks) task();
}

/** Runs `task` when the process exits, until the returned function is called. One listener for the whole process. */
export function atExit(task: () => void): () => void {
  if (tasks.size === 0) process.on("exit", run);
  tasks.add(task);
  return () => {
    tasks.delete(task);
    if (tasks.size === 0) process.off("exit", run);
  };
}
