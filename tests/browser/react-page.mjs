// The page of react.browser.test.ts: shows what the test tells it to, with the hooks as an application has them.

import { defineOperation } from "otel-progress";
import { useOperations, usePipelineStages, useProgress } from "otel-progress/react";
import { createElement, StrictMode, version } from "react";
import { createRoot } from "react-dom/client";

const clip = defineOperation("video.clip", { stages: { reading: [0, 50], writing: [50, 100] } });
/** What the callbacks were told, in order. */
const told = [];

function One({ name, id, options }) {
  const { snapshot, connection, error } = useProgress(id, {
    ...options,
    definition: clip,
    onComplete: ({ id }) => told.push(`${name}: ${id} completed`),
    onError: (reason) => told.push(`${name}: ${reason.name}`),
  });
  const shown = [connection, snapshot?.status, snapshot?.stage, snapshot?.percentage, error?.message];
  return createElement("p", { id: name }, shown.map((part) => part ?? "-").join(" "));
}

function Many({ name, filter, options }) {
  const { operations, connection } = useOperations(filter, options);
  const shown = operations.map(({ id, status }) => `${id} ${status}`);
  return createElement("p", { id: name }, [connection, ...shown].join(", "));
}

function Stages({ name }) {
  const stages = usePipelineStages(clip);
  return createElement("p", { id: name }, stages.map(({ label, to }) => `${label} ${to}`).join(", "));
}

const roots = [];
/** Renders components `{ what, name, … }`, each list in a root of its own. */
function show(...lists) {
  for (const [index, list] of lists.entries()) {
    roots[index] ??= createRoot(document.body.appendChild(document.createElement("div")));
    const parts = list.map(({ what, ...props }) =>
      createElement({ One, Many, Stages }[what], { key: props.name, ...props }),
    );
    roots[index].render(createElement(StrictMode, null, parts));
  }
}

Object.assign(window, { show, told, reactVersion: version });
