import { trace } from "@opentelemetry/api";
import { TracerProvider } from "@opentelemetry/sdk-trace";
trace.setGlobalTracerProvider(new TracerProvider());
const tr=trace.getTracer("y");
for (let r=0;r<5;r++){ let t=performance.now(); for(let i=0;i<200000;i++){ const s=tr.startSpan("x"); s.end(); } const a=((performance.now()-t)*5).toFixed(0);
 t=performance.now(); for(let i=0;i<200000;i++){ const now=Date.now(); const s=tr.startSpan("x",{startTime:now, attributes:{"progress.operation.id":"x"+i,"progress.operation.type":"x"}}); s.setAttributes({"progress.status":"completed"}); s.end(now+1); } console.log(a,((performance.now()-t)*5).toFixed(0)); 
}
