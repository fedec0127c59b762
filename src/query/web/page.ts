// The HTML of the page: what stands still. Everything that moves is put in by the script.

const OPTIONS = {
  show: [
    ["all", "Everything"],
    ["running", "Under way"],
    ["attention", "Needs attention"],
    ["completed", "Completed"],
    ["failed", "Failed"],
    ["cancelled", "Cancelled"],
    ["lost", "Lost"],
  ],
  since: [
    ["", "Any time"],
    ["1h", "The last hour"],
    ["24h", "The last day"],
    ["7d", "The last week"],
  ],
  sort: [
    ["ended", "Latest first"],
    ["duration", "Longest first"],
  ],
} as const;

function select(name: keyof typeof OPTIONS, label: string): string {
  const options = OPTIONS[name].map(([value, text]) => `<option value="${value}">${text}</option>`);
  return `<label class="choice">${label}<select name="${name}">${options.join("")}</select></label>`;
}

function section(id: string, title: string, rest: string): string {
  return `<section id="${id}" aria-labelledby="${id}-title" hidden>
<header><h2 id="${id}-title"><span>${title}</span> <span class="count"></span></h2>${rest}</header>
<ul class="operations" role="list"></ul>
<p class="empty" hidden></p>
<button class="show-more" type="button" hidden></button>
</section>`;
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E" +
  "%3Crect x='2' y='12' width='28' height='8' rx='4' fill='%238fa3bf'/%3E" +
  "%3Crect x='2' y='12' width='18' height='8' rx='4' fill='%232f6fde'/%3E%3C/svg%3E";

export const PAGE: string = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Progress</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="page.css">
<script type="module" src="page.js"></script>
</head>
<body>
<nav class="skip" aria-label="Skip"><a href="#running">To what is under way</a><a href="#history">To what has ended</a></nav>
<header class="top">
<h1>Progress</h1>
<p id="counts"></p>
<p id="connection" role="status" data-state="connecting">Connecting</p>
</header>
<search>
<form id="choices" class="choices">
<label class="choice text">Search<input name="text" type="search" maxlength="200" autocomplete="off" spellcheck="false" placeholder="Name, type, id or message"></label>
${select("show", "Show")}
<label class="choice">Type<select name="type"><option value="">All types</option></select></label>
${select("since", "Started")}
${select("sort", "Order of ended")}
</form>
</search>
<main>
<noscript><p class="empty">This page needs JavaScript. The same is told by <a href="operations">operations</a>, as JSON.</p></noscript>
<form id="token" class="token" hidden>
<h2>A token is needed</h2>
<p id="token-reason"></p>
<label>Token<input name="token" type="password" autocomplete="off" required aria-describedby="token-reason"></label>
<button type="submit">Open</button>
</form>
${section("attention", "Needs attention", "")}
${section("running", "Under way", "")}
${section("history", "Ended", '<p id="durations"></p>')}
</main>
<footer id="losses" hidden></footer>
<dialog id="cancel" aria-labelledby="cancel-title" aria-describedby="cancel-what">
<form>
<h2 id="cancel-title">Cancel <span id="cancel-name" class="name"></span>?</h2>
<p id="cancel-what">The work is asked to stop. It decides when it does.</p>
<label>Reason, if you like<input name="reason" type="text" maxlength="1024" autocomplete="off"></label>
<p id="cancel-problem" class="problem" role="alert" hidden></p>
<p class="buttons"><button type="submit">Ask to cancel</button><button type="button">Keep running</button></p>
</form>
</dialog>
<div id="announcer" class="unseen" role="status"></div>
</body>
</html>
`;
