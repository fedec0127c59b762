import { createProgress } from "/work/main/dist/index.js";
import { trace } from "@opentelemetry/api";
import { TracerProvider } from "@opentelemetry/sdk-trace";
trace.setGlobalTracerProvider(new TracerProvider());
const N=100000;
const used=()=>{ for(let i=0;i<4;i++) globalThis.gc(); const m=process.memoryUsage(); return m.heapUsed+m.external; };
const tr=trace.getTracer("y");
{ const warm=[]; for(let i=0;i<1000;i++) warm.push(tr.startSpan("w")); }
const a0=used(); const spans=new Array(N); for(let i=0;i<N;i++) spans[i]=tr.startSpan("x"); const a1=used(); const span=(a1-a0)/N;
const p=createProgress({interval:"60s"}); 
for(let i=0;i<1000;i++) p.start("x").complete();
const b0=used(); const ops=new Array(N); for(let i=0;i<N;i++) ops[i]=p.start("x",{total:100}); const b1=used(); 
const per=(b1-b0)/N; console.log("bare span",span.toFixed(0),"op",per.toFixed(0),"on top",(per-span).toFixed(0));
const tick=()=>p.forceFlush();
for(let k=0;k<100;k++){ for(let i=0;i<N;i++) ops[i].increment(); await tick(); await new Promise(r=>setTimeout(r,2)); }
const b2=used(); console.log("after 40 ticks on top", ((b2-b0)/N-span).toFixed(0));
let t=performance.now(); await tick(); console.log("idle tick ms", performance.now()-t);
for(let i=0;i<N;i++) ops[i].increment(); t=performance.now(); await tick(); console.log("all-changed tick ms", performance.now()-t);
console.log(spans.length, ops.length);
