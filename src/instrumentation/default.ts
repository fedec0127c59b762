// The default instance: one per process, shared by every copy of this package in it, so that a library's progress shows
// up in its application. Configured by the environment.

import { createProgress, type Progress } from "./progress.js";

const DEFAULT = Symbol.for("otel-progress.default.v1");

const shared = globalThis as { [DEFAULT]?: Progress };

/** The instance that libraries and applications share. */
export const progress: Progress = (shared[DEFAULT] ??= createProgress());
