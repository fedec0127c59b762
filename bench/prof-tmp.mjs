import { createProgress } from "/work/main/dist/index.js";
import { trace } from "@opentelemetry/api";
import { TracerProvider } from "@opentelemetry/sdk-trace";
const mode = process.argv[2];
if (mode !== "nosdk") trace.setGlobalTracerProvider(new TracerProvider());
const p = createProgress({ events: process.argv[3] ?? "span" });
for (let r=0;r<5;r++){ let t=performance.now(); for(let i=0;i<200000;i++){ const o=p.start("x"); o.complete(); } console.log(((performance.now()-t)*5).toFixed(0)); }
