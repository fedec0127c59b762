// How the page looks: colours, page, form. Rows and details are in style-rows.ts.

import { ROWS } from "./style-rows.js";

/** Text on its ground has a contrast of 4.5 at least, signs and bars 3. */
const COLORS = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --surface: #ffffff; --line: #e4e7ec; --hover: #f8f9fb;
  --ink: #1a202c; --dim: #5a6475;
  --accent: #2f6fde; --accent-ink: #2158b8; --track: #e3e8f0;
  --good: #1c7f4c; --bad: #b3261e; --warn: #8a5300; --warn-bar: #c77a0a;
  --warn-ground: #fffaf0; --warn-line: #f0dcb8;
  --focus: #2f6fde;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1116; --surface: #161a21; --line: #272d37; --hover: #1a1f27;
    --ink: #e7eaf0; --dim: #9aa5b5;
    --accent: #5b9bff; --accent-ink: #8ab8ff; --track: #2a313d;
    --good: #57c98b; --bad: #ff8d84; --warn: #f2b84b; --warn-bar: #e0a030;
    --warn-ground: #1e1a12; --warn-line: #43371f;
    --focus: #8ab8ff;
  }
}`;

const PAGE = `
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scrollbar-gutter: stable; }
body {
  margin: 0 auto; padding: 0 1.5rem 4rem; max-width: 72rem;
  background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
}
h1, h2, p, ul, dl, dd, figure { margin: 0; padding: 0; }
ul { list-style: none; }
a { color: var(--accent-ink); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1.5rem; top: 0; display: flex; gap: 0.5rem; }
.skip a { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
.skip a:focus {
  position: static; clip-path: none; width: auto; height: auto;
  background: var(--surface); padding: 0.4rem 0.8rem; border: 1px solid var(--line); border-radius: 0 0 6px 6px;
}
.top { display: flex; align-items: baseline; flex-wrap: wrap; gap: 0.25rem 1rem; padding: 2rem 0 1.25rem; }
h1 { font-size: 1.5rem; font-weight: 650; letter-spacing: -0.02em; line-height: 1.2; }
#counts { color: var(--dim); }
#connection { margin-left: auto; display: flex; align-items: center; gap: 0.5em; color: var(--dim); font-size: 0.875rem; }
#connection::before { content: ""; flex: none; width: 0.5rem; height: 0.5rem; border-radius: 50%; background: var(--warn-bar); }
#connection[data-state="live"]::before { background: var(--good); }
#connection[data-state="absent"]::before { background: var(--dim); }
#connection[data-state="waiting"], #connection[data-state="refused"] { color: var(--warn); }
.choices { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: end; padding-bottom: 0.5rem; }
.choice { display: grid; gap: 0.2rem; font-size: 0.75rem; color: var(--dim); }
.choice.text { flex: 1 1 14rem; }
input, select, button { font: inherit; color: inherit; }
input, select {
  font-size: 0.875rem; color: var(--ink); background: var(--surface); min-width: 0; max-width: 100%;
  border: 1px solid var(--line); border-radius: 8px; padding: 0.4rem 0.6rem; height: 2.25rem;
}
.choice select { max-width: 12rem; }
input::placeholder { color: var(--dim); opacity: 1; }
input:hover, select:hover { border-color: var(--dim); }
section { margin-top: 1.75rem; }
section > header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.75rem; padding: 0 0 0.5rem; }
h2 { font-size: 0.9375rem; font-weight: 600; }
h2 .count { color: var(--dim); font-weight: 400; margin-left: 0.15rem; }
#attention h2 { color: var(--warn); }
#durations { color: var(--dim); font-size: 0.8125rem; }
.empty { color: var(--dim); padding: 1rem; border: 1px dashed var(--line); border-radius: 10px; text-align: center; }
.show-more, .token button, .cancel, dialog button {
  background: var(--surface); border: 1px solid var(--line); border-radius: 8px;
  padding: 0.35rem 0.9rem; margin-top: 0.75rem; cursor: pointer; font-size: 0.875rem;
}
.show-more { display: block; margin-inline: auto; }
.show-more:hover, .token button:hover, .cancel:hover, dialog button:hover { border-color: var(--dim); }
.token { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 1.5rem; margin: 2rem auto; max-width: 26rem; display: grid; gap: 0.75rem; }
.token label { display: grid; gap: 0.2rem; font-size: 0.8125rem; color: var(--dim); }
.token p { color: var(--dim); font-size: 0.875rem; }
.token button { justify-self: start; margin: 0; }
dialog { width: min(26rem, calc(100vw - 1.5rem)); padding: 1.25rem 1.5rem; color: var(--ink); background: var(--surface); border: 1px solid var(--line); border-radius: 12px; }
dialog::backdrop { background: rgb(0 0 0 / 0.4); }
dialog form { display: grid; gap: 0.75rem; }
dialog .name { white-space: normal; overflow-wrap: anywhere; }
dialog p { color: var(--dim); font-size: 0.875rem; }
dialog label { display: grid; gap: 0.2rem; font-size: 0.8125rem; color: var(--dim); }
dialog .problem { color: var(--bad); overflow-wrap: anywhere; }
dialog .buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; }
dialog button { margin: 0; color: var(--ink); }
dialog [type="submit"] { color: var(--bad); border-color: currentColor; font-weight: 600; }
dialog button:disabled { opacity: 0.6; cursor: default; }
footer { margin-top: 2rem; color: var(--dim); font-size: 0.8125rem; overflow-wrap: anywhere; }
[data-connection="waiting"] .icon, [data-connection="waiting"] .bar { animation: none !important; }
[data-connection="waiting"] #attention .operations, [data-connection="waiting"] #running .operations { filter: saturate(0.35); }
@media (max-width: 40rem) {
  body { padding: 0 0.75rem 3rem; }
  .top { padding-top: 1.25rem; }
  #counts { order: 3; flex-basis: 100%; }
  .choice.text { flex-basis: 100%; }
  .choice { flex: 1 1 40%; }
  .choice select { max-width: none; width: 100%; }
}`;

export const STYLE: string = `${COLORS}${PAGE}${ROWS}`.trimStart();
