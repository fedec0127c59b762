// The page: begins jobs, follows the last one, and lists all of them.

import { useOperations, usePipelineStages, useProgress } from "otel-progress/react";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { clip } from "./clip.mjs";

const url = "/progress";

function Job({ id }) {
  const [said, say] = useState("");
  const stages = usePipelineStages(clip);
  const { snapshot, connection, error } = useProgress(id, {
    url,
    definition: clip,
    onComplete: (done) => say(`${done.name} is ready`),
  });
  if (snapshot === undefined) return <p role="status">{error?.message ?? connection}</p>;
  return (
    <section aria-label={snapshot.name}>
      <h2>{snapshot.name}</h2>
      <progress aria-label={snapshot.name} max={100} value={snapshot.percentage} />
      <ol>
        {stages.map(({ name, label }) => (
          <li key={name} aria-current={name === snapshot.stage ? "step" : undefined}>
            {label}
          </li>
        ))}
      </ol>
      <p role="status">{said || (connection === "reconnecting" ? "The server is away" : snapshot.status)}</p>
      {error && <p role="alert">{error.message}</p>}
    </section>
  );
}

function Jobs() {
  const { operations } = useOperations({ type: clip.type, limit: 10 }, { url });
  return (
    <ul>
      {operations.map(({ id, name, status, percentage = 0 }) => (
        <li key={id}>
          {name}: {status}, {Math.floor(percentage)} %
        </li>
      ))}
    </ul>
  );
}

function App() {
  const [id, setId] = useState();
  const begin = async (title) => {
    const response = await fetch(`/jobs?title=${title}`, { method: "POST" });
    setId((await response.json()).id);
  };
  return (
    <main>
      <h1>Clips</h1>
      <button type="button" onClick={() => begin("Clip")}>
        Make a clip
      </button>{" "}
      <button type="button" onClick={() => begin("Broken")}>
        Make one that fails
      </button>
      {id && <Job key={id} id={id} />}
      <Jobs />
    </main>
  );
}

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
