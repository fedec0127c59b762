// How rows, their parts and their details look.

export const ROWS: string = `
.operations { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; overflow: clip; }
.operations:empty { display: none; }
#attention .operations { background: var(--warn-ground); border-color: var(--warn-line); }
.operations > .operation + .operation { border-top: 1px solid var(--line); }
#attention .operations > .operation + .operation { border-color: var(--warn-line); }
.operations > .operation { padding: 0.7rem 1rem; content-visibility: auto; contain-intrinsic-size: auto 5rem; }
#history .operations > .operation { padding-block: 0.5rem; contain-intrinsic-size: auto 2.5rem; }
.operation > .row { cursor: pointer; }
.operations > .operation:has(> .row:hover) { background: color-mix(in srgb, var(--hover) 60%, transparent); }
.title { display: flex; align-items: baseline; gap: 0.6rem; min-width: 0; }
.toggle {
  display: flex; align-items: baseline; gap: 0.55rem; min-width: 0; padding: 0; border: 0; background: none;
  text-align: start; cursor: pointer; font-weight: 600;
}
.name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; min-width: 0; }
[aria-expanded="true"] > .name { white-space: normal; overflow-wrap: anywhere; }
.icon {
  flex: none; width: 1rem; height: 1rem; align-self: center; fill: none; stroke: var(--dim); stroke-width: 1.75;
  stroke-linecap: round; stroke-linejoin: round;
}
[data-tone="running"] > .row .icon { stroke: var(--accent); }
[data-tone="stalled"] > .row .icon, [data-tone="lost"] > .row .icon { stroke: var(--warn); }
[data-tone="completed"] > .row .icon { stroke: var(--good); }
[data-tone="failed"] > .row .icon { stroke: var(--bad); }
[data-tone="running"] > .row .icon { animation: turn 2.4s linear infinite; }
@keyframes turn { to { rotate: 360deg; } }
.type { color: var(--dim); font-size: 0.8125rem; flex: 0 10 auto; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 3rem; }
.tone { font-size: 0.8125rem; color: var(--dim); white-space: nowrap; }
[data-tone="stalled"] > .row .tone, [data-tone="lost"] > .row .tone { color: var(--warn); font-weight: 600; }
[data-tone="failed"] > .row .tone { color: var(--bad); }
[data-tone="completed"] > .row .tone { color: var(--good); }
.percent { margin-left: auto; font-weight: 600; white-space: nowrap; }
.bar { display: block; width: 100%; height: 6px; margin: 0.4rem 0 0.35rem; border: 0; appearance: none; background: var(--track); border-radius: 3px; overflow: hidden; color: var(--accent); }
.bar::-webkit-progress-bar { background: var(--track); }
.bar::-webkit-progress-value { background: currentColor; border-radius: 3px; transition: width 0.25s linear; }
.bar::-moz-progress-bar { background: currentColor; border-radius: 3px; }
.bar[data-sure="no"] { background: var(--track); }
.bar[data-sure="no"]::-webkit-progress-value { background: repeating-linear-gradient(-55deg, currentColor 0 5px, color-mix(in srgb, currentColor 60%, var(--track)) 5px 8px); }
.bar[data-sure="no"]::-moz-progress-bar { background: repeating-linear-gradient(-55deg, currentColor 0 5px, color-mix(in srgb, currentColor 60%, var(--track)) 5px 8px); }
.bar:indeterminate { background: linear-gradient(90deg, transparent, currentColor, transparent) 0 0 / 30% 100% no-repeat var(--track); }
[data-tone="running"] > .row .bar:indeterminate { animation: slide 2.4s ease-in-out infinite alternate; }
.bar:indeterminate::-webkit-progress-bar { background: transparent; }
.bar:indeterminate::-moz-progress-bar { background: transparent; }
@keyframes slide { from { background-position: -10% 0; } to { background-position: 110% 0; } }
[data-tone="stalled"] > .row .bar { color: var(--warn-bar); }
[data-tone="paused"] > .row .bar, [data-tone="pending"] > .row .bar, [data-tone="cancelled"] > .row .bar,
[data-tone="lost"] > .row .bar { color: var(--dim); }
[data-tone="failed"] > .row .bar { color: var(--bad); }
.facts { display: flex; flex-wrap: wrap; gap: 0 1.1rem; color: var(--dim); font-size: 0.8125rem; min-height: 1.22rem; }
.facts .stage { color: var(--ink); font-weight: 500; }
.facts .idle { color: var(--warn); }
.facts .eta { margin-left: auto; color: var(--ink); }
.facts .range { margin-left: -0.6rem; }
.facts .range::before { content: "("; } .facts .range::after { content: ")"; }
.note { font-size: 0.8125rem; color: var(--dim); overflow-wrap: anywhere; unicode-bidi: isolate; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
[data-tone="stalled"] > .row .note, [data-tone="lost"] > .row .note { color: var(--warn); }
[data-tone="failed"] > .row .note { color: var(--bad); }
.more { color: var(--dim); font-size: 0.8125rem; padding-left: 1.55rem; }
.parts { padding-left: 1.55rem; }
.parts > li { padding-top: 0.4rem; }
.level > .row { display: grid; grid-template-columns: minmax(0, 17rem) minmax(3rem, 1fr) minmax(0, 1.6fr); gap: 0 1rem; align-items: center; font-size: 0.8125rem; }
.level .icon { width: 0.8rem; height: 0.8rem; }
.level .name { font-weight: 400; }
.level .bar { height: 4px; margin: 0; order: 2; }
.level .facts { order: 3; min-height: 0; height: 1.5em; white-space: nowrap; overflow: hidden; gap: 0 0.9rem; }
.level .facts > .range { display: none; }
.level .bar[hidden] + .facts { grid-column: 2 / -1; }
.level .note { order: 4; grid-column: 1 / -1; padding-left: 1.4rem; -webkit-line-clamp: 1; }
.level .percent { font-weight: 500; }
.level .tone { font-size: inherit; }
.level > .parts { padding-left: 1.1rem; }
.parts > .operation > .row { padding-top: 0.1rem; }
#history .operations > .operation > .row { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 1.5rem; align-items: baseline; }
#history .toggle { font-weight: 500; }
#history .operation .facts { justify-content: end; }
#history .operation .bar, #history .operation .note { grid-column: 1 / -1; }
#history .operation .note { padding-left: 1.55rem; }
#history .operation > .row > .bar { display: none; }
#history .operation .percent { margin-left: 0; color: var(--dim); font-weight: 400; font-size: 0.8125rem; }
#history .level .bar, #history .level .note { grid-column: auto; }
#history .level .note { grid-column: 1 / -1; }
#history .level .facts { justify-content: start; }
#history .facts .elapsed { color: var(--ink); min-width: 4rem; text-align: end; }
#history .facts .ended { min-width: 7.5rem; text-align: end; }
#history .level .facts .ended { display: none; }
#history .level .facts .elapsed { min-width: 0; }
.level .facts .ended { display: none; }
.detail { margin: 0.6rem 0 0.4rem 1.55rem; padding-top: 0.6rem; border-top: 1px solid var(--line); cursor: auto; font-size: 0.8125rem; }
.description { padding-bottom: 0.6rem; }
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; padding-bottom: 0.9rem; }
.chart figcaption, .axis { display: flex; justify-content: space-between; color: var(--dim); font-size: 0.75rem; }
.curve { display: block; width: 100%; height: 5.5rem; overflow: visible; margin: 0.25rem 0; }
.curve path { fill: none; vector-effect: non-scaling-stroke; }
.curve .grid { stroke: var(--line); stroke-width: 1; }
.curve .line { stroke: var(--accent); stroke-width: 1.75; stroke-linejoin: round; }
.curve .area { fill: var(--accent); opacity: 0.12; }
.known { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 0.35rem 1.5rem; }
.known dt { color: var(--dim); font-size: 0.75rem; overflow-wrap: anywhere; }
.known dd { overflow-wrap: anywhere; unicode-bidi: isolate; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 1.25rem; padding-top: 0.6rem; }
.cancel { margin: 0; padding: 0.2rem 0.7rem; font-size: 0.8125rem; }
@media (max-width: 40rem) {
  .operations > .operation { padding-inline: 0.75rem; }
  .title { flex-wrap: wrap; row-gap: 0; }
  .operation > .row > .title > .toggle { flex: 1 1 calc(100% - 5rem); }
  .title .percent { order: 1; }
  .title .type, .title .tone { order: 2; }
  .operation > .row > .title > .type { margin-left: 1.55rem; }
  .operation > .row > .title > .type[hidden] + .tone { margin-left: 1.55rem; }
  .level .title .type { display: none; }
  .facts .eta { margin-left: 0; }
  .level > .row { grid-template-columns: minmax(0, 1fr) minmax(3rem, 0.7fr); }
  .level .title { flex-wrap: nowrap; }
  .level .facts { grid-column: 1 / -1; padding-left: 1.35rem; }
  .level .facts .elapsed { display: none; }
  .parts { padding-left: 0.75rem; }
  .detail { margin-left: 0; }
  .charts { grid-template-columns: 1fr; }
  .known { grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: 0.35rem 1rem; }
  #history .operations > .operation > .row { grid-template-columns: minmax(0, 1fr); }
  #history .toggle { font-weight: 500; }
#history .operation .facts { justify-content: start; padding-left: 1.55rem; }
  #history .facts .elapsed, #history .facts .ended { min-width: 0; }
}
@media (prefers-reduced-motion: reduce) {
  * { animation: none !important; transition: none !important; }
}
@media (forced-colors: active) {
  .bar, .bar::-webkit-progress-bar { background: Canvas; border: 1px solid CanvasText; }
  .bar::-webkit-progress-value { background: Highlight; }
}
`;
