import { createProgress } from "/work/main/dist/index.js";
const N=100000;
const used=()=>{ for(let i=0;i<4;i++) globalThis.gc(); const m=process.memoryUsage(); return [m.heapUsed, m.external, m.arrayBuffers]; };
const p=createProgress({interval:"60s"}); 
for(let i=0;i<1000;i++) p.start("x").complete();
const b0=used(); const ops=new Array(N); for(let i=0;i<N;i++) ops[i]=p.start("x",{total:100}); const b1=used(); 
console.log(b1.map((x,i)=>((x-b0[i])/N).toFixed(0)));
let v8=await import("node:v8"); if(process.argv[2]) v8.writeHeapSnapshot("/tmp/h.heapsnapshot");
console.log(ops.length)
