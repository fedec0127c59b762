// The body of the page in the document of a test: without its head, whose files nobody serves here.

import { PAGE } from "../../../../src/query/web/page.js";

export function openPage(): void {
  document.body.innerHTML = /<body>([\s\S]*)<\/body>/.exec(PAGE)![1]!;
}
