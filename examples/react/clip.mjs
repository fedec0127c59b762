// What the work is: the same file in the server and in the page.

import { defineOperation } from "otel-progress";

export const clip = defineOperation("video.clip", {
  stages: {
    downloading: { range: [0, 25], label: "Downloading" },
    transcribing: { range: [25, 60], label: "Transcribing" },
    rendering: { range: [60, 90], label: "Rendering" },
    uploading: { range: [90, 100], label: "Uploading" },
  },
});
